/**
 * Changes as Gerrit tells them (Documentation/rest-api-changes.txt, ChangeInfo): many in one query, in pages, and what belongs together
 * with one of them. What it leaves out is absent here; what has an unexpected shape is left out.
 */

import type {Instant, PathChange, Review} from '../../../gate/facts.ts';
import {isMap} from '../../../gate/limits.ts';
import {securityLabel} from '../../../gate/passage/kept-back.ts';
import {askGerrit, type GerritAccess, GerritError, hostOf} from './client.ts';

export type GerritChange = {
	readonly number: number;
	readonly project: string;
	readonly branch: string;
	readonly changeId: string;
	readonly subject: string;
	readonly status: NonNullable<Review['status']>;
	readonly isPrivate: boolean;
	/** Of the newest patch set; null where it may not be seen. */
	readonly sha: string | null;
	readonly message: string | null;
	/** Null where they were not told, or are more than are read. */
	readonly paths: readonly PathChange[] | null;
	readonly author: string | null;
	readonly committedAt: Instant | null;
	readonly labels: readonly string[];
	readonly review: Review;
};

const pageSize = 100;
const pagesMax = 10;
/** A query must fit into an address. */
const termsMax = 40;
const pathsMax = 2000;
const messageMax = 65_536;
const votersMax = 50;
const labelsMax = 100;
const options = ['CURRENT_REVISION', 'CURRENT_COMMIT', 'CURRENT_FILES', 'DETAILED_LABELS', 'DETAILED_ACCOUNTS'];
const optionText = options.map(option => `o=${option}`).join('&');

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const map = (value: unknown): Record<string, unknown> => (isMap(value) ? value : {});
const isSha = (text: string | null): text is string => text !== null && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text);

/** How an account is called: Gerrit leaves out what the asker may not see. */
function accountOf(value: unknown): string | null {
	const {username, email, name, _account_id: id} = map(value);
	return textOf(username) ?? textOf(email) ?? textOf(name) ?? (typeof id === 'number' ? `account ${id}` : null);
}

/** Gerrit's times are UTC, in nanoseconds, with a space and without a zone. */
function instantOf(value: unknown): Instant | null {
	const [, day, time] = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,3})?)/.exec(textOf(value) ?? '') ?? [];
	const ms = day === undefined ? Number.NaN : Date.parse(`${day}T${time}Z`);
	return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}

function statusOf({status, work_in_progress: wip}: Record<string, unknown>): GerritChange['status'] {
	if (status === 'MERGED') return 'merged';
	if (status === 'ABANDONED') return 'abandoned';
	return wip === true || status === 'DRAFT' ? 'draft' : 'open';
}

/** Who gave the highest vote that a label has, on what stands now: older votes that were copied are told as Gerrit counts them. */
function votersOf(label: unknown, wanted: 'highest' | 'lowest'): string[] {
	const {all, values} = map(label);
	const possible = Object.keys(map(values)).map(Number).filter(Number.isFinite);
	const bound = wanted === 'highest' ? Math.max(1, ...possible) : Math.min(-1, ...possible);
	return list(all)
		.filter(vote => map(vote)['value'] === bound)
		.flatMap(vote => accountOf(vote) ?? [])
		.slice(0, votersMax);
}

function testsOf(labels: Record<string, unknown>): NonNullable<Review['tests']> {
	const verified = labels['Verified'];
	if (verified === undefined) return 'none';
	const {approved, rejected, all} = map(verified);
	if (isMap(rejected) || votersOf(verified, 'lowest').length > 0) return 'failed';
	if (isMap(approved) || votersOf(verified, 'highest').length > 0) return 'passed';
	const hasVotes = list(all).some(vote => Number(map(vote)['value']) !== 0 && map(vote)['value'] !== undefined);
	return hasVotes ? 'running' : 'none';
}

const kinds: Readonly<Record<string, PathChange['kind']>> = {A: 'added', C: 'added', D: 'deleted'};

function pathsOf(files: unknown): PathChange[] | null {
	if (!isMap(files)) return null;
	const paths = Object.entries(files)
		// What Gerrit adds by itself: /COMMIT_MSG, /MERGE_LIST.
		.filter(([path]) => !path.startsWith('/'))
		.flatMap(([path, file]): PathChange[] => {
			const {status, old_path: old, new_sha: blob} = map(file);
			const from = textOf(old);
			const moved = status === 'R' && from !== null ? [{path: from, kind: 'deleted' as const}] : [];
			const kind = status === 'R' ? 'added' : (kinds[textOf(status) ?? ''] ?? 'modified');
			const sha = textOf(blob);
			return [...moved, {path, kind, ...(sha === null || kind === 'deleted' ? {} : {blob: sha})}];
		});
	return paths.length > pathsMax ? null : paths;
}

/** The topic as `topic:NAME`, which is how the rules tell it from a label, and the hashtags as they are. */
const labelsOf = (topic: string | null, hashtags: unknown): string[] =>
	[topic === null ? null : `topic:${topic}`, ...list(hashtags).map(textOf)].filter(label => label !== null).slice(0, labelsMax);

