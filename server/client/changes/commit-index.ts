/**
 * What was read of a checkout's history, kept on disk, so that only commits that came since are read again: per commit its parents, its
 * time, its Change-Id, and what it takes back or was picked from. A commit never changes, so nothing of it grows old; where the file is
 * absent or damaged, the history is read anew. Several processes may write it: each writes it whole, and the last one stays.
 */
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, rmSync, statSync, utimesSync} from 'node:fs';
import {join} from 'node:path';
import {isOwn, writeWhole} from '../whole-file.ts';
import type {Place} from './git.ts';
import {changeIdOf, isSha} from './git-log.ts';
import {git, type Limits} from './git-process.ts';
import {isMap} from './json-file.ts';

const formatNumber = 1;
const commitsMax = 50_000;
const fileBytesMax = 32 * 1024 * 1024;
/** All kept histories together; those that were used longest ago go first. */
const folderBytesMax = 256 * 1024 * 1024;
const refsMax = 20_000;
const branchesMax = 5000;
const askedMax = 50;
const patchIdsMax = 5000;

export type Kept = {
	/** Of each commit, in the order in which they were read. */
	readonly shas: string[];
	/** Places of the parents that are known here. */
	readonly parents: number[][];
	readonly times: number[];
	readonly changeIds: (string | null)[];
	/** By place: what it takes back, as commits (7 digits or more) and Change-Ids. */
	readonly reverts: Map<number, string[]>;
	/** By place: commits that it was picked from. */
	readonly picked: Map<number, string[]>;
	readonly placeOf: Map<string, number>;
	/** Branches -> commit, as they stand now. */
	refs: readonly (readonly [name: string, sha: string])[];
	/** All refs, what is checked out and what is live: whatever none of them leads to is on no branch any more. */
	tips: readonly string[];
	/** Commits of which a parent is not here: the history ends there, for a shallow clone or a very long one. */
	cut: boolean;
	/** Which commits touched certain paths, by a key that names the paths. */
	readonly asked: Map<string, {readonly key: string; readonly shas: readonly string[]}>;
	readonly patchIds: Map<string, string>;
	/** Names the state of all refs. */
	key: string;
};

const empty = (): Kept => ({
	...{shas: [], parents: [], times: [], changeIds: [], reverts: new Map(), picked: new Map(), placeOf: new Map()},
	...{refs: [], tips: [], cut: false, asked: new Map(), patchIds: new Map(), key: ''},
});

const fileOf = (dir: string, path: string): string =>
	join(dir, `history-${createHash('sha256').update(path).digest('hex').slice(0, 32)}.txt`);

/** Tells a file that was cut or damaged from a whole one. */
const sumOf = (body: string): string => createHash('sha256').update(body, 'latin1').digest('hex');

const names = (text: string | undefined): string[] => (text ? text.split(',') : []);

function addCommit(kept: Kept, fields: readonly string[]): void {
	const [sha, parents, time, changeId, reverts, picked] = fields;
	if (!isSha(sha) || kept.placeOf.has(sha)) return;
	const place = kept.shas.length;
	kept.placeOf.set(sha, place);
	kept.shas.push(sha);
	kept.parents.push(names(parents).map(Number));
	kept.times.push(Number(time) || 0);
	kept.changeIds.push(changeId || null);
	if (reverts) kept.reverts.set(place, names(reverts));
	if (picked) kept.picked.set(place, names(picked));
}

/** What a file holds; null where it is damaged. */
function parsed(text: string): Kept | null {
	const end = text.indexOf('\n');
	const head: unknown = JSON.parse(text.slice(0, end === -1 ? text.length : end));
	if (!isMap(head) || head['format'] !== formatNumber || typeof head['key'] !== 'string') return null;
	const body = text.slice(end + 1);
	if (head['sum'] !== sumOf(body)) return null;
	const kept = empty();
	for (const line of body.split('\n')) if (line !== '') addCommit(kept, line.split(' '));
	const count = kept.shas.length;
	if (head['count'] !== count || kept.parents.some(list => list.some(place => !(place >= 0 && place < count)))) return null;
	kept.key = head['key'];
	kept.cut = head['cut'] === true;
	for (const [question, answer] of Object.entries(isMap(head['asked']) ? head['asked'] : {})) {
		if (isMap(answer) && typeof answer['key'] === 'string' && Array.isArray(answer['shas']))
			kept.asked.set(question, {key: answer['key'], shas: answer['shas'].filter(isSha)});
	}
	for (const [sha, id] of Object.entries(isMap(head['patchIds']) ? head['patchIds'] : {})) {
		if (typeof id === 'string') kept.patchIds.set(sha, id);
	}
	return kept;
}

