/**
 * Every wording of the tools that write to the log, newest and oldest, one row each. The first row that matches wins.
 * Each pattern is anchored, and what repeats in it is a bounded class or the rest of the line, so that a hostile line costs linear time.
 */
import {readReason} from './read-reason.ts';
import type {SalFields, SalShape} from './sal-line.ts';

type Groups = Readonly<Record<string, string | undefined>>;
type Row = readonly [shape: SalShape, pattern: RegExp, read?: (groups: Groups) => SalFields];

/** Fields of the named groups that matched. */
function present(groups: Groups, ...names: readonly string[]): SalFields {
	const found: Record<string, string> = {};
	for (const name of names) {
		const value = groups[name];
		if (value !== undefined && value !== '') found[name] = value;
	}
	return found;
}

const reasonOf = ({reason = ''}: Groups): SalFields => readReason(reason);

/** `author1 and deployer1` until 2023, `author1, deployer1` since. */
const usersOf = ({users = '', reason = ''}: Groups): SalFields => ({
	...(reason === '' ? {} : readReason(reason)),
	users: users.split(/, | and /).filter(user => user !== ''),
});

const secondsOf = (minutes: string | undefined, seconds: string | undefined): number => Number(minutes) * 60 + Number(seconds);

function lockFields({scope = '', reason = ''}: Groups): SalFields {
	const planned = / \(planned duration: (\d{1,7})m (\d{2})s\)$/.exec(reason);
	return {scope, ...(planned ? {planned_s: secondsOf(planned[1], planned[2])} : {})};
}

function failedFields({command = '', reason = ''}: Groups): SalFields {
	const version = / \(scap version: ([^)]{1,60})\)$/.exec(reason)?.[1];
	// Today `<Type> text`, until 2021 `Type text`; a text that begins with an ordinary word names no type.
	const exception =
		/^<([^>]{1,200})>/.exec(reason)?.[1] ?? /^([A-Z]\w{0,100}(?:Error|Exception|Interrupt|Exit|Failed))\b/.exec(reason)?.[1];
	return {command, ...(exception === undefined ? {} : {exception}), ...(version === undefined ? {} : {scap_version: version})};
}

function pruneFields({versions = '', keep}: Groups): SalFields {
	return {versions: versions.split(', ').filter(version => version !== ''), ...(keep === undefined ? {} : {keep_static: true})};
}

function scap3Fields(groups: Groups): SalFields {
	return {...reasonOf(groups), ...present(groups, 'verb', 'repo', 'sha', 'environment')};
}

function canaryFields({failed, total, factor}: Groups): SalFields {
	return {
		...(failed === undefined ? {} : {failed: Number(failed)}),
		...(total === undefined ? {} : {total: Number(total)}),
		...(factor === undefined ? {} : {factor: Number(factor)}),
	};
}

function helmfileFields(groups: Groups): SalFields {
	const service = groups['path']?.split('/').findLast(part => part !== '');
	return {...present(groups, 'env', 'path', 'verb'), ...(service === undefined ? {} : {service})};
}

function conftoolFields({action = '', selector = ''}: Groups): SalFields {
	const tagged = / \(tags: \[[^\]]{0,2000}\]\)$/.exec(selector);
	return {action, selector: tagged ? selector.slice(0, tagged.index) : selector, ...(tagged ? {tags: true} : {})};
}

function dbctlFields(groups: Groups): SalFields {
	const paste = /\/(P\d{1,9})$/.exec(groups['diff'] ?? '')?.[1];
	return {...present(groups, 'dc', 'previous'), ...(paste ? {paste} : {}), ...(groups['failed'] === undefined ? {} : {failed: true})};
}

function cookbookFields(groups: Groups): SalFields {
	const exitCode = groups['code'];
	return {...present(groups, 'cookbook', 'status'), ...(exitCode === undefined ? {} : {exit_code: Number(exitCode)})};
}