/** One change out of an answer; null for what has not the shape of one. */
export function readChange(value: unknown, url: string): GerritChange | null {
	const info = map(value);
	const {_number: number, insertions, deletions, topic, hashtags} = info;
	const [project, branch, changeId] = [textOf(info['project']), textOf(info['branch']), textOf(info['change_id'])];
	if (typeof number !== 'number' || project === null || branch === null || changeId === null) return null;
	const sha = textOf(info['current_revision']);
	const revision = map(map(info['revisions'])[sha ?? '']);
	const {message, author, committer} = map(revision['commit']);
	const labels = map(info['labels']);
	const status = statusOf(info);
	const owner = accountOf(info['owner']);
	const size = typeof insertions === 'number' && typeof deletions === 'number' ? {size: insertions + deletions} : {};
	return {
		...{number, project, branch: branch.replace(/^refs\/heads\//, ''), changeId, subject: textOf(info['subject']) ?? '', status},
		...{isPrivate: info['is_private'] === true, sha: isSha(sha) ? sha : null, paths: pathsOf(revision['files'])},
		message: textOf(message)?.slice(0, messageMax) ?? null,
		author: textOf(map(author)['name']),
		committedAt: instantOf(map(committer)['date']),
		// Shown to this account by Gerrit, and not to everybody who looks here.
		labels: [...(info['is_private'] === true ? [securityLabel] : []), ...labelsOf(textOf(topic), hashtags)],
		review: {
			...{source: 'gerrit', url: `${url}/c/${project}/+/${number}`, status},
			...(owner === null ? {} : {owner}),
			approvedBy: votersOf(labels['Code-Review'], 'highest'),
			tests: testsOf(labels),
			...size,
		},
	};
}

/** Whatever stands in a query is one word: no operator of Gerrit's search can be added through it. */
const isTerm = (term: string): boolean => /^(?:change:(?:I[0-9a-f]{8,40}|\d{1,9})|commit:[0-9a-f]{7,64})$/.test(term);

async function queryPages(access: GerritAccess, terms: readonly string[], now: string, abort: AbortSignal): Promise<GerritChange[]> {
	const found: GerritChange[] = [];
	const query = encodeURIComponent(terms.join(' OR '));
	for (let page = 0, start = 0; page < pagesMax; page += 1) {
		const answer = await askGerrit(access, `/changes/?q=${query}&${optionText}&n=${pageSize}&S=${start}`, now, abort);
		if (!Array.isArray(answer)) throw new GerritError('away', `${hostOf(access.url)} answered the query with something else than a list`);
		found.push(...answer.flatMap(each => readChange(each, access.url) ?? []));
		start += answer.length;
		if (answer.length === 0 || map(answer.at(-1))['_more_changes'] !== true) break;
	}
	return found;
}

/** All changes that one of the terms (`change:ID`, `change:NUMBER`, `commit:SHA`) names, as many as possible in one query. */
export async function queryChanges(
	access: GerritAccess,
	terms: readonly string[],
	now: string,
	abort: AbortSignal,
): Promise<GerritChange[]> {
	const safe = [...new Set(terms)].filter(isTerm);
	const found = new Map<number, GerritChange>();
	for (let next = 0; next < safe.length; next += termsMax) {
		for (const change of await queryPages(access, safe.slice(next, next + termsMax), now, abort)) found.set(change.number, change);
	}
	return [...found.values()];
}

/** One change, past the index of the search, which may lag behind. Throws GerritError `gone` where it is private or not there. */
export async function readDetail(access: GerritAccess, id: string, now: string, abort: AbortSignal): Promise<GerritChange> {
	const answer = await askGerrit(access, `/changes/${encodeURIComponent(id)}/detail?${optionText}`, now, abort);
	const change = readChange(answer, access.url);
	if (change === null) throw new GerritError('away', `${hostOf(access.url)} answered with something else than a change`);
	return change;
}

export type Together = {
	/** Numbers of open changes that must be merged before or with it. */
	readonly numbers: readonly number[];
	/** How many more there are that may not be seen. */
	readonly hidden: number;
};

/** The open changes that this one stands on (its parents in git) or that are submitted together with it (its topic). */
export async function readTogether(access: GerritAccess, change: GerritChange, now: string, abort: AbortSignal): Promise<Together> {
	const id = encodeURIComponent(`${change.project}~${change.number}`);
	const [related, together] = await Promise.all([
		askGerrit(access, `/changes/${id}/revisions/current/related`, now, abort),
		askGerrit(access, `/changes/${id}/submitted_together?o=NON_VISIBLE_CHANGES`, now, abort),
	]);
	// Newest first: what stands on this one comes before it, and what it stands on after it.
	const chain = list(map(related)['changes']).map(map);
	const own = chain.findIndex(each => each['_change_number'] === change.number);
	const parents = own === -1 ? [] : chain.slice(own + 1).filter(each => each['status'] === 'NEW');
	const {changes, non_visible_changes: hidden} = map(together);
	const others = list(Array.isArray(together) ? together : changes).map(map);
	const numbers = [...parents.map(each => each['_change_number']), ...others.map(each => each['_number'])];
	return {
		numbers: [...new Set(numbers.filter(number => typeof number === 'number' && number !== change.number))] as number[],
		hidden: typeof hidden === 'number' ? hidden : 0,
	};
}
