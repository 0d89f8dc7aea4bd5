/** Deploys, their attempts, the stages and hosts that asked, and the looks at them. */
import type {Knex} from 'knex';
import type {Instant, Target} from '../../gate/facts.ts';
import type {Attempt, AttemptOutcome, AttemptState, StageState} from '../../gate/lifecycle.ts';
import type {VerdictWord} from '../../gate/verdict.ts';
import type {Actor} from '../../reports/events.ts';
import {rowsOf} from './rows.ts';
import {searchText} from './search-text.ts';

export type AttemptRow = {
	deploy: string;
	attempt: number;
	service: string;
	state: AttemptState;
	outcome: AttemptOutcome | null;
	rollback: 'no' | 'by-content' | 'said';
	opened_at: string;
	active_at: string;
	closed_at: string | null;
	incident: string | null;
	watch: 'watching' | 'decided' | null;
	takes_back: string | null;
	actor: string;
};
export type DeployRow = {id: string; service: string; fingerprint: string; targets: string; created_at: string};
type StageRow = {deploy: string; attempt: number; stage: string; asked_at: string; verdict: VerdictWord | null; verdict_at: string | null};
type CallRow = {deploy: string; attempt: number; stage: string; host: string; machine: string; first_at: string; last_at: string};
export type LookRow = {
	deploy: string;
	attempt: number;
	stage: string;
	number: number;
	owner: string;
	started_at: string;
	lease_until: string;
	verdict_id: string | null;
};

/** An attempt with everything that pages, plans and reports ask of it. Times are instants; `closedAt` is null while it is open. */
export type DeployAttempt = Attempt & {
	readonly service: string;
	readonly targets: readonly Target[];
	readonly rollbackKind: 'no' | 'by-content' | 'said';
	readonly openedAt: Instant;
	readonly closedAt: Instant | null;
	readonly incident: string | null;
	/** `watching`: went undecided, the watcher looks on. */
	readonly watch: 'watching' | 'decided' | null;
	/** The deploy attempt that a rollback takes back, `D-2015-0001/1`. */
	readonly takesBack: string | null;
	readonly actor: Actor;
};

export type Call = {
	readonly stage: string;
	readonly host: string;
	readonly machine: string;
	readonly firstAt: Instant;
	readonly lastAt: Instant;
};
export type AttemptKey = {readonly deploy: string; readonly attempt: number};

type Opening = AttemptKey & Pick<DeployAttempt, 'service' | 'fingerprint' | 'targets' | 'rollbackKind' | 'takesBack' | 'actor'>;

const namesOf = (targets: readonly Target[]): string[] => targets.map(({repository, sha}) => `${repository} ${sha}`);

const keyOf = ({deploy, attempt}: AttemptKey) => ({deploy, attempt});
const stageFromRow = (row: StageRow): StageState => ({
	stage: row.stage,
	askedAt: row.asked_at,
	verdict: row.verdict,
	verdictAt: row.verdict_at,
});

/** Rows as attempts, with their stages and the looks that go on. */
export async function withParts(
	sql: Knex,
	rows: readonly (AttemptRow & Pick<DeployRow, 'fingerprint' | 'targets'>)[],
): Promise<DeployAttempt[]> {
	if (rows.length === 0) return [];
	const ids = [...new Set(rows.map(row => row.deploy))];
	const [stages, looks] = await Promise.all([
		sql<StageRow>('stages').whereIn('deploy', ids).orderBy('asked_at').orderBy('stage'),
		sql<LookRow>('looks').whereIn('deploy', ids).whereNull('verdict_id'),
	]);
	return rows.map(row => ({
		deploy: row.deploy,
		attempt: row.attempt,
		service: row.service,
		fingerprint: row.fingerprint,
		targets: JSON.parse(row.targets) as Target[],
		state: row.state,
		outcome: row.outcome,
		rollback: row.rollback !== 'no',
		rollbackKind: row.rollback,
		openedAt: row.opened_at,
		activeAt: row.active_at,
		closedAt: row.closed_at,
		incident: row.incident,
		watch: row.watch,
		takesBack: row.takes_back,
		actor: JSON.parse(row.actor) as Actor,
		stages: stages.filter(stage => stage.deploy === row.deploy && stage.attempt === row.attempt).map(stageFromRow),
		lookUntil:
			looks
				.filter(look => look.deploy === row.deploy && look.attempt === row.attempt)
				.map(look => look.lease_until)
				.sort()
				.at(-1) ?? null,
	}));
}

