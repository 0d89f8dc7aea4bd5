import {readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {parseAnnouncement, parseChannelLine, parseWikiRow} from '../../../../server/integrations/sal/parse-line.ts';
import type {SalLine, SalParse} from '../../../../server/integrations/sal/sal-line.ts';
import {occurrenceCounter, toEvent} from '../../../../server/integrations/sal/to-event.ts';

const understood = (parse: SalParse): SalLine => {
	if ('refused' in parse) throw new Error(parse.refused);
	return parse.line;
};
const announced = (message: string): SalLine =>
	understood(parseAnnouncement(`!log deployer1@deploy2002 ${message}`, '2026-06-02T08:04:17.250Z'));
const typed = (message: string): SalLine => understood(parseChannelLine(`[2026-06-02 08:04:17] <sre1> !log ${message}`));
const eventOf = (line: SalLine, occurrence = 1) => toEvent(line, {source: 'sal_import', occurrence});

for (const [message, kind] of [
	['Started scap sync-world: x', 'deploy_started'],
	['Started deploy [example/deploy@0a1b2c3]: x', 'deploy_started'],
	['Finished scap sync-world: x (duration: 12m 38s)', 'deploy_finished'],
	['rebuilt and synchronized wikiversions files: group0 to 1.47.0-wmf.18  refs T400018', 'deploy_finished'],
	['author1, deployer1: x synced to the testservers (see https://example.org). Changes can now be verified there.', 'stage_started'],
	['deployer1: Continuing with deployment', 'decision'],
	['deployer1: Rolling back deployment', 'rollback_started'],
	['Rolling back deployment', 'rollback_started'],
	['Scap cancelled without rolling back.', 'deploy_aborted'],
	['Stopping before sync operations', 'deploy_aborted'],
	['sync-world aborted: x (duration: 00m 41s)', 'deploy_aborted'],
	['clean aborted:  (duration: 00m 33s)', 'note'],
	['sync-world failed: <CalledProcessError> x (scap version: 4.188.0) (duration: 01m 58s)', 'gate_failed'],
	['Scap failed! 3/11 canaries failed their endpoint checks (http://en.wikipedia.org).', 'gate_failed'],
	['WARNING: Canaries have not been rolled back.', 'note'],
	['Locking from deployment [MediaWiki]: triage', 'lock'],
	['Forcefully removing global lock: holder went offline', 'lock'],
	['helmfile [eqiad] DONE helmfile.d/services/mobileapps: apply', 'deploy_finished'],
	['START - Cookbook sre.hosts.reimage for host mw2301', 'note'],
] as const) {
	test(`a tool's "${message}" becomes ${kind}`, t => t.is(eventOf(announced(message)).kind, kind));
}

for (const [message, kind] of [
	['rolling back group1 to wmf.17, T400160', 'decision'],
	['emergency deploy agreed with SRE and RelEng', 'decision'],
	['UTC morning backport window done', 'communication'],
	['Reminder: deployments are frozen until 2026-06-08 08:00 UTC', 'communication'],
	['incident on group1 wikis resolved', 'communication'],
	['restarting swift-proxy on ms-fe2009', 'note'],
	['Finished scap sync-world: I only type this (duration: 00m 10s)', 'note'],
] as const) {
	test(`a person's "${message}" becomes ${kind}`, t => t.is(eventOf(typed(message)).kind, kind));
}

test('an announced finish is not believed, and says when it must have started', t => {
	const event = eventOf(announced('Synchronized php: group1 to 1.47.0-wmf.18  refs T400018 (duration: 01m 17s)'));
	t.is(event.data['believed'], false);
	t.is(event.data['started_at'], '2026-06-02T08:03:00.250Z');
	t.deepEqual(event.data['tasks'], ['T400018']);
	t.regex(event.text, /^Announced as finished: Synchronized php/);
});

test('accounts that act by themselves are no persons', t => {
	const event = eventOf(understood(parseAnnouncement('!log mwpresync@deploy2002 Started scap sync-world: x', '2026-06-02T02:00:00.000Z')));
	t.deepEqual(event.actor, {kind: 'system', name: 'mwpresync'});
	t.deepEqual(eventOf(typed('hello')).actor, {kind: 'person', name: 'sre1'});
});

test('the page and the channel give one line one key, although the page knows no seconds', t => {
	const page = understood(parseWikiRow('* 08:04 sre1: caf\u00e9 {{!}} restarted', '2026-06-02'));
	const channel = typed('cafe\u0301 | restarted');
	t.not(page.at, channel.at);
	t.is(eventOf(page).idempotencyKey, eventOf(channel).idempotencyKey);
});

test('another minute, another person, other words or a second time is another key', t => {
	const line = typed('restarted');
	const keys = [
		eventOf(line),
		eventOf(line, 2),
		eventOf({...line, at: '2026-06-02T08:05:00.000Z'}),
		eventOf({...line, actor: 'sre2'}),
		eventOf(typed('restarted it')),
	].map(event => event.idempotencyKey);
	t.is(new Set(keys).size, keys.length);
});

test('equal lines are numbered within their minute, and old minutes are forgotten', t => {
	const occurrence = occurrenceCounter(2);
	const line = typed('restarted');
	const inMinute = (minute: number): SalLine => ({...line, at: `2026-06-02T08:0${minute}:30.000Z`});
	t.deepEqual([inMinute(1), inMinute(1), inMinute(2), inMinute(1), inMinute(3), inMinute(4)].map(occurrence), [1, 2, 1, 3, 1, 1]);
	t.is(occurrence(inMinute(1)), 1);
});

test('no event of the corpus is empty, and every kind that a deploy lives by occurs', t => {
	const lines = readFileSync(path.join(process.cwd(), 'test/fixtures/sal/sal-irc.txt'), 'utf8').trim().split('\n');
	const events = lines.map(line => eventOf(understood(parseChannelLine(line))));
	t.true(events.every(event => event.text !== ''));
	const kinds = new Set(events.map(event => event.kind));
	for (const kind of [
		'deploy_started',
		'deploy_finished',
		'deploy_aborted',
		'rollback_started',
		'gate_failed',
		'lock',
		'decision',
	] as const) {
		t.true(kinds.has(kind), kind);
	}
});
