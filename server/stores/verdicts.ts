/** Verdicts with the facts they were made from: small facts and a hash here, buckets as readings beside. */
import type {Knex} from 'knex';
import type {Facts, Instant} from '../../gate/facts.ts';
import type {Verdict} from '../../gate/verdict.ts';
import {canonical, sha256} from '../canonical.ts';
import type {AttemptKey} from './deploys.ts';

type Row = {
	id: string;
	deploy: string;
	attempt: number;
	stage: string;
	at: string;
	verdict: string;
	body: string;
	facts: string;
	facts_sha256: string;
	readings: string;
};

export type StoredVerdict = AttemptKey & {
	readonly id: string;
	readonly verdict: Verdict;
	readonly facts: Facts;
	readonly factsSha256: string;
};

/** Names one stored reading: `errors@2015-10-26T15:13:00.000Z`. */
export const readingId = (signal: string, bucketAt: Instant): string => `${signal}@${bucketAt}`;

const fromRow = (row: Row): StoredVerdict => ({
	id: row.id,
	deploy: row.deploy,
	attempt: row.attempt,
	verdict: JSON.parse(row.body) as Verdict,
	facts: JSON.parse(row.facts) as Facts,
	factsSha256: row.facts_sha256,
});

export const verdictStore = (sql: Knex) => ({
	async add(id: string, key: AttemptKey, verdict: Verdict, facts: Facts): Promise<void> {
		const readings = facts.signals.flatMap(signal => signal.buckets.map(bucket => readingId(signal.name, bucket.at)));
		const small: Facts = {...facts, signals: facts.signals.map(signal => ({...signal, buckets: []}))};
		await sql('verdicts').insert({
			id,
			...{deploy: key.deploy, attempt: key.attempt},
			...{stage: verdict.stage, at: verdict.at, verdict: verdict.verdict, body: JSON.stringify(verdict)},
			...{facts: JSON.stringify(small), facts_sha256: sha256(canonical(facts)), readings: JSON.stringify(readings)},
		});
	},
	async get(id: string): Promise<StoredVerdict | null> {
		const row = await sql<Row>('verdicts').where({id}).first();
		return row ? fromRow(row) : null;
	},
	/** Oldest first. */
	async of(key: AttemptKey): Promise<StoredVerdict[]> {
		return (await sql<Row>('verdicts').where({deploy: key.deploy, attempt: key.attempt}).orderBy('at').orderBy('id')).map(fromRow);
	},
	/** The facts that one verdict of an attempt was made from. */
	async factsAt(key: AttemptKey, {stage, at}: Pick<Verdict, 'stage' | 'at'>): Promise<Facts | null> {
		const row = await sql<Row>('verdicts').select('facts').where({deploy: key.deploy, attempt: key.attempt, stage, at}).first();
		return row === undefined ? null : (JSON.parse(row.facts) as Facts);
	},
	/** Newest first. */
	async recent(atMost: number): Promise<StoredVerdict[]> {
		return (await sql<Row>('verdicts').orderBy('at', 'desc').orderBy('id', 'desc').limit(atMost)).map(fromRow);
	},
});
