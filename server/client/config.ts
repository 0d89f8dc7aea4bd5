/**
 * The part of the configuration that the client reads where it runs. The service checks the whole file; the client must stay small
 * and quick, so it reads its own keys, strictly, and leaves the others alone. The YAML parser is loaded only when there is a file.
 */
import {existsSync, readFileSync, statSync} from 'node:fs';
import {dirname, isAbsolute, resolve} from 'node:path';
import type {Document, LineCounter} from 'yaml';
import {nearest} from '../../gate/nearest.ts';
import {AppError} from '../app-error.ts';
import type {ChangesConfig} from '../config.ts';
import {changesOf} from './config-changes.ts';
import {rememberConfig, rememberedConfig} from './config-memory.ts';
import {findToken, isSameService, type TokenFound} from './token.ts';

export type Settings = {
	readonly file: string | null;
	readonly store: 'embedded' | 'service' | null;
	readonly url: string | null;
	readonly unreachable: 'hold' | 'go';
	/** Where events wait, and the last landed states are kept. */
	readonly spoolDir: string;
	/** What is shown to the service, so that it knows who asks. */
	readonly token: TokenFound;
	/** Where this host reads the changes of the service; null: as the service says. */
	readonly changes: ChangesConfig | null;
};

/** Environment and folder of the process, handed in so that a test can have its own. */
export type Surroundings = {readonly env: Readonly<Record<string, string | undefined>>; readonly cwd: string};

const fileBytesMax = 1024 * 1024;
const systemFile = '/etc/signalbox.yaml';
const topKeys = ['url', 'store', 'token_file', 'unreachable', 'spool', 'services'];
/** Keys of the same file that only the service reads: never taken for a misspelt one of ours. */
const othersKeys = new Set([
	...[
		'groups',
		'stages',
		'hosts',
		'signals',
		'policy',
		'rollback',
		'quorum',
		'atomic',
		'listen',
		'data',
		'port',
		'notices',
		'github',
		'gerrit',
		'sign_in',
	],
]);

/** The parsed document, where a line must be named. */
type Parsed = {readonly document: Document; readonly lines: LineCounter};

/** A YAML file with its lines, so that what is wrong can be pointed at. */
export class ConfigFile {
	readonly name: string;
	readonly value: unknown;
	readonly #parsed: Parsed | null;

	constructor(name: string, value: unknown, parsed: Parsed | null) {
		this.name = name;
		this.value = value;
		this.#parsed = parsed;
	}

	/** A problem with what stands at this path, named with file and line. */
	problem(path: readonly (string | number)[], text: string): AppError {
		if (this.#parsed === null) return new LinelessProblem('invalid', `${this.name}: ${text}`);
		const {document, lines} = this.#parsed;
		for (let length = path.length; length >= 0; length--) {
			const node: unknown = length === 0 ? document.contents : keyNode(document, path.slice(0, length));
			const start = typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range) ? node.range[0] : null;
			if (typeof start === 'number') return new AppError('invalid', `${this.name}:${lines.linePos(start).line}: ${text}`);
		}
		return new AppError('invalid', `${this.name}: ${text}`);
	}

	/** The map at this path, empty where there is none. */
	map(path: readonly (string | number)[]): Readonly<Record<string, unknown>> {
		let value: unknown = this.value;
		for (const step of path)
			value = isMap(value) ? value[step] : Array.isArray(value) && typeof step === 'number' ? value[step] : undefined;
		if (value === undefined || value === null) return {};
		if (!isMap(value)) throw this.problem(path, `«${path.join('.')}» must be a map of keys and values`);
		return value;
	}

	/** Refuses keys other than these; with `others`, refuses only those that look like a slip of the pen. */
	onlyKeys(path: readonly (string | number)[], keys: readonly string[], others?: ReadonlySet<string>): void {
		for (const key of Object.keys(this.map(path))) {
			if (keys.includes(key) || others?.has(key)) continue;
			const near = nearest(key, keys);
			if (others && near === null) continue;
			const where = path.length > 0 ? ` in «${path.join('.')}»` : '';
			const hint = near ? `did you mean «${near}»?` : `the keys are ${keys.join(', ') || 'none'}`;
			throw this.problem([...path, key], `there is no key «${key}»${where}; ${hint}`);
		}
	}
}

