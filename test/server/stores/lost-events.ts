import {AppError} from '../../../server/app-error.ts';
import {appendEvents, chainHead, newestEvents, verifyChain} from '../../../server/stores/timeline.ts';
import {notes} from '../../helpers/events.ts';
import {at, onEachDatabase} from '../../helpers/store.ts';

onEachDatabase(
	'a database that went back to an older backup is noticed by whoever wrote more: it says so, once, and goes on',
	async (t, database, beside) => {
		const logged: string[] = [];
		const witness = await beside.open({log: text => void logged.push(text)});
		await database.transact(transaction => appendEvents(transaction, notes(7), at));
		const backup = await chainHead(database.read);
		await witness.transact(transaction => appendEvents(transaction, notes(5), at));
		const raw = beside.raw();
		await raw('events').where('seq', '>', backup.seq).delete();
		await raw('chain_head').update({seq: backup.seq, hash: backup.hash});

		await witness.transact(transaction => appendEvents(transaction, notes(1), at));
		const [, note] = await newestEvents(witness.read, 2);
		t.like(note, {seq: 8, kind: 'note', source: 'rule', data: {lostFrom: 8, lostTo: 12, foundHead: backup.hash}});
		t.regex(note?.text ?? '', /^Events 8 to 12, which were acknowledged, are not in this database: it ended at event 7\. An older backup/);
		t.regex(logged.join('\n'), /LOST EVENTS: Events 8 to 12/);
		t.is(logged.length, 1);
		await witness.transact(transaction => appendEvents(transaction, notes(1), at));
		t.is(logged.length, 1);
		t.like(await verifyChain(witness.read), {intact: true, events: 10});
	},
);

onEachDatabase('an older database that was written to again is noticed by its chain', async (t, database, beside) => {
	await database.transact(transaction => appendEvents(transaction, notes(3), at));
	const raw = beside.raw();
	const other = await beside.open();
	await raw('events').where('seq', '>', 2).delete();
	const [last] = await raw('events').where({seq: 2});
	await raw('chain_head').update({seq: 2, hash: last.hash});
	await other.transact(transaction => appendEvents(transaction, notes(1), at));
	await database.transact(transaction => appendEvents(transaction, notes(1), at));
	const texts = (await newestEvents(database.read, 10)).map(({text}) => text);
	t.is(texts.filter(text => /^Event 3, and maybe others before it, was acknowledged and is not in this database/.test(text)).length, 1);
	t.like(await verifyChain(database.read), {intact: true, events: 5});
});

onEachDatabase('a loss that could not be written down is written down by the next transaction', async (t, database, beside) => {
	const logged: string[] = [];
	const witness = await beside.open({log: text => void logged.push(text)});
	await witness.transact(transaction => appendEvents(transaction, notes(2), at));
	const raw = beside.raw();
	await raw('events').delete();
	await raw('chain_head').update({seq: 0, hash: '0'.repeat(64)});
	await t.throwsAsync(() => witness.transact(() => Promise.reject(new AppError('conflict', 'no'))), {message: 'no'});
	t.deepEqual(logged, []);
	await witness.transact(async () => undefined);
	t.is(logged.length, 1);
	t.regex((await newestEvents(database.read, 1))[0]?.text ?? '', /^Events 1 to 2, which were acknowledged/);
});
