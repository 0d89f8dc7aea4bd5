/**
 * Reverts of what is landed, and reverts of those. A revert that leaves a group brings back what it took out there; and what comes back
 * may be a revert itself, which takes out what it reverts once more.
 */
import type {Knex} from 'knex';
import type {Change, Instant} from '../../gate/facts.ts';
import {publicChange} from '../../gate/passage/kept-back.ts';
import type {AttemptKey} from './deploys.ts';

type Place = {readonly service: string; readonly group: string};
type LandedRow = {
	id: number;
	service: string;
	group_name: string;
	change_key: string;
	since: string;
	deploy: string | null;
	attempt: number | null;
	gone_at: string | null;
	reverted_by: string | null;
};

/** What the column takes; a change that has no commit is named by what people typed. */
const revertedByMax = 64;
const depthMax = 50;
const keysAtOnce = 400;

/** What `reverted_by` says of a change that reverts. */
export const revertName = ({sha, id}: Pick<Change, 'sha' | 'id'>): string => (sha ?? id).slice(0, revertedByMax);

/** A commit or Change-Id as somebody may have written it: the engines do not agree on when `like` looks at the case. */
function spellings(reference: string): Set<string> {
	const plain = reference.replace(/[^0-9A-Za-z]/g, '');
	const [first, rest] = plain.startsWith('I') ? ['I', plain.slice(1)] : ['', plain];
	return new Set([plain, `${first}${rest.toLowerCase()}`, `${first}${rest.toUpperCase()}`]);
}

/** Of texts of letters and digits: everything that begins so stands between it and it with a tilde, which comes after them all. */
const beginsWith = (query: Knex.QueryBuilder, column: string, beginning: string) =>
	query.where(column, '>=', beginning).andWhere(column, '<', `${beginning}~`);

const liveOn = (sql: Knex, {service, group}: Place) =>
	sql<LandedRow>('landed_changes').where('service', service).andWhere('group_name', group).whereNull('gone_at');

async function changesOf(sql: Knex, keys: readonly string[]): Promise<Map<string, Change>> {
	const found = new Map<string, Change>();
	for (let index = 0; index < keys.length; index += keysAtOnce) {
		const rows: {key: string; body: string}[] = await sql('changes').whereIn('key', keys.slice(index, index + keysAtOnce));
		for (const {key, body} of rows) found.set(key, publicChange(JSON.parse(body) as Change));
	}
	return found;
}

/** Takes what these names name out of a group; `references` are whole or short. Answers the keys of what left. */
async function takeOut(sql: Knex, place: Place, references: readonly string[], revertedBy: string, at: Instant): Promise<string[]> {
	const left: string[] = [];
	for (const reference of references) {
		if (!/[0-9A-Za-z]/.test(reference)) continue;
		const column = reference.startsWith('I') ? 'change_id' : 'sha';
		const keys = sql('changes')
			.where(either => {
				for (const spelling of spellings(reference)) either.orWhere(range => beginsWith(range, column, spelling));
			})
			.select('key');
		const rows = await liveOn(sql, place).whereIn('change_key', keys).select('id', 'change_key');
		if (rows.length === 0) continue;
		await sql('landed_changes')
			.whereIn(
				'id',
				rows.map(({id}) => id),
			)
			.update({gone_at: at, reverted_by: revertedBy});
		left.push(...rows.map(({change_key}) => change_key));
	}
	return left;
}

/** Changes that one of these took out of the group, and that nothing brought back since. */
async function takenOutBy(sql: Knex, {service, group}: Place, keys: readonly string[]): Promise<LandedRow[]> {
	const names = [...(await changesOf(sql, keys)).values()].map(revertName);
	if (names.length === 0) return [];
	const rows = await sql<LandedRow>('landed_changes')
		.where('service', service)
		.andWhere('group_name', group)
		.whereIn('reverted_by', names)
		.orderBy('id');
	const latest = new Map(rows.map(row => [row.change_key, row]));
	const later = await sql<LandedRow>('landed_changes')
		.where('service', service)
		.andWhere('group_name', group)
		.whereIn('change_key', [...latest.keys()]);
	return [...latest.values()].filter(row => !later.some(other => other.change_key === row.change_key && other.id > row.id));
}

/**
 * What left a group may have been a revert: what it had taken out is live there again, `by` the attempt that is the cause of it, or, where
 * none is, by the one that brought it first.
 */
export async function bringBack(
	sql: Knex,
	place: Place,
	left: readonly string[],
	by: AttemptKey | null,
	at: Instant,
	depth = 0,
): Promise<void> {
	if (left.length === 0 || depth > depthMax) return;
	const back = await takenOutBy(sql, place, left);
	if (back.length === 0) return;
	const {service, group: group_name} = place;
	for (const {change_key, deploy, attempt} of back)
		await sql('landed_changes').insert({
			...{service, group_name, change_key, since: at},
			...{deploy: by === null ? deploy : by.deploy, attempt: by === null ? attempt : by.attempt},
		});
	const keys = back.map(({change_key}) => change_key);
	const reverts: {change_key: string; reference: string}[] = await sql('change_names')
		.where({kind: 'reverts'})
		.whereIn('change_key', keys)
		.select('change_key', 'reference');
	const changes = await changesOf(sql, keys);
	for (const {change_key, reference} of reverts) {
		const change = changes.get(change_key);
		if (change !== undefined) await markReverted(sql, place, [reference], revertName(change), by, at, depth + 1);
	}
}

/** Marks landed changes whose commit or Change-Id is named by a revert that landed. */
export async function markReverted(
	sql: Knex,
	place: Place,
	references: readonly string[],
	revertedBy: string,
	by: AttemptKey | null,
	at: Instant,
	depth = 0,
): Promise<void> {
	const left = await takeOut(sql, place, references, revertedBy.slice(0, revertedByMax), at);
	await bringBack(sql, place, left, by, at, depth);
}
