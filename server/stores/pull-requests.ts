/** Pull requests as they were read: a merged one stays as it is, another one is good for a while. */
import type {Knex} from 'knex';
import type {Instant} from '../../gate/facts.ts';

type Row = {api: string; repository: string; number: number; state: string; body: string; read_at: string};

export type StoredPull<Pull> = {readonly pull: Pull; readonly readAt: Instant};
export type PullKey = {readonly api: string; readonly repository: string; readonly number: number};

const keyOf = ({api, repository, number}: PullKey) => ({api, repository: repository.toLowerCase(), number});

export const pullRequestStore = (sql: Knex) => ({
	/** As `put` was given it. */
	async get<Pull>(key: PullKey): Promise<StoredPull<Pull> | null> {
		const row = await sql<Row>('pull_requests').where(keyOf(key)).first();
		return row ? {pull: JSON.parse(row.body) as Pull, readAt: row.read_at} : null;
	},
	async put<Pull extends {readonly state: string}>(key: PullKey, pull: Pull, at: Instant): Promise<void> {
		const row: Row = {...keyOf(key), state: pull.state, body: JSON.stringify(pull), read_at: at};
		await sql('pull_requests').insert(row).onConflict(['api', 'repository', 'number']).merge();
	},
});
