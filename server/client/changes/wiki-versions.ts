/**
 * Which group runs which version: `wikiversions.json` maps each wiki to `php-VERSION`, and the dblist named like a group says which wikis
 * are in it. What is absent or broken is a note: the batch is judged without it.
 */
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import type {Change, Note} from '../../../gate/facts.ts';
import {AppError} from '../../app-error.ts';
import {isMap, readJsonFile} from './json-file.ts';

export type WikiVersions = {
	/** Group -> the version it runs; where its wikis run two, the one that most of them run. */
	readonly versions: Readonly<Record<string, string>>;
	/** Every version that some wiki runs, newest first. */
	readonly live: readonly string[];
	/** Wiki -> group, of all wikis in a group. */
	readonly groupOf: ReadonlyMap<string, string>;
	readonly notes: readonly Note[];
};

const wikisMax = 20_000;
const listBytesMax = 1024 * 1024;
const depthMax = 8;
const partsMax = 100;
const mentionedMax = 200;
const messageReadMax = 65_536;

export const isVersion = (text: string): boolean => /^\d[\w.-]{0,99}$/.test(text);

/** Orders versions as people count: 1.47.0-wmf.9 before 1.47.0-wmf.10. */
export function compareVersions(one: string, other: string): number {
	const [a, b] = [one, other].map(text => text.match(/\d+|[a-z]+/gi) ?? []);
	for (let index = 0; index < Math.max(a?.length ?? 0, b?.length ?? 0); index++) {
		const [left, right] = [a?.[index], b?.[index]];
		if (left === right) continue;
		if (left === undefined) return -1;
		if (right === undefined) return 1;
		const both = /^\d/.test(left) && /^\d/.test(right);
		if (both && Number(left) !== Number(right)) return Number(left) - Number(right);
		if (!both) return left < right ? -1 : 1;
	}
	return 0;
}

/** The version of each wiki. Throws AppError for a file that is no such map. */
function versionsByWiki(file: string): Map<string, string> {
	const content = readJsonFile(file);
	if (!isMap(content)) throw new AppError('invalid', `${file} must be an object of wikis and versions`);
	const all = Object.entries(content);
	if (all.length > wikisMax) throw new AppError('invalid', `${file} has ${all.length} wikis; at most ${wikisMax} are read`);
	return new Map(
		all.map(([wiki, said]) => {
			const version = typeof said === 'string' ? said.replace(/^php-/, '') : '';
			if (!isVersion(version)) throw new AppError('invalid', `${file}: ${wiki.slice(0, 60)} has no version such as "php-1.47.0-wmf.3"`);
			return [wiki, version];
		}),
	);
}

/**
 * The wikis of a dblist: one a line, `#` begins a comment. A line `%% all.dblist - group0.dblist` computes the list from others, as
 * MediaWiki's own configuration does it. Null where it cannot be read.
 */
function readList(folder: string, name: string, read: ReadLists = new Map(), depth = 0): ReadonlySet<string> | null {
	if (depth > depthMax || !/^[\w-]{1,100}$/.test(name)) return null;
	const before = read.get(name);
	if (before !== undefined) return before;
	// Until it is read, it has no contents that it could be computed from.
	read.set(name, null);
	const wikis = wikisOf(folder, name, read, depth);
	read.set(name, wikis);
	return wikis;
}

/** Lists by name, each read once: lists that are computed from lists could name one another thousands of times. */
type ReadLists = Map<string, ReadonlySet<string> | null>;

