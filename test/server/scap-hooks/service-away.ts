/** docs/scap.md, “When Signalbox itself is away”: what the hook answers, what it keeps on disk, and that the service has it once in the end. */
import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {TimelineEvent} from '../../../reports/events.ts';
import {commit, git, repository} from '../../helpers/client-world.ts';
import {freePort, type Machine, machine, type RunningService, serve, signalbox, temporaryFolder, until} from '../../helpers/hook-world.ts';
import {runAsScap3, type ScapResult} from '../../helpers/scap-caller.ts';

type World = {
	readonly folder: string;
	readonly app: string;
	readonly service: RunningService;
	readonly host: Machine;
	check(options?: string): Promise<ScapResult>;
	/** What waits on this machine. */
	spooled(): string[];
	readonly spool: string;
};

async function world(t: ExecutionContext, unreachable: 'hold' | 'go' = 'hold'): Promise<World> {
	const folder = temporaryFolder(t);
	const app = repository(path.join(folder, 'app'));
	commit(app, 'One', {a: '1'});
	const changes = {from: 'git', checkouts: [{path: app, repository: 'app'}]};
	const policy = {rules: {'canary-errors': 'off', 'signals-alive': 'off'}};
	const service = await serve(
		t,
		folder,
		JSON.stringify({services: {app: {stages: ['before', 'canaries', 'production'], changes, policy}}}),
	);
	const host = machine(folder, 'deploy1003');
	const spool = path.join(host.home, '.local/state/signalbox');
	host.configure(`url: ${service.url}\nunreachable: ${unreachable}\n`);
	return {
		folder,
		app,
		service,
		host,
		spool,
		check: (options = '') =>
			runAsScap3({commandLine: `signalbox check --service app --stage before --deadline 5 ${options}`, env: host.env, cwd: folder}),
		spooled: () => (existsSync(spool) ? readdirSync(spool).filter(name => /^event-.*\.json$/.test(name)) : []),
	};
}

const alone = (events: readonly TimelineEvent[]): TimelineEvent[] => events.filter(({text}) => text.includes('without the service'));

/** `signalbox flush` as the same user on the same machine. */
const flush = ({folder, host, service}: World) => signalbox(folder, ['flush', '--url', service.url], host.env);

test('unreachable: hold is blind within the deadline, says why and what to do, and the next call delivers it once', async t => {
	const here = await world(t);
	t.is((await here.check()).exitCode, 0);
	commit(here.app, 'Two', {a: '2'});
	await here.service.kill();
	const away = await here.check();
	t.is(away.exitCode, 4);
	t.true(away.ascii && away.durationMs < 6000, `$away.durationMsms`);
	t.regex(away.shown, /^BLIND: the service is out of reach: nothing listens at localhost:\d+\n/);
	t.regex(away.shown, /do: bring the service back and ask again; without it "unreachable: go" in \/etc\/signalbox\.yaml lets all pass/);
	t.is(here.spooled().length, 1);
	await here.service.restart();
	t.is((await here.check()).exitCode, 0);
	t.deepEqual(here.spooled(), []);
	t.is((await here.check()).exitCode, 0);
	const [event, ...others] = alone(await here.service.events());
	t.deepEqual(others, []);
	t.like(event, {kind: 'gate_no_data', service: 'app', data: {stage: 'before', verdict: 'blind', host: 'deploy1003'}});
});

test('unreachable: go passes with a warning, and signalbox flush delivers what waited', async t => {
	const here = await world(t, 'go');
	await here.service.kill();
	const away = await here.check();
	t.is(away.exitCode, 0);
	t.regex(away.output, /^GO: with a warning: nothing was judged: the service is out of reach/);
	await here.service.restart();
	const flushed = await flush(here);
	t.is(flushed.exit, 0, flushed.stderr);
	t.regex(flushed.stdout, /^1 event sent, 0 still wait/);
	t.regex((await flush(here)).stdout, /^Nothing waits/);
	t.is(alone(await here.service.events()).length, 1);
});

