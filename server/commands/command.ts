/** What every command is made of: its arguments, where it prints, and the service it asks. */
import {request as httpRequest} from 'node:http';
import {request as httpsRequest} from 'node:https';
import {hostname, userInfo} from 'node:os';
import {type ParseArgsConfig, parseArgs} from 'node:util';
import {nearest} from '../../gate/nearest.ts';
import {rules} from '../../gate/rules/all.ts';
import type {Actor} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import {answerJson} from '../client/output.ts';
import {findToken, isSameService} from '../client/token.ts';
import {systemClock} from '../clock.ts';
import {loadConfig} from '../config/load.ts';
import type {Config} from '../config.ts';
import {newSecret} from '../secret.ts';

export type Io = {
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly cwd: string;
	readonly isTerminal: boolean;
	/** Lines for a person become ASCII in a pipe; a `document` is written as it is. */
	out(text: string, kind?: 'lines' | 'document'): void;
	err(text: string): void;
	/** Standard input, for the commands that read it. */
	readonly input?: AsyncIterable<string | Uint8Array>;
};

export type Command = {
	readonly summary: string;
	/** Printed by --help: usage, options, an example. */
	readonly help: string;
	run(args: readonly string[], io: Io): Promise<number>;
};

export type Options = NonNullable<ParseArgsConfig['options']>;
const common = {
	config: {type: 'string'},
	url: {type: 'string'},
	json: {type: 'boolean'},
	help: {type: 'boolean', short: 'h'},
} as const satisfies Options;

/** Parses a command's arguments; an option that is not there is named with the nearest one. */
export function parseCommand<const Given extends Options>(args: readonly string[], options: Given) {
	const all = {...options, ...common};
	try {
		return parseArgs({args: [...args], options: all, allowPositionals: true, strict: true});
	} catch (error) {
		const text = error instanceof Error ? error.message : String(error);
		const unknown = /Unknown option '--?([^']+)'/.exec(text)?.[1];
		if (unknown === undefined) throw new AppError('invalid', `${text.split('\n')[0] ?? text}. --help shows how it is used.`);
		const near = nearest(unknown, Object.keys(all));
		throw new AppError(
			'invalid',
			`There is no option --${unknown}.${near === null ? '' : ` Did you mean --${near}?`} --help shows all of them.`,
		);
	}
}

export const configFor = (values: {config?: string | undefined}, io: Io): Config =>
	loadConfig({...(values.config === undefined ? {} : {file: values.config}), env: io.env, cwd: io.cwd, rules});

/** Whoever runs the command, by the name of the login, sudo's caller first. */
export function personOf(env: Io['env']): Actor {
	const name = env['SUDO_USER'] ?? env['USER'] ?? env['LOGNAME'];
	if (name) return {kind: 'person', name};
	try {
		return {kind: 'person', name: userInfo().username};
	} catch {
		// A user id without an entry in passwd, as in containers.
		return {kind: 'system', name: hostname()};
	}
}

/** The service's API, whichever way it is reached. */
export type Api = {
	readonly url: string;
	get<T>(path: string): Promise<T>;
	text(path: string): Promise<string>;
	post<T>(path: string, body: unknown): Promise<T>;
	close(): Promise<void>;
};

const answerMax = 64 * 1024 * 1024;
const requestMs = 60_000;

type Asked = {readonly method: 'GET' | 'POST'; readonly token: string | null; readonly body?: unknown};

function ask(url: string, {method, token, body}: Asked): Promise<string> {
	const send = url.startsWith('https:') ? httpsRequest : httpRequest;
	const headers = {
		...(body === undefined ? {} : {'content-type': 'application/json'}),
		...(token === null ? {} : {authorization: `Bearer ${token}`}),
	};
	return new Promise((resolve, reject) => {
		const outgoing = send(url, {method, headers, timeout: requestMs}, response => {
			const chunks: Buffer[] = [];
			let size = 0;
			response.on('data', (chunk: Buffer) => {
				size += chunk.length;
				if (size > answerMax) outgoing.destroy(new Error('the answer is larger than 64 MB'));
				else chunks.push(chunk);
			});
			response.on('end', () => {
				const text = Buffer.concat(chunks).toString('utf8');
				if ((response.statusCode ?? 500) < 400) resolve(text);
				else reject(errorFrom(response.statusCode ?? 500, text));
			});
			response.on('error', reject);
		});
		outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${requestMs / 1000} s`)));
		outgoing.on('error', error =>
			reject(
				new AppError(
					'unavailable',
					`The service at ${new URL(url).origin} cannot be reached: ${error.message || String(error)}. Start it with \`signalbox serve\`, or name it with --url or \`url:\` in signalbox.yaml.`,
				),
			),
		);
		outgoing.end(body === undefined ? undefined : JSON.stringify(body));
	});
}