function wikisOf(folder: string, name: string, read: ReadLists, depth: number): ReadonlySet<string> | null {
	let text: string;
	try {
		const file = join(folder, `${name}.dblist`);
		if (statSync(file).size > listBytesMax) return null;
		text = readFileSync(file, 'utf8');
	} catch {
		// Absent or unreadable: the caller says which group has none.
		return null;
	}
	const lines = text.split('\n').map(line => line.replace(/#.*/, '').trim());
	const computed = lines.find(line => line.startsWith('%%'));
	if (computed === undefined) return new Set(lines.filter(line => line !== '' && !line.startsWith('%')));
	const wikis = new Set<string>();
	const parts = [...computed.slice(2).matchAll(/([+-]?)\s*([\w-]+)\.dblist/g)];
	if (parts.length > partsMax) return null;
	for (const [, sign = '+', other = ''] of parts) {
		const list = readList(folder, other, read, depth + 1);
		if (list === null) return null;
		for (const wiki of list) sign === '-' ? wikis.delete(wiki) : wikis.add(wiki);
	}
	return wikis;
}

function counted(versions: readonly string[]): [string, number][] {
	const counts = new Map<string, number>();
	for (const version of versions) counts.set(version, (counts.get(version) ?? 0) + 1);
	return [...counts].sort(([one, many], [other, more]) => more - many || compareVersions(other, one));
}

function noLists(dblists: string): Note[] {
	try {
		if (readdirSync(dblists).some(name => name.endsWith('.dblist'))) return [];
	} catch {
		// Said below in the same words: there is no list.
	}
	return [{about: 'versions', text: `there are no dblists in ${dblists}: which group runs which version is not known`}];
}

function ofGroups(byWiki: ReadonlyMap<string, string>, dblists: string, groups: readonly string[]) {
	const versions: Record<string, string> = {};
	const groupOf = new Map<string, string>();
	const notes: Note[] = [];
	const live = [...new Set(byWiki.values())];
	const [only] = live;
	const missing = noLists(dblists);
	for (const group of groups) {
		const list = missing.length > 0 ? null : readList(dblists, group);
		// Where every wiki runs the same version, every group does, whatever the lists say.
		if (list === null && live.length === 1 && only !== undefined) versions[group] = only;
		if (list === null) {
			if (missing.length === 0 && live.length > 1)
				notes.push({about: group, text: `${join(dblists, `${group}.dblist`)} cannot be read: which version ${group} runs is not known`});
			continue;
		}
		// The test wikis are in group0 too; they are judged with the group that is reached first.
		const own = [...list].filter(wiki => !groupOf.has(wiki));
		for (const wiki of own) groupOf.set(wiki, group);
		const running = counted(own.flatMap(wiki => byWiki.get(wiki) ?? []));
		const [most] = running;
		if (most) versions[group] = most[0];
		else notes.push({about: group, text: `no wiki of ${group} has a version: the dblist and wikiversions.json do not fit`});
		if (running.length > 1) {
			const told = running.map(([version, count]) => `${version} (${count} ${count === 1 ? 'wiki' : 'wikis'})`).join(' and ');
			notes.push({about: group, text: `${group} runs ${told}: it is judged by the first`});
		}
	}
	return {versions, groupOf, notes: [...notes, ...(live.length > 1 ? missing : [])]};
}

/** Never throws: what cannot be read is a note. */
export function readWikiVersions(file: string, dblists: string, groups: readonly string[]): WikiVersions {
	try {
		const byWiki = versionsByWiki(file);
		const live = [...new Set(byWiki.values())].sort(compareVersions).reverse();
		return {...ofGroups(byWiki, dblists, groups), live};
	} catch (error) {
		if (!(error instanceof AppError)) throw error;
		const text = `which group runs which version is not known: ${error.message}`;
		return {versions: {}, live: [], groupOf: new Map(), notes: [{about: 'versions', text}]};
	}
}

/** Wiki -> group, of those that the messages and paths of the batch speak of. */
export function mentionedWikis(changes: readonly Change[], groupOf: ReadonlyMap<string, string>): Record<string, string> {
	const found: Record<string, string> = {};
	if (groupOf.size === 0) return found;
	let count = 0;
	for (const {message = '', subject = '', paths = []} of changes) {
		for (const text of [subject, message.slice(0, messageReadMax), ...paths.map(({path}) => path)]) {
			for (const [word] of text.matchAll(/\b[a-z][a-z0-9_]{2,}\b/g)) {
				const group = groupOf.get(word);
				if (group === undefined || Object.hasOwn(found, word)) continue;
				if (count++ >= mentionedMax) return found;
				found[word] = group;
			}
		}
	}
	return found;
}