test('killed between sending and acknowledgement, the event is sent again and stored once', async t => {
	const here = await world(t);
	await here.service.kill();
	t.is((await here.check()).exitCode, 4);
	await here.service.restart();
	// Stands between: hands the events on to the service, and never says that it did.
	const port = await freePort();
	let handedOn = 0;
	const between = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const headers = {'content-type': 'application/json'};
			const body = Buffer.concat(chunks);
			fetch(`${here.service.url}${request.url}`, {method: request.method ?? 'GET', headers, ...(body.length > 0 ? {body} : {})}).then(
				() => {
					handedOn += 1;
				},
				(error: unknown) => response.destroy(error instanceof Error ? error : undefined),
			);
		});
	});
	await new Promise<void>(resolve => between.listen(port, '127.0.0.1', resolve));
	t.teardown(() => {
		between.closeAllConnections();
		between.close();
	});
	const env = {...here.host.env};
	const killed = spawn(process.execPath, [path.join(process.cwd(), 'dist/server/cli.js'), 'flush', '--url', `http://localhost:${port}`], {
		env,
		cwd: here.folder,
		stdio: 'ignore',
	});
	const ended = new Promise(resolve => killed.on('exit', resolve));
	await until('the service has it', () => handedOn === 1);
	killed.kill('SIGKILL');
	await ended;
	t.is(here.spooled().length, 1);
	t.is(alone(await here.service.events()).length, 1);
	t.is((await flush(here)).exit, 0);
	t.deepEqual(here.spooled(), []);
	t.is(alone(await here.service.events()).length, 1);
});

test('a file that was half written is set aside and told about; what is whole goes out', async t => {
	const here = await world(t);
	await here.service.kill();
	t.is((await here.check()).exitCode, 4);
	mkdirSync(here.spool, {recursive: true});
	writeFileSync(path.join(here.spool, 'event-20260101T000000000Z-cut.json'), '{"kind": "note", "text": "half of');
	await here.service.restart();
	const {stdout, stderr} = await flush(here);
	t.regex(stdout, /^1 event sent, 0 still wait/);
	t.regex(stderr, /event-20260101T000000000Z-cut\.json is damaged .*moved to .*damaged/);
	t.deepEqual(readdirSync(path.join(here.spool, 'damaged')), ['event-20260101T000000000Z-cut.json']);
	t.is(alone(await here.service.events()).length, 1);
});

test('with the service away --force, --rollback and a return to what was live pass, new code does not, and all of it is told later', async t => {
	const here = await world(t);
	for (const stage of ['before', 'canaries', 'production']) t.is((await here.check(`--stage ${stage}`)).exitCode, 0);
	const old = git(here.app, 'rev-parse', 'HEAD');
	commit(here.app, 'Two', {a: '2'});
	for (const stage of ['before', 'canaries', 'production']) t.is((await here.check(`--stage ${stage}`)).exitCode, 0);
	// The last word of the service on what is live is that of this call.
	t.is((await here.check()).exitCode, 0);
	await here.service.kill();
	const forced = await here.check('--force --reason "the pager is on fire"');
	t.is(forced.exitCode, 0);
	t.regex(forced.output, /^GO: with a warning: forced; the service is out of reach/);
	t.is((await here.check('--rollback')).exitCode, 0);
	git(here.app, 'checkout', '-q', '--detach', old);
	const back = await here.check();
	t.is(back.exitCode, 0, back.output);
	t.regex(back.output, /takes a deploy back, which is never held/);
	commit(here.app, 'Three', {a: '3'});
	t.is((await here.check()).exitCode, 4);
	t.is(here.spooled().length, 4);
	await here.service.restart();
	t.is((await flush(here)).exit, 0);
	const kinds = alone(await here.service.events()).map(({kind}) => kind);
	t.deepEqual(kinds, ['gate_overridden', 'rollback_started', 'rollback_started', 'gate_no_data']);
});
