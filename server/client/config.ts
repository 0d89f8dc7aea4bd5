/**
 * The part of the configuration that the client reads where it runs. The service checks the whole file; the client must stay small
 * and quick, so it reads its own keys, strictly, and leaves the others alone. The YAML parser is loaded only when there is a file.
 */
import {existsSync, readFileSync, statSync} from 'node:fs';
import {isAbsolute, resolve} from 'node:path';
import type {Document, LineCounter} from 'yaml';
import {nearest} from '../../gate/nearest.ts';
import {AppError} from '../app-error.ts';
import type {ChangesConfig} from '../config.ts';
import {changesOf} from './config-changes.ts';

export type Settings = {
	readonly file: string | null;
	readonly store: 'embedded' | 'service' | null;
	readonly url: string | null;
	readonly unreachable: 'hold' | 'go';
	/** Where events wait, and the last landed states are kept. */
	readonly spoolDir: string;
	/** Where this host reads the changes of the service; null: as the service says. */
	readonly changes: ChangesConfig | null;
};

/** Environment and folder of the process, handed in so that a test can have its own. */
export type Surroundings = {readonly env: Readonly<Record<string, string | undefined>>; readonly cwd: string};

const fileBytesMax = 1024 * 1024;
const systemFile = '/etc/signalbox.yaml';
const topKeys = ['url', 'store', 'unreachable', 'spool', 'services'];
/** Keys of the same file that only the service reads: never taken for a misspelt one of ours. */
const othersKeys = new Set(['groups', 'stages', 'hosts', 'signals', 'policy', 'rollback', 'quorum', 'atomic', 'listen', 'data', 'port']);

/** A YAML file with its lines, so that what is wrong can be pointed at. */
export class ConfigFile {
	readonly name: string;
	readonly #document: Document;
	readonly #lines: LineCounter;
	readonly value: unknown;

	constructor(name: string, document: Document, lines: LineCounter) {
		this.name = name;
		this.#document = document;
		this.#lines = lines;
		// Aliases may multiply; a hundred uses are more than any configuration needs.
		this.value = document.toJS({maxAliasCount: 100});
	}

	/** A problem with what stands at this path, named with file and line. */
	problem(path: readonly (string | number)[], text: string): AppError {
		for (let length = path.length; length >= 0; length--) {
			const node: unknown = length === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, length), true);
			const start = typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range) ? node.range[0] : null;
			if (typeof start === 'number') return new AppError('invalid', `${this.name}:${this.#lines.linePos(start).line}: ${text}`);
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
			throw this.problem(
				[...path, key],
				`there is no key «${key}»${where}; ${near ? `did you mean «${near}»?` : `the keys are ${keys.join(', ')}`}`,
			);
		}
	}
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

/** Parses a configuration file; throws AppError with file and line for what is no YAML. */
export async function openConfig(file: string): Promise<ConfigFile> {
	const text = readText(file);
	const {LineCounter, parseDocument} = await import('yaml');
	const lines = new LineCounter();
	const document = parseDocument(text, {lineCounter: lines, prettyErrors: false});
	const [problem] = document.errors;
	if (problem) throw new AppError('invalid', `${file}:${lines.linePos(problem.pos[0]).line}: ${problem.message}`);
	try {
		return new ConfigFile(file, document, lines);
	} catch (error) {
		throw new AppError('invalid', `${file}: ${error instanceof Error ? error.message : String(error)}`);
	}
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

function defaultSpool({env, cwd}: Surroundings): string {
	if (env['XDG_STATE_HOME'] && isAbsolute(env['XDG_STATE_HOME'])) return resolve(env['XDG_STATE_HOME'], 'signalbox');
	if (env['HOME']) return resolve(env['HOME'], '.local/state/signalbox');
	return resolve(cwd, '.signalbox-spool');
}

/** Reads the client's part of the configuration for one service. Neither a url nor `store: embedded` is an error of configuration. */
export async function readSettings(
	given: {readonly config: string | null; readonly url: string | null; readonly service: string},
	surroundings: Surroundings,
): Promise<Settings> {
	const found = findConfig(given.config, surroundings);
	const file = found === null ? null : await openConfig(found);
	file?.onlyKeys([], topKeys, othersKeys);
	const store = file && choice(file, 'store', ['embedded', 'service']);
	const written = file && text(file, 'url');
	const url = given.url ?? (store === 'embedded' ? null : written);
	if (url === null && store !== 'embedded') {
		throw new AppError(
			'invalid',
			`${found === null ? `no configuration was found (./signalbox.yaml, ${systemFile})` : `${found} names no service`}: write «url: http://HOST:8420» ` +
				'into it, or «store: embedded» for one machine alone. There is no default, since three targets must not make three private stores',
		);
	}
	const path = ['services', given.service];
	if (file && given.service in file.map(['services'])) file.onlyKeys(path, ['changes'], othersKeys);
	const spool = file && text(file, 'spool');
	return {
		file: found,
		store: given.url === null ? store : 'service',
		url: url === null ? null : checkedUrl(url),
		unreachable: (file && choice(file, 'unreachable', ['hold', 'go'])) ?? 'hold',
		spoolDir: spool === null ? defaultSpool(surroundings) : resolve(surroundings.cwd, spool),
		changes: file && file.map(path)['changes'] !== undefined ? changesOf(file, [...path, 'changes']) : null,
	};
}
