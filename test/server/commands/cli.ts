import {spawnSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Io} from '../../../server/commands/command.ts';
import {commands, runCli} from '../../../server/run-cli.ts';
import {call} from '../../helpers/cli.ts';
import {noteEvent} from '../../helpers/events.ts';
import {run, serve, start} from '../../helpers/processes.ts';
import {serviceUnderTest, temporaryFolder, usualService} from '../../helpers/service.ts';

const names = Object.keys(commands);

/** A folder with a store of its own and one service. */
function embeddedFolder(t: ExecutionContext): string {
	const folder = temporaryFolder(t);
	writeFileSync(path.join(folder, 'signalbox.yaml'), JSON.stringify({store: 'embedded', data: 'data', services: {app: usualService}}));
	return folder;
}

for (const name of names) {
	test(`signalbox ${name} --help says what it does, how, and shows an example`, async t => {
		const {code, stdout, stderr} = await call([name, '--help'], temporaryFolder(t));
		t.deepEqual([code, stderr], [0, '']);
		t.regex(stdout, new RegExp(`Usage: signalbox ${name}\\b|signalbox ${name} `));
		t.regex(stdout, /Example/);
		t.notRegex(stdout, /[^\n\x20-\x7e]/);
	});

	// The client of check reads its own options, and its own tests try them.
	if (name === 'check') continue;
	test(`signalbox ${name} refuses an option that is not there, and names the nearest`, async t => {
		const {code, stderr} = await call([name, '--jsno', 'x', 'y'], embeddedFolder(t));
		t.is(code, 2);
		t.regex(stderr, /there is no option --jsno[.;] did you mean "?--json/i);
	});
}

test('without a command, and with help, all commands are listed', async t => {
	const folder = temporaryFolder(t);
	const bare = await call([], folder);
	const help = await call(['--help'], folder);
	t.deepEqual([bare.code, help.code], [2, 0]);
	t.is(bare.stdout, help.stdout);
	for (const name of names) t.regex(help.stdout, new RegExp(`^  ${name} +\\S`, 'm'));
});

test('an unknown command is answered with the nearest', async t => {
	const {code, stderr} = await call(['recrod', 'x'], temporaryFolder(t));
	t.is(code, 2);
	t.regex(stderr, /there is no command "recrod"\. Did you mean record\?/);
	t.is((await call(['constructor'], temporaryFolder(t))).code, 2);
});

const lacking: readonly (readonly [readonly string[], RegExp])[] = [
	[['record'], /A text is needed/],
	[['record', 'x', '--at', '25:61'], /--at "25:61" is no time/],
	[['record', 'x', '--at', '2026-03-02T10:00:00'], /is no time/],
	[['record', 'x', '--kind', 'desicion'], /There is no kind "desicion"\. Did you mean decision\?/],
	[['record', 'x', '--kind'], /--kind/],
	[['allow', '--reason', 'x'], /--service is needed/],
	[['allow', '--service', 'app'], /--reason is needed/],
	[['allow', '--service', 'app', '--reason', 'x', '--for', 'soon'], /--for "soon" is no duration/],
	[['allow', '--service', 'app', '--reason', 'x', '--for', '10d'], /one minute to 24 hours/],
	[['allow', '--service', 'ap', '--reason', 'x'], /There is no service "ap"\. Did you mean app\?/],
	[['finish'], /--service is needed/],
	[['finish', '--service', 'app'], /No deploy of app is open/],
	[['redact', '1'], /--reason is needed/],
	[['redact', '1', '--reason', 'x'], /There is no event 1/],
	[['watch'], /A deploy is needed/],
	[['watch', 'D-1'], /There is no deploy D-1/],
	[['report'], /An incident is needed/],
	[['report', 'INC-1', '--format', 'pdf'], /There is no format "pdf"/],
	[['import-sal', 'nowhere.txt'], /There is no file .*nowhere\.txt/],
	[['import-sal', '.'], /is no file; name the log itself/],
	[['backup'], /A file is needed/],
	[['restore', 'nowhere.sqlite'], /There is no file .*nowhere\.sqlite/],
	[['serve', '--port', '70000'], /--port "70000" is no port/],
	[['serve', '--clock', 'noon'], /--clock "noon" is no time/],
];
for (const [argv, sentence] of lacking) {
	test(`signalbox ${argv.join(' ')} is wrong usage, and says what is`, async t => {
		const {code, stdout, stderr} = await call(argv, embeddedFolder(t));
		t.is(code, 2);
		t.is(stdout, '');
		t.regex(stderr, sentence);
		t.notRegex(stderr, /\n\s+at /);
	});
}

test('a service out of reach is exit 4, with what to do', async t => {
	const {code, stderr} = await call(['record', 'x', '--url', 'http://127.0.0.1:1'], temporaryFolder(t));
	t.is(code, 4);
	t.regex(stderr, /http:\/\/127\.0\.0\.1:1 cannot be reached: .*signalbox serve/);
});

test('verify is exit 0 for a whole chain and 1 for a broken one, or one without the head that is held against it', async t => {
	const {url, deps, folder} = await serviceUnderTest(t);
	await deps.database.transact(({sql}) => sql('counters').insert({name: 'x', value: 1}));
	t.is((await call(['record', 'seen', '--url', url], folder)).stdout, 'Recorded as event 1.\n');
	t.is((await call(['record', 'seen', '--url', url, '--key', 'the same key'], folder)).code, 0);
	t.regex((await call(['record', 'seen', '--url', url, '--key', 'the same key'], folder)).stdout, /recorded already/);
	const whole = await call(['verify', '--url', url], folder);
	t.is(whole.code, 0);
	const head = /head (\w{64})/.exec(whole.stdout)?.[1] ?? '';
	t.is((await call(['verify', '--url', url, '--head', head], folder)).code, 0);
	t.is((await call(['verify', '--url', url, '--head', 'f'.repeat(64)], folder)).code, 1);
	await deps.database.transact(({sql}) => sql('events').where({seq: 1}).update({payload: '{}'}));
	const broken = await call(['verify', '--url', url], folder);
	t.is(broken.code, 1);
	t.regex(broken.stdout, /broken at event 1: its payload was changed/);
});

test('doctor is exit 4 where no signal proves anything', async t => {
	const {code, stdout} = await call(['doctor'], embeddedFolder(t));
	t.is(code, 4);
	t.regex(stdout, /No signal is configured/);
});

test('lines of standard input are events of their own, and with a key the same lines again are the same', async t => {
	const folder = embeddedFolder(t);
	const both = ['first', 'second'].map(() => call(['record', '-', '--key', 'import of Monday'], folder, {}, 'one\r\ntwo\n\nthree'));
	// They run at once and either may be first at any line; together each line is stored once and known once.
	const said = (await Promise.all(both)).map(({stdout}) => stdout).join('');
	t.is(said.match(/Recorded as event/g)?.length, 3);
	t.is(said.match(/recorded already/g)?.length, 3);
	t.regex((await call(['verify'], folder)).stdout, /3 events/);
});

test('a bug in a command is told as one, with where, and is exit 4', async t => {
	let stderr = '';
	const broken: Io = {
		...{cwd: '/', isTerminal: false, out: () => undefined},
		get env(): never {
			throw new Error('the world is broken');
		},
		err(text) {
			stderr += text;
		},
	};
	t.is(await runCli(['verify'], broken), 4);
	t.regex(stderr, /fault of Signalbox itself, please report it:\nError: the world is broken\n\s+at /);
});

test('check works on an embedded store, through the command that hooks run', async t => {
	const folder = embeddedFolder(t);
	const first = await run(t, ['check', '--service', 'app', '--stage', 'before'], {folder});
	t.is(first.code, 0, first.stderr);
	t.regex(first.stdout, /^GO: /);
	const json = await run(t, ['check', '--service', 'app', '--stage', 'canaries', '--json'], {folder});
	t.like(JSON.parse(json.stdout), {verdict: 'go', attempt: 1, exit: 0});
	t.regex((await call(['verify'], folder)).stdout, /The chain is whole: [1-9]\d* events/);
	const wrong = await run(t, ['check', '--service', 'ap', '--stage', 'before'], {folder});
	t.is(wrong.code, 2);
	t.regex(wrong.stderr, /There is no service "ap"\. Did you mean app\?/);
});

test('an embedded store that cannot be opened blinds a check, and holds no rollback', async t => {
	const folder = embeddedFolder(t);
	mkdirSync(path.join(folder, 'data'));
	writeFileSync(path.join(folder, 'data/signalbox.sqlite'), 'no database'.repeat(1000));
	const ask = (...more: string[]) => run(t, ['check', '--service', 'app', '--stage', 'before', '--deadline', '8', ...more], {folder});
	const check = await ask();
	t.is(check.code, 4, check.stderr);
	t.notRegex(check.stderr, /fault of signalbox/);
	t.is((await ask('--rollback')).code, 0);
});

test('the file of a target alone refuses an embedded store', t => {
	const folder = embeddedFolder(t);
	const bundle = path.join(process.cwd(), 'dist/signalbox-check.cjs');
	const {status, stderr} = spawnSync(process.execPath, [bundle, '--service', 'app', '--stage', 'before'], {cwd: folder, encoding: 'utf8'});
	t.is(status, 2);
	t.regex(stderr, /store: embedded needs the full signalbox command/);
});

test('PORT and SIGNALBOX_DATA are honoured; a port that is taken is named, and stopping is clean', async t => {
	const taken = createServer().listen(0, '127.0.0.1');
	t.teardown(() => taken.close());
	await new Promise(resolve => taken.once('listening', resolve));
	const address = taken.address();
	const port = String(typeof address === 'object' && address !== null ? address.port : 0);
	const folder = temporaryFolder(t);
	const refused = await run(t, ['serve'], {folder, env: {PORT: port, SIGNALBOX_DATA: 'here'}});
	t.is(refused.code, 4);
	t.regex(refused.stderr, new RegExp(`port ${port} on 127\\.0\\.0\\.1 is taken; stop what listens there, or set PORT`));
	const service = start(t, ['serve'], {folder, env: {PORT: '0', SIGNALBOX_DATA: 'here'}});
	const [, url = ''] = await service.until(/Signalbox is at (http:\S+)/);
	await service.until(new RegExp(`Database: ${folder}/here/signalbox\\.sqlite`));
	t.is((await fetch(`${url}/healthz`)).status, 200);
	service.child.kill('SIGTERM');
	t.is((await service.done).code, 0);
	t.is((await run(t, ['serve'], {folder, env: {PORT: 'http'}})).code, 2);
});

test('what goes into a pipe is ASCII, and JSON still says every character', async t => {
	const folder = embeddedFolder(t);
	const {url} = await serve(t, {folder});
	const event = noteEvent({deploy: 'D-1', service: 'app', text: 'café “quoted” \u001b[2J→ 漢'});
	await fetch(`${url}/api/v1/events`, {
		method: 'POST',
		headers: {'content-type': 'application/json'},
		body: JSON.stringify({events: [event]}),
	});
	const check = await run(t, ['check', '--service', 'app', '--stage', 'before', '--url', url], {folder});
	const deploy = /D-\d{4}-\d+/.exec(check.stdout)?.[0] ?? /deploys\/([\w-]+)/.exec(check.stdout)?.[1] ?? '';
	await fetch(`${url}/api/v1/events`, {
		method: 'POST',
		headers: {'content-type': 'application/json'},
		body: JSON.stringify({events: [noteEvent({deploy, text: event.text})]}),
	});
	const plain = await run(t, ['watch', deploy, '--once', '--url', url], {folder});
	t.is(plain.code, 0, plain.stderr);
	t.regex(plain.stdout, /cafe "quoted" +\[2J-> \?/);
	t.notRegex(plain.stdout, /[^\n\x20-\x7e]/);
	const json = await run(t, ['watch', deploy, '--once', '--json', '--url', url], {folder});
	t.notRegex(json.stdout, /[^\n\x20-\x7e]/);
	const texts = json.stdout
		.trim()
		.split('\n')
		.map(line => (JSON.parse(line) as {text: string}).text);
	t.true(texts.includes(event.text));
	const wrong = await run(t, ['recörd'], {folder});
	t.is(wrong.code, 2);
	t.notRegex(wrong.stderr, /[^\n\x20-\x7e]/);
});
