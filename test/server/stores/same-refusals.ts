import type {ExecutionContext} from 'ava';
import {AppError} from '../../../server/app-error.ts';
import {changeStore} from '../../../server/stores/changes.ts';
import type {Database} from '../../../server/stores/database.ts';
import {deployStore, nextNumber} from '../../../server/stores/deploys.ts';
import {landedStore} from '../../../server/stores/landed.ts';
import {verdictStore} from '../../../server/stores/verdicts.ts';
import {quietDay} from '../../helpers/quiet-day.ts';
import {at, onEachDatabase} from '../../helpers/store.ts';

const refused = async (t: ExecutionContext, work: () => PromiseLike<unknown>): Promise<AppError | undefined> =>
	t.throwsAsync(async () => work(), {instanceOf: AppError});

onEachDatabase('a text with U+0000 in it is refused with the same sentence, and nothing is stored', async (t, database) => {
	const add = (title: string) =>
		database.transact(async ({sql}) => {
			await nextNumber(sql, 'before it');
			await sql('incidents').insert({id: 'INC-1', service: 'app', title, status: 'open', opened_by: 'human', opened_at: at});
		});
	const error = await refused(t, () => add('a\u0000b'));
	t.is(error?.code, 'invalid');
	t.is(error?.message, '"a\\u0000b" holds the character U+0000, which no database keeps. Send it without; nothing was stored.');
	t.is((await refused(t, () => database.read('incidents').where({id: '\u0000'})))?.code, 'invalid');
	t.deepEqual(await database.read('counters'), []);
	await add('a b');
	t.is((await database.read('incidents')).length, 1);
});

onEachDatabase('what is asked twice at once in one transaction is answered twice', async (t, database) => {
	const counts = await database.transact(({sql}) => Promise.all([sql('deploys').count({n: '*'}), sql('events').count({n: '*'})]));
	t.deepEqual(counts, [[{n: 0}], [{n: 0}]]);
});

onEachDatabase('a step that goes on after one of its statements failed is not taken for done', async (t, database) => {
	const work = database.transact(async ({sql}) => {
		await nextNumber(sql, 'kept');
		await sql('no_such_table').select('x');
	});
	await t.throwsAsync(work);
	t.deepEqual(await database.read('counters'), []);
});

const ids = ['D-2026-0010', 'D-2026-0009', 'd-2026-0001', 'D_2026', 'Ä', 'a', 'B', 'ß', 'z', '~', '-'];

onEachDatabase('texts sort by their bytes, whatever the language of the database', async (t, database) => {
	await database.transact(async ({sql}) => {
		for (const id of ids) await sql('counters').insert({name: id, value: 1});
	});
	const sorted = [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
	const names = async (query: PromiseLike<{name: string}[]>) => (await query).map(({name}) => name);
	t.deepEqual(await names(database.read('counters').orderBy('name').select('name')), sorted);
	t.deepEqual(
		await names(database.read('counters').where('name', '>', 'D-').orderBy('name').select('name')),
		sorted.filter(id => Buffer.compare(Buffer.from(id), Buffer.from('D-')) > 0),
	);
});

async function landedChange(database: Database, sha: string, changeId: string) {
	await database.transact(async ({sql}) => {
		const keys = await changeStore(sql).ensure([{id: 'c', repository: 'app', sha, changeId}]);
		await landedStore(sql).addChanges('app', 'all', keys, {deploy: 'D-1', attempt: 1}, at);
	});
}

onEachDatabase('a revert finds what it names in any case, whole or shortened, and nothing beside it', async (t, database) => {
	const live = async () =>
		(await landedStore(database.read).changes('app', 'all')).filter(change => change.revertedBy === undefined).length;
	await landedChange(database, `abcdef${'0'.repeat(34)}`, `I${'c'.repeat(40)}`);
	await landedChange(database, `abcdee${'0'.repeat(34)}`, `I${'d'.repeat(40)}`);
	const revert = (name: string) =>
		database.transact(({sql}) => landedStore(sql).markReverted({service: 'app', group: 'all'}, [name], 'r'.repeat(100), null, at));
	await revert('abcdf');
	await revert('%');
	await revert('_bcdef');
	t.is(await live(), 2);
	await revert('ABCDEF0');
	t.is(await live(), 1);
	await revert(`I${'D'.repeat(8)}`);
	t.is(await live(), 0);
});

onEachDatabase('numbers come back as numbers, however they are counted', async (t, database) => {
	await database.transact(async ({sql}) => {
		for (let index = 0; index < 3; index += 1) await nextNumber(sql, `counter ${index}`);
	});
	const [row] = await database.read('counters').count({count: '*'}).sum({sum: 'value'}).max({max: 'value'});
	t.deepEqual(row, {count: 3, sum: 3, max: 1});
	t.is(typeof (await database.read('chain_head').first()).writes, 'number');
	t.true((await database.bytes()) > 1000);
});

onEachDatabase('what was opened in the same millisecond comes in the order of names', async (t, database) => {
	await database.transact(async ({sql}) => {
		for (const letter of ['c', 'a', 'b']) {
			const {id} = await deployStore(sql).ensure('app', letter, [], at);
			const opening = {service: 'app', fingerprint: letter, targets: [], rollbackKind: 'no', takesBack: null} as const;
			await deployStore(sql).openAttempt({...opening, actor: {kind: 'person', name: 'Robin'}, deploy: id, attempt: 1}, at);
			await verdictStore(sql).add(
				`v-${letter}`,
				{deploy: id, attempt: 1},
				{verdict: 'go', stage: 'before', at, findings: [], undecided: false},
				quietDay,
			);
		}
	});
	const deploys = deployStore(database.read);
	t.deepEqual(
		(await deploys.open('app')).map(({deploy}) => deploy),
		['D-2026-0001', 'D-2026-0002', 'D-2026-0003'],
	);
	t.deepEqual(
		(await deploys.recent(2)).map(({deploy}) => deploy),
		['D-2026-0003', 'D-2026-0002'],
	);
	t.deepEqual(
		(await verdictStore(database.read).recent(3)).map(({id}) => id),
		['v-c', 'v-b', 'v-a'],
	);
});