function readKept(file: string): Kept {
	try {
		if (isOwn(file) && statSync(file).size <= fileBytesMax) return parsed(readFileSync(file, 'utf8')) ?? empty();
	} catch {
		// Absent, unreadable or damaged: it is read anew from git, and replaced.
	}
	return empty();
}

/** Takes away the histories that were used longest ago, until the rest has its size. */
function prune(dir: string): void {
	const files = readdirSync(dir)
		.filter(name => /^history-[0-9a-f]{32}\.txt$/.test(name))
		.map(name => ({name, ...statSync(join(dir, name), {throwIfNoEntry: false})}))
		.sort((one, other) => (other.mtimeMs ?? 0) - (one.mtimeMs ?? 0));
	let bytes = 0;
	for (const {name, size = 0} of files) {
		bytes += size;
		if (bytes > folderBytesMax) rmSync(join(dir, name), {force: true});
	}
}

/** Keeps a history, in one step. Where that cannot be, it is read anew the next time. */
export function keep(dir: string, path: string, kept: Kept): void {
	const {key, cut, shas} = kept;
	const asked = Object.fromEntries([...kept.asked].slice(-askedMax));
	const patchIds = Object.fromEntries([...kept.patchIds].slice(-patchIdsMax));
	const lines = shas.map((sha, place) => {
		const fields = [sha, kept.parents[place]?.join(','), kept.times[place], kept.changeIds[place] ?? ''];
		return [...fields, kept.reverts.get(place)?.join(',') ?? '', kept.picked.get(place)?.join(',') ?? ''].join(' ').trimEnd();
	});
	const body = `${lines.join('\n')}\n`;
	const head = JSON.stringify({format: formatNumber, key, cut, count: shas.length, sum: sumOf(body), asked, patchIds});
	const text = `${head}\n${body}`;
	if (text.length > fileBytesMax) return;
	try {
		writeWhole(fileOf(dir, path), text, {durable: false});
		prune(dir);
	} catch {
		// A read-only home is no reason to say anything: the history is read each time.
	}
}

/** All refs and what is checked out; null where git could not tell in time. */
async function refsOf(path: string, limits: Limits): Promise<(readonly [string, string])[] | null> {
	const format = '--format=%(objecttype)|%(objectname)|%(*objecttype)|%(*objectname)|%(refname)';
	const answer = await git(path, ['for-each-ref', format], limits);
	if (answer.exit !== 0) return null;
	return answer.stdout
		.toString('utf8')
		.split('\n')
		.flatMap(line => {
			const [kind, sha, tagged, target, ...name] = line.split('|');
			// A tag may stand for a file or a tree, which have no history.
			const commit = kind === 'commit' ? sha : tagged === 'commit' ? target : null;
			return isSha(commit) ? [[name.join('|'), commit] as const] : [];
		});
}