/** A problem found in a remembered file, whose lines are not known: the file is parsed again to name them. */
class LinelessProblem extends AppError {}

/** The node of the key at this path, or of the item where the path ends in a list. */
function keyNode(document: Document, path: readonly (string | number)[]): unknown {
	const last = path.at(-1);
	const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
	if (typeof parent === 'object' && parent !== null && 'items' in parent && Array.isArray(parent.items)) {
		for (const item of parent.items) {
			const key: unknown = typeof item === 'object' && item !== null && 'key' in item ? item.key : null;
			if (typeof key === 'object' && key !== null && 'value' in key && key.value === last) return key;
		}
	}
	return document.getIn(path, true);
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The file that rules: --config, $SIGNALBOX_CONFIG, ./signalbox.yaml, /etc/signalbox.yaml; null where there is none. */
export function findConfig(named: string | null, {env, cwd}: Surroundings): string | null {
	const wanted = named ?? (env['SIGNALBOX_CONFIG'] || null);
	if (wanted !== null) {
		const file = resolve(cwd, wanted);
		const from = named === null ? '$SIGNALBOX_CONFIG' : '--config';
		if (!existsSync(file)) throw new AppError('invalid', `there is no configuration file ${file}, which ${from} names`);
		return file;
	}
	return [resolve(cwd, 'signalbox.yaml'), systemFile].find(file => existsSync(file)) ?? null;
}

function readText(file: string): string {
	try {
		const {size} = statSync(file);
		if (size > fileBytesMax) throw new AppError('invalid', `${file} has ${size} bytes; a configuration has at most ${fileBytesMax}`);
		return readFileSync(file, 'utf8');
	} catch (error) {
		if (error instanceof AppError) throw error;
		throw new AppError('invalid', `the configuration cannot be read: ${error instanceof Error ? error.message : String(error)}`);
	}
}

/** The package recurses, and says of what is nested too deeply only that it came to its own end. */
const sayYamlProblem = (message: string): string =>
	message.includes('call stack')
		? 'it is nested far deeper than any configuration needs; a bracket is missing, or it is no configuration'
		: message;

async function parseConfig(file: string, text: string): Promise<ConfigFile> {
	const {LineCounter, parseDocument} = await import('yaml');
	const lines = new LineCounter();
	try {
		const document = parseDocument(text, {lineCounter: lines, prettyErrors: false});
		const [problem] = document.errors;
		if (problem) throw new AppError('invalid', `${file}:${lines.linePos(problem.pos[0]).line}: ${sayYamlProblem(problem.message)}`);
		// Aliases may multiply; a hundred uses are more than any configuration needs.
		const value: unknown = document.toJS({maxAliasCount: 100});
		return new ConfigFile(file, value, {document, lines});
	} catch (error) {
		if (error instanceof AppError) throw error;
		throw new AppError('invalid', `${file}: ${sayYamlProblem(error instanceof Error ? error.message : String(error))}`);
	}
}

/** Reads a configuration file with `read`; throws AppError with file and line for what is no YAML or what `read` finds wrong. */
async function withConfig<T>(file: string, memoryDir: string | null, read: (config: ConfigFile) => T): Promise<T> {
	const text = readText(file);
	const remembered = memoryDir === null ? null : rememberedConfig(memoryDir, file, text);
	try {
		if (remembered) return read(new ConfigFile(file, remembered.value, null));
	} catch (error) {
		if (!(error instanceof LinelessProblem)) throw error;
	}
	const parsed = await parseConfig(file, text);
	const answer = read(parsed);
	if (memoryDir !== null) rememberConfig(memoryDir, file, text, parsed.value);
	return answer;
}

function choice<Word extends string>(file: ConfigFile, key: string, words: readonly Word[]): Word | null {
	const value = file.map([])[key];
	if (value === undefined || value === null) return null;
	const word = words.find(each => each === value);
	if (word === undefined) throw file.problem([key], `«${key}» is ${words.join(' or ')}, not ${JSON.stringify(value)}`);
	return word;
}

function text(file: ConfigFile, key: string): string | null {
	const value = file.map([])[key];
	if (value === undefined || value === null) return null;
	if (typeof value !== 'string' || value === '') throw file.problem([key], `«${key}» must be text`);
	return value;
}

/** The service's address, checked; throws AppError for what is none. */
export function checkedUrl(value: string): string {
	const url = URL.canParse(value) ? new URL(value) : null;
	if (url === null || !['http:', 'https:'].includes(url.protocol)) {
		throw new AppError('invalid', `the url ${JSON.stringify(value)} must begin with http:// or https://, as in http://localhost:8420`);
	}
	if (url.username !== '' || url.password !== '')
		throw new AppError('invalid', 'the url must not carry a name or password: secrets are never in the YAML');
	return url.href;
}

/** Where this person's state is kept, or null where the environment names no home. */
function stateDir({env}: Surroundings): string | null {
	if (env['XDG_STATE_HOME'] && isAbsolute(env['XDG_STATE_HOME'])) return resolve(env['XDG_STATE_HOME'], 'signalbox');
	return env['HOME'] && isAbsolute(env['HOME']) ? resolve(env['HOME'], '.local/state/signalbox') : null;
}

type Given = {readonly config: string | null; readonly url: string | null; readonly service: string};
/** The settings as the file says them, before the command line and the defaults. */
type Written = Omit<Settings, 'unreachable' | 'spoolDir' | 'token'> & {
	readonly unreachable: 'hold' | 'go' | null;
	readonly spoolDir: string | null;
	readonly tokenFile: string | null;
};

const nothingWritten: Written = {file: null, store: null, url: null, unreachable: null, spoolDir: null, tokenFile: null, changes: null};

function readWritten(file: ConfigFile, service: string): Written {
	file.onlyKeys([], topKeys, othersKeys);
	const path = ['services', service];
	const isNamed = Object.hasOwn(file.map(['services']), service);
	if (isNamed) file.onlyKeys(path, ['changes'], othersKeys);
	return {
		file: file.name,
		store: choice(file, 'store', ['embedded', 'service']),
		url: text(file, 'url'),
		unreachable: choice(file, 'unreachable', ['hold', 'go']),
		spoolDir: text(file, 'spool'),
		tokenFile: text(file, 'token_file'),
		changes: isNamed && Object.hasOwn(file.map(path), 'changes') ? changesOf(file, [...path, 'changes']) : null,
	};
}

/** Reads the client's part of the configuration for one service. Neither a url nor `store: embedded` is an error of configuration. */
export async function readSettings(given: Given, surroundings: Surroundings): Promise<Settings> {
	const found = findConfig(given.config, surroundings);
	const memoryDir = stateDir(surroundings);
	const written = found === null ? nothingWritten : await withConfig(found, memoryDir, file => readWritten(file, given.service));
	const store = given.url === null ? written.store : 'service';
	const url = given.url ?? (store === 'embedded' ? null : written.url);
	if (url === null && store !== 'embedded') {
		throw new AppError(
			'invalid',
			`${found === null ? `no configuration was found (./signalbox.yaml, ${systemFile})` : `${found} names no service`}: write «url: http://HOST:8420» ` +
				'into it, or «store: embedded» for one machine alone. There is no default, since three targets must not make three private stores',
		);
	}
	const inFolder = (path: string): string => resolve(found === null ? surroundings.cwd : dirname(found), path);
	// The file belongs to the service that stands beside it, not to whichever the command line names.
	const isOwn = given.url === null || isSameService(given.url, written.url);
	return {
		file: found,
		store,
		token: findToken(surroundings.env, isOwn && written.tokenFile !== null ? inFolder(written.tokenFile) : null),
		url: url === null ? null : checkedUrl(url),
		unreachable: written.unreachable ?? 'hold',
		spoolDir: written.spoolDir === null ? (memoryDir ?? resolve(surroundings.cwd, '.signalbox-spool')) : inFolder(written.spoolDir),
		changes: written.changes,
	};
}
