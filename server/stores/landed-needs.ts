/** What the live changes of a service need of each other: asked when something is taken back, and when what is live has moved. */
import type {Knex} from 'knex';
import type {Change, LandedChange} from '../../gate/facts.ts';
import {publicChange} from '../../gate/passage/kept-back.ts';

type ChangeRow = {key: string; body: string};
export type KeyedChange = {readonly key: string; readonly change: Change};
/** A change that is, or was, on a group. */
export type LandedEntry = LandedChange & {readonly group: string; readonly key: string};

const keysAtOnce = 400;
const shortAtOnce = 20;
const wholeSha = 40;
const wholeChangeId = 41;

const pieces = <Item>(items: readonly Item[], size: number): Item[][] =>
	Array.from({length: Math.ceil(items.length / size)}, (_, index) => items.slice(index * size, (index + 1) * size));

type EntryRow = {group_name: string; change_key: string; since: string; gone_at: string | null; reverted_by: string | null};

/** What a change is known by, without its message and paths. */
function identityOf({repository, branch, sha, changeId, patchId, subject}: Change): LandedChange {
	return {
		repository,
		...(branch === undefined ? {} : {branch}),
		...(sha === undefined ? {} : {sha}),
		...(changeId === undefined ? {} : {changeId}),
		...(patchId === undefined ? {} : {patchId}),
		...(subject === undefined ? {} : {subject}),
	};
}

const fromRow = ({key, body}: ChangeRow): KeyedChange => ({key, change: publicChange(JSON.parse(body) as Change)});

/** A name as the columns may have it: whoever stored it wrote its letters small, or did not. */
const written = (name: string): string[] => {
	const [first, rest] = /^i/i.test(name) ? ['I', name.slice(1)] : ['', name];
	return [`${first}${rest.toLowerCase()}`, `${first}${rest.toUpperCase()}`];
};

/** Changes that these commits and Change-Ids name, whole or shortened; names of other kinds (a number, a pull request) name none here. */
async function named(sql: Knex, names: readonly string[], atMost: number): Promise<KeyedChange[]> {
	const found = new Map<string, KeyedChange>();
	const take = (rows: readonly ChangeRow[]): void => {
		for (const row of rows) if (found.size < atMost) found.set(row.key, fromRow(row));
	};
	const readable = [...new Set(names)].filter(name => /^(?:i[0-9a-f]{8,40}|[0-9a-f]{7,40})$/i.test(name));
	for (const column of ['change_id', 'sha'] as const) {
		const mine = readable.filter(name => /^i/i.test(name) === (column === 'change_id'));
		const length = column === 'sha' ? wholeSha : wholeChangeId;
		for (const some of pieces(
			mine.filter(name => name.length === length),
			keysAtOnce / 2,
		))
			take(await sql<ChangeRow>('changes').whereIn(column, some.flatMap(written)).orderBy('key').limit(atMost));
		for (const some of pieces(
			mine.filter(name => name.length < length),
			shortAtOnce,
		))
			take(
				await sql<ChangeRow>('changes')
					.where(either => {
						for (const beginning of some.flatMap(written))
							either.orWhere(range => range.where(column, '>=', beginning).andWhere(column, '<', `${beginning}~`));
					})
					.orderBy('key')
					.limit(atMost),
			);
	}
	return [...found.values()];
}

async function byKeys(sql: Knex, keys: readonly string[]): Promise<KeyedChange[]> {
	const found: KeyedChange[] = [];
	for (const some of pieces([...new Set(keys)], keysAtOnce))
		found.push(...(await sql<ChangeRow>('changes').whereIn('key', some).orderBy('key').select('key', 'body')).map(fromRow));
	return found;
}

