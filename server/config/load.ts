/** Configuration: found, read and checked once at the start; every problem of the file is said at once, with its line. */
import {readFileSync, statSync} from 'node:fs';
import {dirname, relative, resolve} from 'node:path';
import {type Policy, type PolicyProblem, readPolicy} from '../../gate/policy.ts';
import type {Rule} from '../../gate/rule.ts';
import {AppError} from '../app-error.ts';
import type {Config, ServiceConfig} from '../config.ts';
import {inputError, type ParsedYaml, type Problem, parseYaml, sentencesOf} from '../yaml.ts';
import {type Address, isLoopback, parseAddress, parsePort} from './address.ts';
import {checkEnvironments} from './environments.ts';
import {readGerrits} from './gerrit.ts';
import {readGithub} from './github.ts';
import {readNotices} from './notices.ts';
import {choice, duration, entries, fields, isWritten, type Place, text, textOrNull} from './place.ts';
import {readService} from './service.ts';
import {readSignIn} from './sign-in.ts';

const fileBytesMax = 1024 * 1024;
const servicesMax = 500;
const usualIdleCloseMs = 30 * 60_000;
const dayMs = 86_400_000;
const topKeys = [
	...(['listen', 'data', 'database', 'store', 'url', 'sign_in', 'token_file', 'unreachable', 'spool', 'idle_close'] as const),
	...(['announcements', 'notices', 'github', 'gerrit', 'services'] as const),
];

export type LoadRequest = {
	/** What `--config` said. */
	readonly file?: string | undefined;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly cwd: string;
	readonly rules: readonly Rule[];
	/** Where to look when nobody said; the first that exists is read. */
	readonly candidates?: readonly string[] | undefined;
};

/** Where a configuration is looked for, in this order; what a person named must be there. Null: there is none. */
function findFile({file, env, cwd, candidates}: LoadRequest): string | null {
	const said = file ?? (env['SIGNALBOX_CONFIG'] || undefined);
	if (said !== undefined) return resolve(cwd, said);
	const usual = candidates ?? ['./signalbox.yaml', '/etc/signalbox.yaml'];
	return usual.map(path => resolve(cwd, path)).find(path => statSync(path, {throwIfNoEntry: false}) !== undefined) ?? null;
}

const reasons: Readonly<Record<string, string>> = {
	ENOENT: 'there is no such file',
	EACCES: 'this user may not read it',
	EISDIR: 'it is a folder',
};

/** The text of a file that a person named, `name` being what to call it in a sentence: of a bounded size, and UTF-8. */
export function readTextFile(path: string, name: string, bytesMax = fileBytesMax): string {
	try {
		const {size} = statSync(path);
		if (size > bytesMax) throw new AppError('invalid', `${name} is larger than ${Math.round(bytesMax / 1024 / 1024)} MB`);
		return new TextDecoder('utf-8', {fatal: true}).decode(readFileSync(path));
	} catch (error) {
		if (error instanceof AppError) throw error;
		const code = error instanceof Error && 'code' in error ? String(error.code) : '';
		const reason = code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not UTF-8 text' : (reasons[code] ?? `the system says ${code}`);
		throw new AppError('invalid', `${name} cannot be read: ${reason}`);
	}
}

/** The sentence of a policy's problem, with the way to its key, which a line alone does not show. */
export function policySentence({path, text: what}: PolicyProblem): string {
	return path.length === 0 ? what : `${path.join('.').slice(0, 200)}: ${what}`;
}

/** A policy from a file of its own. Throws AppError `invalid` with every problem. */
export function loadPolicyFile(path: string, name: string, rules: readonly Rule[], stages?: readonly string[]): Policy {
	const parsed = parseYaml(readTextFile(path, name), name);
	const read = readPolicy(parsed.value, rules, stages);
	if ('policy' in read) return read.policy;
	const problems = read.problems.map(problem => ({line: parsed.lineOf(problem.path), text: policySentence(problem)}));
	throw inputError(name, sentencesOf(name, problems));
}

/** What one file says, while its problems are gathered. */
class Loading {
	readonly problems: Problem[] = [];
	/** Sentences that name their own file, such as those of a policy file or of the environment. */
	readonly elsewhere: string[] = [];
	readonly request: LoadRequest;
	readonly file: string | null;
	readonly folder: string;
	/** What to call the file in a sentence. */
	readonly name: string;
	readonly parsed: ParsedYaml;