const scapRows: readonly Row[] = [
	['sync-world-start', /^Started scap sync-world: ?(?<reason>.*)$/, reasonOf],
	['sync-world-finish', /^Finished scap sync-world: ?(?<reason>.*)$/, reasonOf],
	['scap-start', /^Started scap: ?(?<reason>.*)$/, reasonOf],
	['scap-finish', /^Finished scap: ?(?<reason>.*)$/, reasonOf],
	[
		'cmd-start',
		/^Started scap (?<command>[\w.-]{1,60}): ?(?<reason>.*)$/,
		groups => ({...reasonOf(groups), ...present(groups, 'command')}),
	],
	[
		'cmd-finish',
		/^Finished scap (?<command>[\w.-]{1,60}): ?(?<reason>.*)$/,
		groups => ({...reasonOf(groups), ...present(groups, 'command')}),
	],
	['testservers-synced', /^(?<users>[^:]{1,500}): (?<reason>.*) synced to the testservers\b/, usersOf],
	['continue', /^(?<users>[^:]{1,500}): Continuing with (?:deployment|sync)$/, usersOf],
	['user-rollback', /^(?<users>[^:]{1,500}): Rolling back deployment$/, usersOf],
	['auto-rollback', /^Rolling back deployment$/],
	['cancelled-no-rollback', /^Scap cancelled(?: without rolling back)?\.?$/],
	['stop-before-sync', /^Stopping before sync operations\b/],
	['aborted', /^(?<command>[\w.-]{1,60}) aborted: ?(?<reason>.*)$/, groups => ({...reasonOf(groups), ...present(groups, 'command')})],
	[
		'canary-error-rate',
		/^[Ss]cap failed!?:? (?:The )?average error rate (?:on (?<failed>\d{1,6})\/(?<total>\d{1,6})|across) canaries increased by (?<factor>\d{1,6})x/,
		canaryFields,
	],
	['canary-endpoint', /^[Ss]cap failed!?:? (?<failed>\d{1,6})\/(?<total>\d{1,6}) canaries failed their endpoint checks/, canaryFields],
	['canary-warning', /^WARNING: Canaries have not been rolled back\b/],
	['eval-check-failed', /^[Ss]cap failed!?:? Call to mwscript eval\.php\b/],
	['failed', /^(?<command>[\w.-]{1,60}) failed!?: ?(?<reason>.*)$/, failedFields],
	['sync-dblist', /^Synchronized database lists: ?(?<reason>.*)$/, reasonOf],
	['sync-docroot', /^Synchronized docroot and w: ?(?<reason>.*)$/, reasonOf],
	['sync-file', /^Synchronized (?<path>[^:]{1,1000}): ?(?<reason>.*)$/, groups => ({...reasonOf(groups), ...present(groups, 'path')})],
	['wikiversions', /^rebuilt (?:wikiversions\.(?:cdb|php) )?and synchronized wikiversions files: ?(?<reason>.*)$/, reasonOf],
	['prune', /^Pruned MediaWiki: (?<versions>[\w., -]{1,1000}?)(?<keep> \[keeping static files\])?$/, pruneFields],
	['lock', /^Locking from deployment \[(?<scope>[^\]]{1,400})\]: ?(?<reason>.*)$/, lockFields],
	['unlock', /^Unlocked for deployment \[(?<scope>[^\]]{1,400})\]: ?(?<reason>.*)$/, lockFields],
	['force-unlock', /^Forcefully removing (?<scope>[^:]{0,400}?) ?lock: ?(?<reason>.*)$/, groups => present(groups, 'scope')],
	[
		'scap3-start',
		/^(?:Started|Starting) (?<verb>[\w-]{1,40}) \[(?<repo>[^\]@\s]{1,400})@(?<sha>\w{1,40})\](?: \((?<environment>[^)]{1,100})\))?: ?(?<reason>.*)$/,
		scap3Fields,
	],
	[
		'scap3-finish',
		/^Finished (?<verb>[\w-]{1,40}) \[(?<repo>[^\]@\s]{1,400})@(?<sha>\w{1,40})\](?: \((?<environment>[^)]{1,100})\))?: ?(?<reason>.*)$/,
		scap3Fields,
	],
	['scap-install-start', /^Installing scap version "(?<version>[^"]{1,60})" for \d{1,6} host/, groups => present(groups, 'version')],
	['scap-install-finish', /^Installation of scap version "(?<version>[^"]{1,60})" completed\b/, groups => present(groups, 'version')],
	['hhvm-start', /^Restarting HHVM: ?(?<reason>.*)$/],
	['hhvm-finish', /^Finished HHVM restart: ?(?<reason>.*)$/],
	['php-fpm-legacy-start', /^Starting php-fpm-restarts$/],
	['php-fpm-legacy-finish', /^Finished php-fpm-restarts$/],
	['l10n-purge', /^Purged l10n cache for (?<version>\S{1,60})$/, groups => present(groups, 'version')],
	['l10n-sync', /^(?:scap )?sync-l10n(?:update)? completed \((?<version>[^)]{1,60})\)$/, groups => present(groups, 'version')],
];

