import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {logFileSignals} from '../../../server/config/describe-signal.ts';
import {jsonLineParser} from '../../../server/integrations/log-files/json-line.ts';
import {mediawikiLineParser} from '../../../server/integrations/log-files/mediawiki-line.ts';
import {createChildren} from '../../../server/replay/children.ts';
import {createFleet} from '../../../server/replay/fleet.ts';
import {gitEnv, makeHistory} from '../../../server/replay/history.ts';
import {bringCode} from '../../../server/replay/host-code.ts';
import {logLine} from '../../../server/replay/log-text.ts';
import {readStory} from '../../../server/replay/read-story.ts';
import {smallStory} from '../../helpers/small-story.ts';

async function scenery(t: ExecutionContext, text = smallStory) {
	const folder = mkdtempSync(join(tmpdir(), 'signalbox-test-'));
	const story = readStory(text, 'small.yaml', folder);
	const children = createChildren(folder, {...process.env, ...gitEnv});
	t.teardown(async () => {
		await children.end();
		rmSync(folder, {recursive: true, force: true});
	});
	const git = await makeHistory(story, join(folder, 'staging'), children);
	const deploy = async (hosts: readonly string[]) =>
		bringCode(folder, hosts, [{repository: 'app/shop', path: git.pathOf('app/shop'), files: await git.files('app/shop')}]);
	return {
		folder,
		story,
		git,
		deploy,
		startMs: Date.parse(story.start),
		lines: (name: string) =>
			readFileSync(join(folder, 'logs', name), 'utf8')
				.trim()
				.split('\n'),
	};
}

test('the same story gives the same commits and the same log lines, however often it is written', async t => {
	const [one, two] = [await scenery(t), await scenery(t)];
	for (const place of [one, two]) {
		await place.deploy(['c1', 'b1', 'b2']);
		t.is((await place.git.pick('head', [{commit: 'broken', footers: {Bug: 'T1'}}])).length, 1);
		await place.deploy(['c1']);
	}
	const [first, second] = [createFleet(one.story, one.folder), createFleet(two.story, two.folder)];
	first.writeUntil(one.startMs + 5000);
	for (let ms = 0; ms <= 5000; ms += 130) second.writeUntil(two.startMs + ms);
	second.writeUntil(two.startMs + 5000);
	t.is(one.git.shaOf('broken'), two.git.shaOf('broken'));
	for (const name of ['app.json', 'access.json']) t.deepEqual(one.lines(name), two.lines(name));
	t.true(one.lines('access.json').length > 100);
});

test('hosts fail by what is on them: the canary with the broken code in every request, nobody else', async t => {
	const place = await scenery(t, smallStory.replace('seed: 7', 'seed: 7, error_share: 0'));
	const fleet = createFleet(place.story, place.folder);
	await place.deploy(['c1', 'b1', 'b2']);
	fleet.writeUntil(place.startMs);
	t.deepEqual(fleet.failing(), []);
	await place.git.pick('head', [{commit: 'broken', footers: {}}]);
	await place.deploy(['c1']);
	fleet.writeUntil(place.startMs + 10_000);
	t.deepEqual(fleet.failing(), [{host: 'c1', fault: 'broken'}]);
	await place.git.pick('start', []);
	await place.deploy(['c1', 'b1', 'b2']);
	fleet.writeUntil(place.startMs + 20_000);
	const failed = place
		.lines('app.json')
		.map(line => JSON.parse(line) as Record<string, string>)
		.filter(({level}) => level === 'ERROR');
	t.is(failed.length, 20);
	t.deepEqual([...new Set(failed.map(({host, message}) => `${host} ${message}`))], ['c1 it is broken']);
	t.true(
		failed.every(
			line => Date.parse(line['@timestamp'] ?? '') >= place.startMs && Date.parse(line['@timestamp'] ?? '') < place.startMs + 10_000,
		),
	);
});

test('the picked commit says where it came from, keeps its Change-Id last, and takes more footers', async t => {
	const changeId = `I${'ab'.repeat(20)}`;
	const place = await scenery(t, smallStory.replace('subject: Break it', `subject: Break it, change_id: ${changeId}, body: Because.`));
	const original = place.git.shaOf('broken');
	await place.git.pick('head', [{commit: 'broken', footers: {'Fixes-Incident': 'INC-2026-0001'}}]);
	const children = createChildren(place.folder, process.env);
	const {output} = await children.run('git', ['-C', place.git.pathOf('app/shop'), 'log', '-1', '--format=%B%an %aI'], {limitMs: 10_000});
	await children.end();
	t.is(
		output.trim(),
		`Break it\n\nBecause.\n\nFixes-Incident: INC-2026-0001\nChange-Id: ${changeId}\n(cherry picked from commit ${original})\nEngineer 2026-05-02T08:00:00+00:00`,
	);
});

test('lines are read as they were meant, in both formats', t => {
	const {log} = logFileSignals(readStory(smallStory, 'small.yaml', '/tmp/x').service.signals)[0] ?? t.fail();
	const atMs = Date.parse('2026-05-04T08:00:01.000Z');
	const line = {atMs, host: 'mw1017', level: 'ERROR', channel: 'exception', message: '/w/x.php Error from line 3', request: 'abc123'};
	const origin = {wiki: 'enwiki', version: '1.27.0-wmf.3'};
	const json = jsonLineParser(log)({text: logLine(line, log, origin).trim(), cut: false}, atMs);
	t.like(json, {at: atMs, host: 'mw1017', level: 'ERROR', channel: 'exception', request: 'abc123'});
	const text = logLine(line, {...log, format: 'mediawiki'}, origin).trim();
	t.like(mediawikiLineParser(null)({text, cut: false}, atMs), {
		at: atMs,
		host: 'mw1017',
		level: 'ERROR',
		channel: 'exception',
		request: 'abc123',
	});
});