	constructor(request: LoadRequest) {
		this.request = request;
		this.file = findFile(request);
		this.folder = this.file === null ? request.cwd : dirname(this.file);
		this.name = this.file === null ? 'the configuration' : this.nameOf(this.file);
		this.parsed = this.file === null ? {value: {}, lineOf: () => 1} : parseYaml(readTextFile(this.file, this.name), this.name);
	}

	/** A file below the current folder is called as people see it there. */
	nameOf(path: string): string {
		const seen = relative(this.request.cwd, path);
		return seen.startsWith('..') ? path : seen;
	}

	get root(): Place {
		const complain = (path: Place['path'], what: string) => void this.problems.push({line: this.parsed.lineOf(path), text: what});
		return {value: this.parsed.value, path: [], complain};
	}

	/** Throws when anything at all was wrong. */
	finish(): void {
		const sentences = [...sentencesOf(this.name, this.problems), ...this.elsewhere];
		if (sentences.length > 0) throw inputError(this.elsewhere.length > 0 ? 'the configuration' : this.name, sentences);
	}

	readPolicyAt(place: Place, stages: readonly string[]): Policy {
		const {rules} = this.request;
		if (typeof place.value === 'string') {
			try {
				const path = resolve(this.folder, place.value);
				return loadPolicyFile(path, this.nameOf(path), rules, stages);
			} catch (error) {
				if (!(error instanceof AppError)) throw error;
				this.elsewhere.push(...(error.problems.length > 0 ? error.problems : [error.message]));
				return nothingJudged;
			}
		}
		const read = readPolicy(place.value, rules, stages);
		if ('policy' in read) return read.policy;
		for (const problem of read.problems) place.complain([...place.path, ...problem.path], policySentence(problem));
		return nothingJudged;
	}
}

/** Stands in for a policy that could not be read, until the problems are thrown; nothing is ever judged by it. */
const nothingJudged: Policy = {unknown: 'blind', undecided: {default: 'hold', stages: {}}, rules: []};

function readAddress(place: Place, usual: Address | null): Address | null {
	const written = typeof place.value === 'number' ? String(place.value) : textOrNull(place);
	if (written === null) return usual;
	const address = parseAddress(written);
	const key = String(place.path.at(-1));
	if (address === null) place.complain(place.path, `«${key}» must be host:port, such as 127.0.0.1:8420, not «${written.slice(0, 60)}»`);
	else return address;
	return usual;
}

/** Whoever reaches it may say anything, so only this machine may. */
function readLoopback(place: Place): Address | null {
	const address = readAddress(place, null);
	if (address === null || isLoopback(address.host)) return address;
	place.complain(
		place.path,
		`«${String(place.path.at(-1))}» may only be loopback (127.0.0.1, ::1 or localhost): it asks nobody who they are`,
	);
	return null;
}

/** A service that others reach must know who they are, and by which name they reach it. */
function checkReach(place: Place, {listen, signIn, url}: Pick<Config, 'listen' | 'signIn' | 'url'>): void {
	if (isLoopback(listen.host) || (signIn !== null && url !== null)) return;
	const lacking = [
		...(signIn === null ? ['«sign_in: {links: true}» (or a proxy; docs/sign-in.md)'] : []),
		...(url === null ? ['«url: https://NAME», by which people reach it'] : []),
	];
	place.complain(place.path, `«listen» leads beyond this machine; that needs ${lacking.join(' and ')}. Or listen on 127.0.0.1`);
}

/** PORT is honoured over the file: whoever starts the service on a machine knows which ports are free there. */
function listenOf(place: Place, loading: Loading): Address {
	const written = readAddress(place, null) ?? {host: '127.0.0.1', port: 8420};
	const port = loading.request.env['PORT'];
	if (port === undefined || port === '') return written;
	const parsed = parsePort(port);
	if (parsed === null) loading.elsewhere.push(`PORT is «${port.slice(0, 60)}»; it must be a whole number from 0 to 65535`);
	return {...written, port: parsed ?? written.port};
}