/** What to do where the service does not let in whoever asks. */
const remedies: Readonly<Record<number, string>> = {
	401: 'Name a file with a token by «token_file», or set SIGNALBOX_TOKEN; an admin makes one with `signalbox token create`.',
	403: '`signalbox token list` on the machine of the service shows what each token may do.',
};
const codes: Readonly<Record<number, AppError['code']>> = {
	401: 'unauthenticated',
	403: 'forbidden',
	404: 'not-found',
	409: 'conflict',
	429: 'too-many',
};

function errorFrom(status: number, text: string): AppError {
	const code = codes[status] ?? (status >= 500 ? 'unavailable' : 'invalid');
	const remedy = remedies[status];
	try {
		const {detail, problems} = JSON.parse(text) as {detail?: string; problems?: string[]};
		return new AppError(code, detail ?? `The service answered ${status}.`, [
			...(problems ?? []),
			...(remedy === undefined ? [] : [remedy]),
		]);
	} catch {
		return new AppError(code, `The service answered ${status}, with no reason that could be read.`, remedy === undefined ? [] : [remedy]);
	}
}

/** The token of the environment, or of the file; the file's is shown to the service of the configuration alone. */
function tokenToShow({url}: {url?: string | undefined}, config: Config, io: Io): string | null {
	const isOwn = url === undefined || isSameService(url, config.url ?? `http://localhost:${config.listen.port}`);
	const found = findToken(io.env, isOwn ? config.tokenFile : null);
	if (found !== null && 'problem' in found) throw new AppError('invalid', `${found.problem}.`);
	return found?.value ?? null;
}

/**
 * Where to ask: --url, then `url:`; with `store: embedded` a service of this command's own on the same database, gone when it ends;
 * with neither, the service that `npm start` brings up on this machine.
 */
export async function connect(values: {url?: string | undefined; config?: string | undefined}, io: Io): Promise<Api> {
	const config = configFor(values, io);
	let close = async (): Promise<void> => {};
	let base = values.url ?? config.url;
	let token: string | null = null;
	if (base === null && config.store === 'embedded') {
		const {startService} = await import('../main.ts');
		const insider = newSecret();
		const service = await startService({config, clock: systemClock, log: text => io.err(`${text}\n`), polls: false, port: 0, insider});
		base = service.url;
		token = insider;
		close = () => service.close();
	} else token = tokenToShow(values, config, io);
	const url = (base ?? `http://localhost:${config.listen.port}`).replace(/\/+$/, '');
	return {
		url,
		close,
		text: path => ask(`${url}${path}`, {method: 'GET', token}),
		get: async <T>(path: string) => JSON.parse(await ask(`${url}/api/v1${path}`, {method: 'GET', token})) as T,
		post: async <T>(path: string, body: unknown) => JSON.parse(await ask(`${url}/api/v1${path}`, {method: 'POST', token, body})) as T,
	};
}

/** A whole list, asked for a page at a time; at most `pagesMax` pages, since a list may grow while it is read. */
export async function wholeList<Row>(api: Api, path: string, key: string, pagesMax = 100): Promise<Row[]> {
	const rows: Row[] = [];
	let after = '';
	for (let page = 0; page < pagesMax; page += 1) {
		const answer = await api.get<Record<string, Row[]> & {next?: string | null}>(`${path}${after}`);
		rows.push(...(answer[key] ?? []));
		if (typeof answer.next !== 'string') break;
		after = `${path.includes('?') ? '&' : '?'}after=${encodeURIComponent(answer.next)}`;
	}
	return rows;
}

/** Connects, works, and closes whatever happens. */
export async function withApi<T>(
	values: {url?: string | undefined; config?: string | undefined},
	io: Io,
	work: (api: Api) => Promise<T>,
): Promise<T> {
	const api = await connect(values, io);
	try {
		return await work(api);
	} finally {
		await api.close();
	}
}

/** An answer for programs: one object on one line, in ASCII, and still every character of it. */
export const printJson = (io: Io, value: object): void => io.out(answerJson(value));

/** What a person must give; the sentence says how. */
export function need(value: string | undefined, option: string, example: string): string {
	if (value !== undefined && value !== '') return value;
	throw new AppError('invalid', `${option} is needed, such as \`${example}\`.`);
}