const revertPattern = /\breverts (?:commit|change) (I?[0-9a-f]{7,40})\b/gi;
const pickPattern = /\(cherry[ -]picked from commit ([0-9a-f]{7,40})\b/gi;

/** Adds what a `git log -z` printed; its oldest come last, so that they are added first and parents stand before children. */
function addLog(kept: Kept, stdout: Buffer): void {
	const read: string[][] = [];
	for (let from = 0; from < stdout.length; ) {
		const found = stdout.indexOf(0, from);
		const end = found === -1 ? stdout.length : found;
		// Everything looked for is ASCII, so one byte a character reads it fastest.
		const token = stdout.toString('latin1', from, Math.min(end, from + 64 * 1024));
		from = end + 1;
		const shaEnd = token.indexOf('\n');
		const parentsEnd = token.indexOf('\n', shaEnd + 1);
		const timeEnd = token.indexOf('\n', parentsEnd + 1);
		if (shaEnd === -1 || parentsEnd === -1 || timeEnd === -1) continue;
		const message = token.slice(timeEnd + 1);
		const all = (pattern: RegExp) => [...message.matchAll(pattern)].map(match => match[1] ?? '').slice(0, 20);
		read.push([
			token.slice(0, shaEnd),
			token.slice(shaEnd + 1, parentsEnd),
			token.slice(parentsEnd + 1, timeEnd),
			(message.includes('hange-') ? changeIdOf(message) : null) ?? '',
			message.includes('everts ') ? all(revertPattern).join(',') : '',
			message.includes('icked from') ? all(pickPattern).join(',') : '',
		]);
	}
	for (const [sha = '', parents = '', ...rest] of read.reverse()) {
		const shas = parents === '' ? [] : parents.split(' ');
		const places = shas.flatMap(parent => kept.placeOf.get(parent) ?? []);
		if (places.length < shas.length) kept.cut = true;
		addCommit(kept, [sha, places.join(','), ...rest]);
	}
}

/**
 * The history of a checkout: all refs, and the commits that are live. What was kept is only added to. Null where git could not tell in
 * the time that there is.
 */
export async function readHistory({head, landed}: Place, dir: string | null, limits: Limits): Promise<Kept | null> {
	const all = await refsOf(head.path, limits);
	if (all === null) return null;
	const refs = all.filter(([name]) => /^refs\/(?:heads|remotes)\//.test(name)).slice(0, branchesMax);
	// A copy of a Gerrit has a ref for every patch set that ever was: then branches are looked at alone.
	const asked = all.length > refsMax ? refs : all;
	const tips = [...new Set([...asked.map(([, sha]) => sha), head.sha, ...landed.map(({sha}) => sha)])].filter(isSha).sort();
	const key = createHash('sha256').update(tips.join(' ')).digest('hex');
	let kept: Kept = {...(dir === null ? empty() : readKept(fileOf(dir, head.path))), refs, tips};
	if (kept.key === key) {
		touch(dir, head.path);
		return kept;
	}
	// One that was cut cannot be added to: what is missing from it may have come since.
	if (kept.cut || kept.shas.length > commitsMax) kept = {...empty(), refs, tips};
	const known = kept.placeOf;
	const isComplete = tips.every(tip => known.has(tip));
	if (!isComplete) {
		const input = [...tips, ...headsOf(kept).map(sha => `^${sha}`)].join('\n');
		const log = ['log', '-z', '--topo-order', '--no-color', '--no-decorate', '--ignore-missing', `--max-count=${commitsMax}`];
		const answer = await git(head.path, [...log, '--format=%H%n%P%n%ct%n%B', '--stdin'], limits, `${input}\n`);
		if (answer.exit !== 0) return null;
		addLog(kept, answer.stdout);
	}
	kept.key = key;
	if (dir !== null) keep(dir, head.path, kept);
	return kept;
}

/** Commits without children. */
function headsOf({shas, parents}: Kept): string[] {
	const isParent = new Uint8Array(shas.length);
	for (const list of parents) for (const place of list) isParent[place] = 1;
	return shas.filter((_, place) => isParent[place] === 0);
}

function touch(dir: string | null, path: string): void {
	if (dir === null) return;
	try {
		const nowS = Date.now() / 1000;
		utimesSync(fileOf(dir, path), nowS, nowS);
	} catch {
		// It only decides which history is taken away first.
	}
}

/** The places of all commits that these contain, themselves among them; null where none of them is here. */
export function reachable({parents, placeOf, shas}: Kept, from: readonly string[]): Uint8Array | null {
	const open = from.flatMap(sha => placeOf.get(sha) ?? []);
	if (open.length === 0) return null;
	const seen = new Uint8Array(shas.length);
	for (const place of open) seen[place] = 1;
	for (let place = open.pop(); place !== undefined; place = open.pop()) {
		for (const parent of parents[place] ?? []) {
			if (seen[parent] === 1) continue;
			seen[parent] = 1;
			open.push(parent);
		}
	}
	return seen;
}