function readUrl(place: Place): string | null {
	const written = textOrNull(place);
	if (written === null) return null;
	const url = URL.canParse(written) ? new URL(written) : null;
	if (url === null || !['http:', 'https:'].includes(url.protocol))
		place.complain(place.path, `«url» must be the address of the service, such as http://localhost:8420, not «${written.slice(0, 60)}»`);
	else if (url.username !== '' || url.password !== '')
		place.complain(place.path, '«url» holds a name or password; secrets come from the environment or from files, never from here');
	else if (url.search !== '' || url.hash !== '') place.complain(place.path, '«url» must end with its path, without ? and #');
	else return url.href.replace(/\/$/, '');
	return null;
}

/** Two services that one announcement could mean would close each other's deploys. */
function checkAnnouncements(services: readonly ServiceConfig[], place: Place): void {
	const owner = new Map<string, string>();
	for (const {name, announcedAs} of services) {
		for (const announced of announcedAs) {
			const first = owner.get(announced);
			if (first === undefined) owner.set(announced, name);
			else
				place.complain(
					[...place.path, name, 'announced_as'],
					`«${announced.slice(0, 60)}» already announces the service «${first}»; one name can announce one service only`,
				);
		}
	}
}

/** A file in /etc belongs to the system, whose data lives in /var/lib; any other one keeps its data beside it. */
const usualDataDir = (folder: string): string => (folder === '/etc' ? '/var/lib/signalbox' : resolve(folder, 'data'));

/**
 * Finds, reads and checks the configuration: `--config`, else SIGNALBOX_CONFIG, else ./signalbox.yaml, else /etc/signalbox.yaml; PORT and
 * SIGNALBOX_DATA are honoured over it, and without any file the defaults stand. Relative paths in a file are relative to its folder.
 * Throws AppError `invalid` with every problem of the file at once.
 */
export function loadConfig(request: LoadRequest): Config {
	const loading = new Loading(request);
	const {root, folder} = loading;
	const at = fields(root, topKeys);
	const url = readUrl(at('url'));
	const embedded = isWritten(at('store')) ? choice(at('store'), ['embedded'], null) : null;
	if (embedded !== null && isWritten(at('url')))
		root.complain(['store'], "«store: embedded» and «url» exclude each other: events go to this machine's file or to the service");
	const store = embedded ?? (url === null ? null : 'service');
	const saidDataDir = request.env['SIGNALBOX_DATA'];
	const writtenDataDir = text(at('data'), usualDataDir(folder));
	const dataDir = saidDataDir ? resolve(request.cwd, saidDataDir) : resolve(folder, writtenDataDir);
	const urlFile = textOrNull(fields(at('database'), ['url_file'])('url_file'));
	const services = entries(at('services'), servicesMax).map(place =>
		readService(place, folder, (policyPlace, stages) => loading.readPolicyAt(policyPlace, stages)),
	);
	checkAnnouncements(services, at('services'));
	checkEnvironments(at('services'), new Map(services.map(service => [service.name, service])));
	const names = services.map(({name}) => name);
	// These belong to whoever asks, not to the service: only their form is checked here.
	textOrNull(at('spool'));
	choice(at('unreachable'), ['hold', 'go'], 'hold');
	const listen = listenOf(at('listen'), loading);
	const signIn = readSignIn(at('sign_in'));
	const tokenFile = textOrNull(at('token_file'));
	checkReach(at('listen'), {listen, signIn, url});
	const config: Config = {
		file: loading.file,
		listen,
		signIn,
		tokenFile: tokenFile === null ? null : resolve(folder, tokenFile),
		dataDir,
		databaseUrl: request.env['DATABASE_URL'] || null,
		databaseUrlFile: urlFile === null ? null : resolve(folder, urlFile),
		store,
		url,
		idleCloseMs: duration(at('idle_close'), usualIdleCloseMs, 1000, 7 * dayMs),
		announcements: readLoopback(at('announcements')),
		services: new Map(services.map(service => [service.name, service])),
		notices: new Map(readNotices(at('notices'), folder, names).map(target => [target.name, target])),
		github: readGithub(at('github'), folder, names),
		gerrits: readGerrits(at('gerrit'), folder),
	};
	loading.finish();
	return config;
}