export const attemptQuery = (sql: Knex) =>
	sql<AttemptRow & DeployRow>('attempts')
		.join('deploys', 'deploys.id', 'attempts.deploy')
		.select('attempts.*', 'deploys.fingerprint', 'deploys.targets');

// Two that were opened in the same millisecond stand in the order of their names, on every engine.
const oldestFirst = ['attempts.opened_at', 'attempts.deploy', 'attempts.attempt'];
const newestFirst = oldestFirst.map(column => ({column, order: 'desc' as const}));

/** A counter that only goes up: the next number of that name. In a transaction, so that two never get the same. */
export async function nextNumber(sql: Knex, name: string): Promise<number> {
	const rows = await rowsOf<{value: number}>(
		sql,
		'insert into counters (name, value) values (?, 1) on conflict (name) do update set value = counters.value + 1 returning value',
		[name],
	);
	return Number(rows[0]?.value ?? 1);
}

export const deployStore = (sql: Knex) => ({
	/** Attempts of the service that are not closed, and every attempt of this fingerprint. */
	async candidates(service: string, fingerprint: string): Promise<DeployAttempt[]> {
		const rows = await attemptQuery(sql)
			.where('attempts.service', service)
			.andWhere(builder => builder.whereNot('attempts.state', 'closed').orWhere('deploys.fingerprint', fingerprint))
			.orderBy(oldestFirst);
		return withParts(sql, rows);
	},
	async open(service?: string): Promise<DeployAttempt[]> {
		const query = attemptQuery(sql).whereNot('attempts.state', 'closed').orderBy(oldestFirst);
		if (service !== undefined) query.where('attempts.service', service);
		return withParts(sql, await query);
	},
	/** Undecided attempts that the watcher looks on at. */
	async watched(): Promise<DeployAttempt[]> {
		return withParts(sql, await attemptQuery(sql).where('attempts.watch', 'watching').orderBy(oldestFirst));
	},
	/** Newest first. */
	async recent(atMost: number, service?: string): Promise<DeployAttempt[]> {
		const query = attemptQuery(sql).orderBy(newestFirst).limit(atMost);
		if (service !== undefined) query.where('attempts.service', service);
		return withParts(sql, await query);
	},
	/** All attempts of one deploy, oldest first. */
	async attemptsOf(deploy: string): Promise<DeployAttempt[]> {
		return withParts(sql, await attemptQuery(sql).where('attempts.deploy', deploy).orderBy('attempts.attempt'));
	},
	async get({deploy, attempt}: AttemptKey): Promise<DeployAttempt | null> {
		const [found] = await withParts(sql, await attemptQuery(sql).where('attempts.deploy', deploy).andWhere('attempts.attempt', attempt));
		return found ?? null;
	},
	async calls(key: AttemptKey): Promise<Call[]> {
		const rows = await sql<CallRow>('calls').where(keyOf(key)).orderBy('first_at').orderBy('host').orderBy('machine').orderBy('stage');
		return rows.map(row => ({stage: row.stage, host: row.host, machine: row.machine, firstAt: row.first_at, lastAt: row.last_at}));
	},
	/** The deploy of these targets, made when it is new, with its targets in the order in which they were first given. */
	async ensure(
		service: string,
		fingerprint: string,
		targets: readonly Target[],
		at: Instant,
	): Promise<{id: string; targets: readonly Target[]; isNew: boolean}> {
		const found = await sql<DeployRow>('deploys').where({service, fingerprint}).first();
		if (found) return {id: found.id, targets: JSON.parse(found.targets) as Target[], isNew: false};
		const year = at.slice(0, 4);
		const id = `D-${year}-${String(await nextNumber(sql, `deploy ${year}`)).padStart(4, '0')}`;
		await sql('deploys').insert({
			id,
			service,
			fingerprint,
			targets: JSON.stringify(targets),
			created_at: at,
			search: searchText([id, service, ...namesOf(targets)]),
		});
		return {id, targets, isNew: true};
	},
	/** What the list is searched in beside id, service and targets: what the deploy brings. */
	async setSearch(id: string, told: readonly string[]): Promise<void> {
		const row = await sql<DeployRow>('deploys').where({id}).first();
		if (!row) return;
		const search = searchText([id, row.service, ...namesOf(JSON.parse(row.targets) as Target[]), ...told]);
		await sql('deploys').where({id}).update({search});
	},
	/** Opens an attempt that nobody has asked about yet, and returns it as it is stored. */
	async openAttempt(opening: Opening, at: Instant): Promise<DeployAttempt> {
		const {deploy, attempt, service, rollbackKind, takesBack, actor} = opening;
		const row = {deploy, attempt, service, state: 'open', rollback: rollbackKind, takes_back: takesBack, actor: JSON.stringify(actor)};
		await sql('attempts').insert({...row, opened_at: at, active_at: at});
		const times = {openedAt: at, activeAt: at, closedAt: null, lookUntil: null};
		return {...opening, ...times, state: 'open', outcome: null, rollback: rollbackKind !== 'no', incident: null, watch: null, stages: []};
	},
	/** State and outcome after an answer; closing sets `closedAt`. */
	async setState(key: AttemptKey, state: AttemptState, outcome: AttemptOutcome | null, at: Instant): Promise<void> {
		await sql('attempts')
			.where(keyOf(key))
			.update({state, outcome, active_at: at, closed_at: state === 'closed' ? at : null});
	},
	async setIncident(key: AttemptKey, incident: string): Promise<void> {
		await sql('attempts').where(keyOf(key)).update({incident});
	},
	async setWatch(key: AttemptKey, watch: 'watching' | 'decided' | null): Promise<void> {
		await sql('attempts').where(keyOf(key)).update({watch});
	},
	async touch(key: AttemptKey, at: Instant): Promise<void> {
		await sql('attempts').where(keyOf(key)).update({active_at: at});
	},
	/** Notes that a host asked. True when this is the first question about that stage. */
	async recordCall(key: AttemptKey, stage: string, host: string, machine: string, at: Instant): Promise<boolean> {
		const row = {...keyOf(key), stage, host, machine};
		await sql('calls')
			.insert({...row, first_at: at, last_at: at})
			.onConflict(['deploy', 'attempt', 'stage', 'host', 'machine'])
			.merge({last_at: at});
		const added = await rowsOf(
			sql,
			'insert into stages (deploy, attempt, stage, asked_at) values (?, ?, ?, ?) on conflict (deploy, attempt, stage) do nothing returning stage',
			[key.deploy, key.attempt, stage, at],
		);
		return added.length > 0;
	},
	async setStageVerdict(key: AttemptKey, stage: string, verdict: VerdictWord, at: Instant): Promise<void> {
		await sql('stages')
			.where({...keyOf(key), stage})
			.update({verdict, verdict_at: at});
	},
	async newestLook(key: AttemptKey, stage: string): Promise<LookRow | null> {
		return (
			(await sql<LookRow>('looks')
				.where({...keyOf(key), stage})
				.orderBy('number', 'desc')
				.first()) ?? null
		);
	},
	async startLook(look: LookRow): Promise<void> {
		await sql('looks').insert(look);
	},
	async renewLook(look: LookRow, leaseUntil: Instant): Promise<void> {
		await sql('looks')
			.where({...keyOf(look), stage: look.stage, number: look.number})
			.update({lease_until: leaseUntil});
	},
	async endLook(look: LookRow, verdictId: string): Promise<void> {
		await sql('looks')
			.where({...keyOf(look), stage: look.stage, number: look.number})
			.update({verdict_id: verdictId});
	},
});

export type DeployStore = ReturnType<typeof deployStore>;
