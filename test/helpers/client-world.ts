/** The service as the client's contract has it, played by a small real HTTP server, and real git repositories to ask about. */
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import type {ExecutionContext} from 'ava';
import type {NewEvent} from '../../reports/events.ts';
import {type CheckIo, type CheckOptions, runCheck} from '../../server/client/check.ts';
import type {CheckBody, LandedAnswer} from '../../server/client/contract.ts';
import {systemClock} from '../../server/clock.ts';

export type Played = {
	/** What is live; a test changes it as deploys go by. */
	landed: LandedAnswer;
	readonly questions: CheckBody[];
	/** By idempotency key, as the service stores them. */
	readonly events: Map<string, NewEvent>;
	readonly url: string;
	/** Taken first; true where it dealt with the request itself. */
	interfere: (path: string, response: ServerResponse, request: IncomingMessage) => boolean;
	close(): void;
};

export function temporaryFolder(t: ExecutionContext): string {
	const folder = mkdtempSync(join(tmpdir(), 'signalbox-client-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	return folder;
}

export const nothingLanded = (service: string): LandedAnswer => ({
	service,
	stages: ['before', 'canaries'],
	groups: ['east', 'west'],
	landed: [],
	history: [],
	probes: [],
	changes: null,
});

async function bodyOf(request: IncomingMessage): Promise<unknown> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

function problem(response: ServerResponse, status: number, detail: string, problems: string[] = []): void {
	response.writeHead(status, {'content-type': 'application/problem+json'});
	response.end(JSON.stringify({title: 'refused', status, detail, problems}));
}

/** Judges by rules that a test can reason about: a change whose subject says `bad` holds, one that says `worse` is rolled back. */
function judge(body: CheckBody): {verdict: string; because: string} {
	if (body.mode === 'force') return {verdict: 'go', because: `forced: ${body.reason}`};
	if (body.mode === 'rollback') return {verdict: 'go', because: 'a rollback is never held'};
	const says = (word: string) => body.batch.changes.find(change => change.subject?.split(' ').includes(word));
	const worse = says('worse');
	const bad = says('bad');
	if (worse) return {verdict: 'rollback', because: `${worse.id} is worse`};
	if (bad) return {verdict: 'hold', because: `${bad.id} is bad`};
	return {verdict: 'go', because: `${body.batch.changes.length} changes look good`};
}

async function answer(played: Played, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
	if (path.endsWith('/landed')) {
		const service = decodeURIComponent(path.split('/')[4] ?? '');
		if (service !== played.landed.service)
			return problem(response, 404, `there is no service «${service}»; did you mean «${played.landed.service}»?`);
		response.writeHead(200, {'content-type': 'application/json'});
		response.end(JSON.stringify(played.landed));
		return;
	}
	const body = await bodyOf(request);
	if (path === '/api/v1/events') {
		for (const event of (body as {events: NewEvent[]}).events) {
			if (event.text === 'poison') return problem(response, 422, 'this event is refused');
		}
		for (const event of (body as {events: NewEvent[]}).events) played.events.set(event.idempotencyKey, event);
		response.writeHead(200, {'content-type': 'application/json'}).end('{}');
		return;
	}
	const question = body as CheckBody;
	played.questions.push(question);
	if (!played.landed.stages.includes(question.stage)) {
		return problem(response, 422, `there is no stage «${question.stage}»`, [`the stages are ${played.landed.stages.join(', ')}`]);
	}
	const {verdict, because} = judge(question);
	const outcome = verdict === 'go' ? 'pass' : verdict;
	response.writeHead(200, {'content-type': 'application/x-ndjson'});
	response.write(`${JSON.stringify({progress: {text: 'looked at the canaries', remainingMs: 1000}})}\n`);
	const finding = {rule: 'tested', outcome, because, evidence: [], remedy: verdict === 'hold' ? 'take it out' : null};
	const result = {
		verdict,
		deploy: 'd-1',
		attempt: 1,
		stage: question.stage,
		at: question.askedAt,
		findings: [finding],
		url: `${played.url}/d-1`,
		exit: 0,
	};
	response.end(`${JSON.stringify({result})}\n`);
}

export async function playService(t: ExecutionContext, service = 'app'): Promise<Played> {
	const server = createServer((request, response) => {
		const path = request.url ?? '';
		if (!played.interfere(path, response, request)) answer(played, path, request, response).catch(error => response.destroy(error));
	});
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	const close = () => {
		server.closeAllConnections();
		server.close();
	};
	const played: Played = {
		landed: nothingLanded(service),
		questions: [],
		events: new Map(),
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		interfere: () => false,
		close,
	};
	t.teardown(close);
	return played;
}

const gitEnv = {...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null'};

/** Runs git in a folder with a name and time that do not depend on the machine. */
export function git(folder: string, ...args: string[]): string {
	const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', '-c', 'init.defaultBranch=main', '-c', 'commit.gpgSign=false'];
	return execFileSync('git', [...who, '-C', folder, ...args], {env: gitEnv, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}).trim();
}

export function repository(folder: string): string {
	mkdirSync(folder, {recursive: true});
	git(folder, 'init', '-q');
	return folder;
}

/** Commits files (null deletes one) with a message, as bytes where it matters; answers the commit's id. */
export function commit(folder: string, message: string | Buffer, files: Record<string, string | Buffer | null> = {}): string {
	for (const [name, content] of Object.entries(files)) {
		const file = join(folder, name);
		mkdirSync(dirname(file), {recursive: true});
		if (content === null) rmSync(file);
		else writeFileSync(file, content);
	}
	const note = join(folder, '.git', 'message');
	writeFileSync(note, message);
	git(folder, 'add', '-A');
	git(folder, 'commit', '-q', '--allow-empty', '--cleanup=verbatim', '-F', note);
	return git(folder, 'rev-parse', 'HEAD');
}

/** Commits a message byte for byte: `git commit` itself takes bytes that are no UTF-8 for Latin-1 and mends them. */
export function commitBytes(folder: string, message: Buffer): string {
	const [tree, parent] = [git(folder, 'rev-parse', 'HEAD^{tree}'), git(folder, 'rev-parse', 'HEAD')];
	const who = 'Ada <ada@example.org> 1700000000 +0000';
	const head = Buffer.from(`tree ${tree}\nparent ${parent}\nauthor ${who}\ncommitter ${who}\n\n`);
	const file = join(folder, '.git', 'raw-commit');
	writeFileSync(file, Buffer.concat([head, message]));
	const sha = git(folder, 'hash-object', '-w', '-t', 'commit', '--literally', file);
	git(folder, 'update-ref', 'HEAD', sha);
	return sha;
}

export const changeId = (digit: string): string => `I${digit.repeat(40)}`;

export type Ran = {readonly exit: number; readonly stdout: string; readonly stderr: string};

/** Runs a check inside this process, in a folder and environment of its own. */
export async function run(folder: string, argv: readonly string[], more: Partial<CheckIo> = {}, options: CheckOptions = {}): Promise<Ran> {
	const out = {stdout: '', stderr: ''};
	const sink = (name: 'stdout' | 'stderr') => ({
		isTerminal: false,
		write: (text: string) => {
			out[name] += text;
			return Promise.resolve();
		},
	});
	const io: CheckIo = {
		stdout: sink('stdout'),
		stderr: sink('stderr'),
		env: {HOME: folder, USER: 'ada', PATH: process.env['PATH']},
		cwd: folder,
		clock: systemClock,
		startedMs: systemClock.monotonicMs(),
		interrupted: new Promise(() => undefined),
		...more,
	};
	const exit = await runCheck(argv, io, options);
	return {exit, ...out};
}

/** Writes signalbox.yaml into a folder. */
export function configure(folder: string, lines: string): void {
	writeFileSync(join(folder, 'signalbox.yaml'), lines);
}
