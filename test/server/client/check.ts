import {chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {changeId, commit, configure, git, playService, repository, run, temporaryFolder} from '../../helpers/client-world.ts';

const asked = ['check', '--service', 'app', '--stage', 'before'];

const gitConfig = (url: string, more = '') => `url: ${url}
spool: spool
${more}
services:
  app:
    changes: {from: git, checkouts: [{path: app, repository: app}]}
`;

/** A service that is not there: the port was free a moment ago. */
async function deadUrl(t: Parameters<typeof playService>[0]): Promise<string> {
	const service = await playService(t);
	service.close();
	return service.url;
}

const spooled = (folder: string) =>
	readdirSync(join(folder, 'spool'))
		.filter(name => name.startsWith('event-'))
		.map(name => JSON.parse(readFileSync(join(folder, 'spool', name), 'utf8')));

// One after another: the tests beside them keep this process busy with git, and these count time.
test.serial('what is new since landed is asked about, oldest first, with all that the rules read', async t => {
	const folder = temporaryFolder(t);
	const service = await playService(t);
	const app = repository(join(folder, 'app'));
	const base = commit(app, 'Base', {old: 'old\n'});
	const first = commit(app, `First\n\nWhy.\n\nChange-Id: ${changeId('a')}\n`, {'dir/new file': 'one\n'});
	const second = commit(app, 'Second', {old: null, 'dir/new file': 'two\n'});
	service.landed = {
		...service.landed,
		landed: ['east', 'west'].map(group => ({group, repository: 'app', branch: 'main', sha: base, since: null})),
	};
	configure(folder, gitConfig(service.url));
	const {exit, stdout} = await run(folder, [...asked, '--host', 'deploy1']);
	t.is(exit, 0);
	t.regex(stdout, /2 changes look good/);
	t.true(stdout.endsWith(`${service.url}/d-1\n`));
	const [question] = service.questions;
	t.is(question?.host, 'deploy1');
	t.deepEqual(question?.actor, {kind: 'person', name: 'ada'});
	t.deepEqual(question?.batch.targets, [{repository: 'app', branch: 'main', sha: second}]);
	const [one, two] = question?.batch.changes ?? [];
	t.is(one?.sha, first);
	t.is(one?.changeId, changeId('a'));
	t.is(one?.subject, 'First');
	t.is(one?.author, 'Ada');
	t.regex(one?.committedAt ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
	t.regex(one?.patchId ?? '', /^[0-9a-f]{40}$/);
	t.deepEqual(one?.paths, [{path: 'dir/new file', kind: 'added', blob: git(app, 'rev-parse', `${first}:dir/new file`)}]);
	t.deepEqual(
		two?.paths?.map(({path, kind}) => `${kind} ${path}`),
		['modified dir/new file', 'deleted old'],
	);
	t.is(two?.paths?.[1]?.blob, git(app, 'rev-parse', `${base}:old`), 'of a deleted file, the blob that left');
	t.true((question?.deadlineMs ?? 0) > 0 && (question?.deadlineMs ?? 0) < 24_300);
});

test('the second check reads with what was remembered, and sees what landed in between', async t => {
	const folder = temporaryFolder(t);
	const service = await playService(t);
	const app = repository(join(folder, 'app'));
	const base = commit(app, 'Base');
	const first = commit(app, 'First', {a: '1'});
	const landedAt = (sha: string) => ({...service.landed, landed: [{group: 'east', repository: 'app', branch: null, sha, since: null}]});
	service.landed = landedAt(base);
	configure(folder, gitConfig(service.url));
	await run(folder, asked);
	await run(folder, asked);
	service.landed = landedAt(first);
	await run(folder, asked);
	t.deepEqual(
		service.questions.map(each => each.batch.changes.length),
		[1, 1, 0],
	);
	t.is(new Set(service.questions.map(each => each.idempotencyKey)).size, 3);
});

for (const [subject, exit, verdict] of [
	['A bad change', 1, /hold/i],
	['A worse change', 3, /roll ?back/i],
] as const) {
	test(`«${subject}» ends with exit ${exit}`, async t => {
		const folder = temporaryFolder(t);
		const service = await playService(t);
		commit(repository(join(folder, 'app')), subject, {a: '1'});
		configure(folder, gitConfig(service.url));
		const ran = await run(folder, asked);
		t.is(ran.exit, exit);
		t.regex(ran.stdout.split('\n')[0] ?? '', verdict);
	});
}

test('nothing known as landed: only the tip is asked about, and a note says so and what to do', async t => {
	const folder = temporaryFolder(t);
	const service = await playService(t);
	const app = repository(join(folder, 'app'));
	commit(app, 'One', {a: '1'});
	commit(app, 'Two', {a: '2'});
	configure(folder, gitConfig(service.url));
	const {stdout} = await run(folder, asked);
	t.deepEqual(
		service.questions[0]?.batch.changes.map(each => each.subject),
		['Two'],
	);
	t.regex(stdout, /note: nothing is known to be live from .*landed: REF/);
});

test('a landed ref of the configuration counts until the service knows better', async t => {
	const folder = temporaryFolder(t);
	const service = await playService(t);
	const app = repository(join(folder, 'app'));
	commit(app, 'One', {a: '1'});
	git(app, 'tag', 'live');
	commit(app, 'Two', {a: '2'});
	commit(app, 'Three', {a: '3'});
	configure(folder, gitConfig(service.url).replace('repository: app}', 'repository: app, landed: refs/tags/live}'));
	await run(folder, asked);
	t.deepEqual(
		service.questions[0]?.batch.changes.map(each => each.subject),
		['Two', 'Three'],
	);
});

test('an unknown service and an unknown stage end with exit 2 and the sentence of the service', async t => {
	const folder = temporaryFolder(t);
	const service = await playService(t);
	configure(folder, `url: ${service.url}\nspool: spool\n`);
	const wrongService = await run(folder, ['--service', 'ap', '--stage', 'before']);
	t.is(wrongService.exit, 2);
	t.is(wrongService.stderr, 'signalbox: there is no service "ap"; did you mean "app"?\n');
	const wrongStage = await run(folder, ['--service', 'app', '--stage', 'befor']);
	t.is(wrongStage.exit, 2);
	t.regex(wrongStage.stderr, /there is no stage "befor"\n {2}the stages are before, canaries/);
});

test('with --json one object and nothing else is printed, for answers and for mistakes', async t => {
	const folder = temporaryFolder(t);
	const service = await playService(t);
	commit(repository(join(folder, 'app')), 'Größer', {a: '1'});
	configure(folder, gitConfig(service.url));
	const good = await run(folder, [...asked, '--json']);
	t.is(good.stderr, '');
	const {verdict, exit, deploy, findings, notes} = JSON.parse(good.stdout);
	t.deepEqual(
		{verdict, exit, deploy, findings: findings.length, notes: notes.length},
		{verdict: 'go', exit: 0, deploy: 'd-1', findings: 1, notes: 1},
	);
	const wrong = await run(folder, ['--service', 'app', '--stage', 'no', '--json']);
	t.is(wrong.exit, 2);
	t.is(JSON.parse(wrong.stdout).exit, 2);
});

test('what goes into a pipe is ASCII, and a hostile subject cannot steer a terminal', async t => {
	const folder = temporaryFolder(t);
	const service = await playService(t);
	const app = repository(join(folder, 'app'));
	service.interfere = (path, response) => {
		if (path !== '/api/v1/checks') return false;
		const finding = {rule: 'x', outcome: 'hold', because: 'Müll “quoted” \u001b[2J\u202e日本', evidence: [], remedy: null};
		response.end(`${JSON.stringify({result: {verdict: 'hold', stage: 'before', at: '', findings: [finding], url: null}})}\n`);
		return true;
	};
	commit(app, 'x');
	configure(folder, gitConfig(service.url));
	const {stdout, exit} = await run(folder, asked);
	t.is(exit, 1);
	t.regex(stdout, /^[\n\t\x20-\x7e]+$/);
	t.regex(stdout, /Mull "quoted"/);
	const terminal: string[] = [];
	await run(folder, asked, {
		stdout: {isTerminal: true, write: async text => void terminal.push(text)},
		env: {HOME: folder, NO_COLOR: '1', PATH: process.env['PATH']},
	});
	t.false(terminal.join('').includes('\u001b[2J'));
	t.false(terminal.join('').includes('\u202e'));
});

test.serial('a service that is away for a moment is asked again with the same key', async t => {
	const folder = temporaryFolder(t);
	const service = await playService(t);
	commit(repository(join(folder, 'app')), 'One', {a: '1'});
	configure(folder, gitConfig(service.url));
	const keys: string[] = [];
	service.interfere = (path, response, request) => {
		if (path !== '/api/v1/checks' || keys.length >= 3) return false;
		const chunks: Buffer[] = [];
		request.on('data', chunk => chunks.push(chunk));
		request.on('end', () => {
			keys.push(JSON.parse(Buffer.concat(chunks).toString()).idempotencyKey);
			if (keys.length === 1) response.writeHead(500).end('no');
			// The stream breaks after a look: the answer may have been stored already.
			else if (keys.length === 2) response.write('{"progress": {"text": "one look"}}\n', () => response.destroy());
			else response.end('<html>this is a proxy</html>');
		});
		return true;
	};
	const {exit} = await run(folder, asked);
	t.is(exit, 0);
	t.deepEqual(new Set(keys), new Set([service.questions[0]?.idempotencyKey]));
	t.is(keys.length, 3);
});

for (const [name, play] of [
	['answers 500', (response: import('node:http').ServerResponse) => response.writeHead(500).end()],
	['resets the connection', (response: import('node:http').ServerResponse) => response.destroy()],
	['answers garbage', (response: import('node:http').ServerResponse) => response.end('{"landed": 7')],
] as const) {
	test.serial(`a service that ${name} is out of reach: exit 4 in time, one event waits, and is sent by the next check`, async t => {
		const folder = temporaryFolder(t);
		const service = await playService(t);
		const head = commit(repository(join(folder, 'app')), 'One', {a: '1'});
		configure(folder, gitConfig(service.url));
		service.interfere = (_path, response) => {
			play(response);
			return true;
		};
		const startedMs = performance.now();
		const {exit, stdout} = await run(folder, [...asked, '--deadline', '8']);
		t.is(exit, 4);
		t.true(performance.now() - startedMs < 8000);
		t.regex(stdout, /out of reach/);
		const [event, ...others] = spooled(folder);
		t.deepEqual(others, []);
		t.like(event, {kind: 'gate_no_data', service: 'app', data: {verdict: 'blind', exit: 4, targets: [{repository: 'app', sha: head}]}});
		service.interfere = () => false;
		t.is((await run(folder, asked)).exit, 0);
		t.deepEqual([...service.events.keys()], [event.idempotencyKey]);
		t.deepEqual(spooled(folder), []);
	});
}

test.serial('nobody at the port, and the configuration says go: exit 0, a warning, an event', async t => {
	const folder = temporaryFolder(t);
	commit(repository(join(folder, 'app')), 'One', {a: '1'});
	configure(folder, gitConfig(await deadUrl(t), 'unreachable: go'));
	const {exit, stdout} = await run(folder, [...asked, '--deadline', '2']);
	t.is(exit, 0);
	t.regex(stdout, /nothing was judged: the service is out of reach/);
	t.like(spooled(folder)[0], {kind: 'gate_no_data', data: {verdict: 'go'}});
});

test.serial('a service that takes the question and is silent makes it blind, also where the configuration says go', async t => {
	const folder = temporaryFolder(t);
	const service = await playService(t);
	commit(repository(join(folder, 'app')), 'One', {a: '1'});
	configure(folder, gitConfig(service.url, 'unreachable: go'));
	service.interfere = path => path === '/api/v1/checks';
	const startedMs = performance.now();
	const {exit, stdout} = await run(folder, [...asked, '--deadline', '5']);
	t.is(exit, 4);
	t.true(performance.now() - startedMs < 5000);
	t.regex(stdout, /no answer within [34] s/);
});

test('forced or said to be a rollback, it passes while the service is away, and is recorded', async t => {
	const folder = temporaryFolder(t);
	configure(folder, gitConfig(await deadUrl(t)).replace('path: app', 'path: gone'));
	const forced = await run(folder, [...asked, '--deadline', '2', '--force', '--reason', 'site is down']);
	t.is(forced.exit, 0);
	const rolled = await run(folder, [...asked, '--deadline', '2', '--rollback']);
	t.is(rolled.exit, 0);
	t.deepEqual(
		spooled(folder)
			.map(event => event.kind)
			.sort(),
		['gate_overridden', 'rollback_started'],
	);
	t.true(spooled(folder).some(event => event.data.reason === 'site is down'));
});

test.serial('with the service away a return to what was live before passes, quickly; new code does not', async t => {
	const folder = temporaryFolder(t);
	const service = await playService(t);
	const app = repository(join(folder, 'app'));
	const old = commit(app, 'Old', {a: '1'});
	const live = commit(app, 'Live', {a: '2'});
	service.landed = {
		...service.landed,
		landed: [{group: 'east', repository: 'app', branch: null, sha: live, since: null}],
		history: [{repository: 'app', branch: null, sha: old}],
	};
	configure(folder, gitConfig(service.url));
	await run(folder, asked);
	service.close();
	git(app, 'checkout', '-q', '--detach', old);
	const back = await run(folder, asked);
	t.is(back.exit, 0);
	t.regex(back.stdout, /takes a deploy back/);
	git(app, 'checkout', '-q', 'main');
	t.is((await run(folder, [...asked, '--deadline', '2'])).exit, 4, 'a restart takes nothing back');
	commit(app, 'New', {a: '3'});
	t.is((await run(folder, [...asked, '--deadline', '2'])).exit, 4);
	t.deepEqual(
		spooled(folder)
			.map(event => event.kind)
			.sort(),
		['gate_no_data', 'gate_no_data', 'rollback_started'],
	);
});

test('with the service away reverts of live changes pass; a revert of something else does not', async t => {
	const folder = temporaryFolder(t);
	const service = await playService(t);
	const app = repository(join(folder, 'app'));
	commit(app, 'Old', {a: '1'});
	const live = commit(app, 'Live', {a: '2'});
	service.landed = {...service.landed, landed: [{group: 'east', repository: 'app', branch: null, sha: live, since: null}]};
	configure(folder, gitConfig(service.url));
	await run(folder, asked);
	service.close();
	const revert = commit(app, `Revert "Live"\n\nThis reverts commit ${live}.\n`, {a: '1'});
	t.is((await run(folder, [...asked, '--deadline', '2'])).exit, 0);
	commit(app, `Revert "Revert"\n\nThis reverts commit ${revert}.\n`, {a: '2'});
	t.is((await run(folder, [...asked, '--deadline', '2'])).exit, 4);
});

test('mistakes in the checkouts are exit 2 with a sentence, but never stop a forced pass', async t => {
	const folder = temporaryFolder(t);
	const service = await playService(t);
	configure(folder, gitConfig(service.url));
	const missing = await run(folder, asked);
	t.is(missing.exit, 2);
	t.regex(missing.stderr, /there is no checkout at .*app/);
	mkdirSync(join(folder, 'app'));
	t.regex((await run(folder, asked)).stderr, /is no git checkout/);
	repository(join(folder, 'app'));
	t.regex((await run(folder, asked)).stderr, /has no commit yet/);
	const forced = await run(folder, [...asked, '--force', '--reason', 'x']);
	t.is(forced.exit, 0);
	t.regex(forced.stdout, /what goes out could not be read/);
	t.is(service.questions[0]?.mode, 'force');
});

test('a spool that cannot be written is told of and changes no answer', async t => {
	const folder = temporaryFolder(t);
	writeFileSync(join(folder, 'spool'), 'this is a file');
	commit(repository(join(folder, 'app')), 'One', {a: '1'});
	configure(folder, gitConfig(await deadUrl(t)));
	const {exit, stdout} = await run(folder, [...asked, '--deadline', '2']);
	t.is(exit, 4);
	t.regex(stdout, /the spool .* cannot be written/);
});

test('an interruption ends it at once with a word', async t => {
	const folder = temporaryFolder(t);
	const service = await playService(t);
	commit(repository(join(folder, 'app')), 'One', {a: '1'});
	configure(folder, gitConfig(service.url));
	service.interfere = path => path === '/api/v1/checks';
	const {exit, stderr} = await run(folder, asked, {interrupted: new Promise(resolve => setTimeout(() => resolve('SIGTERM'), 300))});
	t.is(exit, 4);
	t.regex(stderr, /interrupted/);
});

test('the full command hands in a transport of its own for an embedded store; the bundle says what it lacks', async t => {
	const folder = temporaryFolder(t);
	configure(folder, 'store: embedded\nspool: spool\n');
	const alone = await run(folder, asked);
	t.is(alone.exit, 2);
	t.regex(alone.stderr, /store: embedded needs the full signalbox command/);
	const result = {verdict: 'hold' as const, deploy: 'd', attempt: 1, stage: 'before', at: '', findings: [], url: null, exit: 1};
	const landed = {service: 'app', stages: [], groups: [], landed: [], history: [], probes: [], changes: null};
	const transport = {landed: async () => landed, check: async () => result, record: async () => undefined};
	t.is((await run(folder, asked, {}, {transport: () => transport})).exit, 1);
	t.true(existsSync(join(folder, 'spool', 'landed-app.json')));
	chmodSync(join(folder, 'spool'), 0o700);
});

test('a progress line per look goes to standard error where it is no terminal, and rewrites itself where it is one', async t => {
	const folder = temporaryFolder(t);
	const service = await playService(t);
	commit(repository(join(folder, 'app')), 'One', {a: '1'});
	configure(folder, gitConfig(service.url));
	t.regex((await run(folder, asked)).stderr, /^looked at the canaries \(1 s left\)\n$/);
	const written: string[] = [];
	await run(folder, asked, {stderr: {isTerminal: true, write: async text => void written.push(text)}});
	t.true(written[0]?.startsWith('\r\u001b[K'));
	t.is(written.at(-1), '\r\u001b[K');
});