const otherRows: readonly Row[] = [
	['helmfile-start', /^helmfile \[(?<env>[^\]]{1,100})\] START (?<path>\S{1,400}): (?<verb>[\w-]{1,40})$/, helmfileFields],
	['helmfile-done', /^helmfile \[(?<env>[^\]]{1,100})\] DONE (?<path>\S{1,400}): (?<verb>[\w-]{1,40})$/, helmfileFields],
	[
		'helmfile-legacy',
		/^helmfile \[(?<env>[^\]]{1,100})\] Ran '(?<verb>[^']{1,100})' command on namespace '(?<namespace>[^']{1,200})' for release '(?<release>[^']{1,200})'/,
		groups => present(groups, 'env', 'verb', 'namespace', 'release'),
	],
	['conftool', /^conftool action : (?<action>[^;]{1,2000}); selector: (?<selector>.*)$/, conftoolFields],
	[
		'dbctl',
		/^(?<failed>FAILED )?dbctl commit \(dc=(?<dc>[^)]{1,60})\): '.*', diff saved to (?<diff>\S{1,400}) and previous config saved to (?<previous>\S{1,400})$/,
		dbctlFields,
	],
	['dbctl-restore', /^dbctl restore of MediaWiki config \(dc=(?<dc>[^)]{1,60})\) from (?<previous>\S{1,400})$/, dbctlFields],
	['cookbook-start', /^START - Cookbook (?<cookbook>\S{1,200})/, cookbookFields],
	[
		'cookbook-end',
		/^END \((?<status>PASS|FAIL|ERROR)\) - Cookbook (?<cookbook>\S{1,200}) \(exit_code=(?<code>-?\d{1,6})\)/,
		cookbookFields,
	],
	[
		'cookbook-done',
		/^DONE \((?<status>PASS|FAIL|ERROR)\) - Cookbook (?<cookbook>\S{1,200}) \(exit_code=(?<code>-?\d{1,6})\)/,
		cookbookFields,
	],
	['mwscript', /^mwscript-k8s job started: (?<script>\S{1,400})/, groups => present(groups, 'script')],
];

const rows: readonly Row[] = [...scapRows, ...otherRows];

/**
 * Which tool's wording a message is. `durationSeconds` comes from its tail `(duration: 125m 03s)`: there are no hours in that format,
 * minutes go past 59. What matches no wording is `manual`, with no fields: a tool also relays what people type.
 */
export function recogniseShape(message: string): {shape: SalShape; fields: SalFields; durationSeconds: number | null} {
	const duration = / ?\(duration: (\d{1,7})m (\d{2})s\)$/.exec(message);
	const body = duration ? message.slice(0, duration.index) : message;
	const durationSeconds = duration ? secondsOf(duration[1], duration[2]) : null;
	for (const [shape, pattern, read] of rows) {
		const match = pattern.exec(body);
		if (match) return {shape, fields: read?.(match.groups ?? {}) ?? {}, durationSeconds};
	}
	return {shape: 'manual', fields: {}, durationSeconds};
}