export const landedNeedsStore = (sql: Knex) => ({
	named: (names: readonly string[], atMost: number): Promise<KeyedChange[]> => named(sql, names, atMost),
	/** Of these changes, those that are live on any group of the service. */
	async liveOf(service: string, changes: readonly KeyedChange[]): Promise<KeyedChange[]> {
		const live = new Set<string>();
		for (const some of pieces(
			changes.map(({key}) => key),
			keysAtOnce,
		)) {
			const rows = await sql<{service: string; change_key: string; gone_at: string | null}>('landed_changes')
				.whereNull('gone_at')
				.andWhere('service', service)
				.whereIn('change_key', some)
				.select('change_key');
			for (const {change_key} of rows) live.add(change_key);
		}
		return changes.filter(({key}) => live.has(key));
	},
	byKeys: (keys: readonly string[]): Promise<KeyedChange[]> => byKeys(sql, keys),
	/** Live changes of a service that say what they need, and those that say what needs them. */
	async withNeeds(service: string, atMost: number): Promise<KeyedChange[]> {
		// From the names to the ledger: few changes say what they need, and many are live.
		const rows: {change_key: string}[] = await sql('change_names')
			.whereIn('kind', ['depends-on', 'needed-by'])
			.whereExists(
				sql('landed_changes')
					.where({service})
					.whereNull('gone_at')
					.andWhere('landed_changes.change_key', sql.ref('change_names.change_key'))
					.select('id'),
			)
			.distinct('change_key')
			.orderBy('change_key')
			.limit(atMost);
		return byKeys(
			sql,
			rows.map(({change_key}) => change_key),
		);
	},
	/** Changes of these repositories that are, or were, on any group of a service, newest first. */
	async ofRepositories(service: string, repositories: readonly string[], atMost: number): Promise<KeyedChange[]> {
		const rows = (await sql('landed_changes')
			.join('changes', 'changes.key', 'landed_changes.change_key')
			.where('landed_changes.service', service)
			.whereIn('changes.repository', repositories.slice(0, keysAtOnce))
			.groupBy('landed_changes.change_key')
			.select('landed_changes.change_key')
			.max('landed_changes.id as newest')
			.orderBy('newest', 'desc')
			.limit(atMost)) as {change_key: string}[];
		return byKeys(
			sql,
			rows.map(({change_key}) => change_key),
		);
	},
	/** The same changes under other ids: picked to another branch, or landed again as the same patch. */
	async sameAs(changes: readonly KeyedChange[], atMost: number): Promise<KeyedChange[]> {
		const known = new Set(changes.map(({key}) => key));
		const found = new Map<string, KeyedChange>();
		for (const {column, field} of [
			{column: 'change_id', field: 'changeId'},
			{column: 'patch_id', field: 'patchId'},
		] as const) {
			const ids = [...new Set(changes.flatMap(({change}) => change[field] ?? []))];
			for (const some of pieces(ids, keysAtOnce)) {
				const rows = await sql<ChangeRow>('changes').whereIn(column, some).orderBy('key').limit(atMost).select('key', 'body');
				for (const row of rows) if (!known.has(row.key) && found.size < atMost) found.set(row.key, fromRow(row));
			}
		}
		return [...found.values()];
	},
	/** Every row of the ledger about these changes, newest first. */
	async entries(service: string, changes: readonly KeyedChange[]): Promise<LandedEntry[]> {
		const named = new Map(changes.map(({key, change}) => [key, identityOf(change)]));
		const found: (EntryRow & {id: number})[] = [];
		for (const some of pieces([...named.keys()], keysAtOnce))
			found.push(
				...((await sql('landed_changes')
					.where({service})
					.whereIn('change_key', some)
					.select('id', 'group_name', 'change_key', 'since', 'gone_at', 'reverted_by')) as (EntryRow & {id: number})[]),
			);
		return found
			.sort((a, b) => b.id - a.id)
			.flatMap(({group_name, change_key, since, gone_at, reverted_by}) => {
				const identity = named.get(change_key);
				const revertedBy = reverted_by ?? (gone_at === null ? undefined : 'taken back');
				if (identity === undefined) return [];
				const left = revertedBy === undefined ? {} : {revertedBy};
				return [{...identity, ...left, group: group_name, key: change_key, since, source: 'ledger' as const}];
			});
	},
});
