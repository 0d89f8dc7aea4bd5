/** Deploys as a list: filtered, searched, a page at a time, newest first. A row is an attempt. */
import type {Knex} from 'knex';
import type {Instant} from '../../gate/facts.ts';
import type {Verdict} from '../../gate/verdict.ts';
import type {AttemptOutcome} from '../../reports/story.ts';
import type {ListPlace} from '../cursor.ts';
import {type AttemptKey, type AttemptRow, attemptQuery, type DeployAttempt, withParts} from './deploys.ts';
import {likeEscape, likePattern} from './search-text.ts';

export type DeployFilter = {
	readonly service?: string | undefined;
	/** In the words of reports, as pages say it. */
	readonly outcome?: AttemptOutcome | undefined;
	/** Opened then or later. */
	readonly since?: Instant | undefined;
	/** Opened before then. */
	readonly until?: Instant | undefined;
	/** Found in id, service, targets and changes, in any case. */
	readonly q?: string | undefined;
};

/** One page of a list. */
export type ListPage<Row> = {
	readonly rows: readonly Row[];
	/** Whether there are rows behind the last one, as the list is read. */
	readonly hasNext: boolean;
	readonly hasPrevious: boolean;
};

/** Takes what was read, one more than wanted where there is more, and puts a page that was read backwards the right way round. */
export function pageOf<Row>(read: readonly Row[], limit: number, place: ListPlace | null): ListPage<Row> {
	const rows = read.slice(0, limit);
	const hasMore = read.length > limit;
	return place?.towards === 'previous'
		? {rows: rows.toReversed(), hasNext: true, hasPrevious: hasMore}
		: {rows, hasNext: hasMore, hasPrevious: place !== null};
}

type Query = ReturnType<typeof attemptQuery>;

/** How an outcome stands in the table: see `deployOutcome`, which says it the other way round. */
function withOutcome(query: Query, outcome: AttemptOutcome): void {
	const stored: Readonly<Record<Exclude<AttemptOutcome, 'open' | 'stopped'>, readonly string[]>> = {
		finished: ['completed', 'finished'],
		rolled_back: ['rolled-back'],
		superseded: ['superseded'],
		unknown: ['unknown'],
	};
	if (outcome === 'open') query.whereNull('attempts.outcome').whereNot('attempts.state', 'stopped');
	else if (outcome === 'stopped')
		query.where(either =>
			either
				.where(waiting => waiting.whereNull('attempts.outcome').where('attempts.state', 'stopped'))
				.orWhereIn('attempts.outcome', ['repeated', 'aborted']),
		);
	else query.whereIn('attempts.outcome', [...stored[outcome]]);
}

/** What a deploy is placed by in its list. */
export const deployKey = ({openedAt, deploy, attempt}: DeployAttempt): ListPlace['key'] => [openedAt, deploy, attempt];
export const deployKeyKinds = ['string', 'string', 'number'] as const;

/** Newest first. `place` is a row that was seen, whose followers (or those before it) are wanted. */
export async function listDeploys(
	sql: Knex,
	filter: DeployFilter,
	limit: number,
	place: ListPlace | null,
): Promise<ListPage<DeployAttempt>> {
	const backwards = place?.towards === 'previous';
	const direction = backwards ? 'asc' : 'desc';
	const query = attemptQuery(sql).limit(limit + 1);
	for (const column of ['attempts.opened_at', 'attempts.deploy', 'attempts.attempt']) query.orderBy(column, direction);
	if (place !== null)
		query.whereRaw(`(attempts.opened_at, attempts.deploy, attempts.attempt) ${backwards ? '>' : '<'} (?, ?, ?)`, [...place.key]);
	if (filter.service !== undefined) query.where('attempts.service', filter.service);
	if (filter.since !== undefined) query.where('attempts.opened_at', '>=', filter.since);
	if (filter.until !== undefined) query.where('attempts.opened_at', '<', filter.until);
	if (filter.outcome !== undefined) withOutcome(query, filter.outcome);
	if (filter.q !== undefined) query.whereRaw(`deploys.search like ? escape '${likeEscape}'`, [likePattern(filter.q)]);
	const page = pageOf(await query, limit, place);
	return {...page, rows: await withParts(sql, page.rows)};
}

const nameOf = ({deploy, attempt}: AttemptKey): string => `${deploy}/${attempt}`;

/** The newest verdict of each attempt, by its name `D-2026-0001/1`; those never asked about are not in it. */
export async function newestVerdicts(sql: Knex, attempts: readonly AttemptKey[]): Promise<ReadonlyMap<string, Verdict>> {
	if (attempts.length === 0) return new Map();
	const deploys = [...new Set(attempts.map(({deploy}) => deploy))];
	const newest = sql('verdicts').select('deploy', 'attempt').max({at: 'at'}).whereIn('deploy', deploys).groupBy('deploy', 'attempt');
	const rows: (AttemptKey & {body: string})[] = await sql('verdicts')
		.join(newest.as('newest'), join =>
			join
				.on('newest.deploy', '=', 'verdicts.deploy')
				.andOn('newest.attempt', '=', 'verdicts.attempt')
				.andOn('newest.at', '=', 'verdicts.at'),
		)
		.orderBy('verdicts.id')
		.select('verdicts.deploy', 'verdicts.attempt', 'verdicts.body');
	return new Map(rows.map(row => [nameOf(row), JSON.parse(row.body) as Verdict]));
}

/** Whether there is any deploy at all, of this service or of any. */
export async function anyDeploy(sql: Knex, service?: string): Promise<boolean> {
	const query = sql<AttemptRow>('attempts').select('deploy');
	if (service !== undefined) query.where({service});
	return (await query.first()) !== undefined;
}
