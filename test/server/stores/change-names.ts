/** Which changes a change names, and the way back: who names it, however they wrote it. */
import test from 'ava';
import type {Change} from '../../../gate/facts.ts';
import {changeNameStore, namesBy, waysToName} from '../../../server/stores/change-names.ts';
import {changeStore} from '../../../server/stores/changes.ts';
import {landedStore} from '../../../server/stores/landed.ts';
import {landedNeedsStore} from '../../../server/stores/landed-needs.ts';
import * as step from '../../../server/stores/migrations/0009-change-names.ts';
import {onEachDatabase} from '../../helpers/store.ts';

const sha = (letters: string): string => letters.padEnd(40, '0');
const id = `I${'a'.repeat(40)}`;
const made = (name: string, message: string): Change => ({id: name, repository: 'app', sha: sha(name), message});

test('a change names what it needs, what needs it and what it reverts, each once, and nothing else', t => {
	const message = [
		'Read the table',
		'',
		`Mentions ${sha('fffffff')} in passing.`,
		`This reverts commit ${sha('bbbb111')}.`,
		`Depends-On: ${id}, I12345678`,
		`depends-on:${id}`,
		'Needed-By: 12345',
		'Depends on: the other one',
	].join('\n');
	t.deepEqual(
		namesBy('k', {message}).map(({kind, reference}) => `${kind} ${reference}`),
		[`depends-on ${id}`, 'depends-on I12345678', 'needed-by 12345', `reverts ${sha('bbbb111')}`],
	);
	t.deepEqual(namesBy('k', {}), []);
});

test('a change may be named by its commit or Change-Id, cut to any length that the grammar takes', t => {
	const ways = waysToName({id: 'aaaa111', sha: sha('aaaa111'), changeId: id.toUpperCase().replace('I', 'I')});
	for (const name of ['aaaa111', sha('aaaa111'), id, id.slice(0, 9)]) t.true(ways.includes(name), name);
	for (const name of ['aaaa11', id.slice(0, 8)]) t.false(ways.includes(name), name);
});

onEachDatabase('what names a change is found by whatever name it used', async (t, database) => {
	const readers = [made('bbbb111', `Read\n\nDepends-On: ${id}\n`), made('cccc111', `Read\n\nDepends-On: ${id.slice(0, 12)}\n`)];
	const other = made('dddd111', `Read\n\nDepends-On: I${'b'.repeat(40)}\n`);
	const keys = await database.transact(({sql}) => changeStore(sql).ensure([...readers, other]));
	const names = changeNameStore(database.read);
	const ways = waysToName({id: 'aaaa111', sha: sha('aaaa111'), changeId: id});
	t.deepEqual((await names.naming('depends-on', ways, 10)).sort(), keys.slice(0, 2).sort());
	t.deepEqual(await names.naming('needed-by', ways, 10), []);
	await database.transact(({sql}) => changeStore(sql).ensure(readers));
	t.is((await database.read('change_names')).length, 3);
});

onEachDatabase('the step fills in what the changes that are there name, however many', async (t, database, {raw}) => {
	const many = Array.from({length: 450}, (_, index) => made(`e${String(index).padStart(6, '0')}`, `Read\n\nDepends-On: ${id}\n`));
	await database.transact(({sql}) => changeStore(sql).ensure([...many, made('aaaa111', 'Add\n')]));
	const hand = raw();
	await hand.schema.dropTable('change_names');
	await hand.schema.dropTable('landed_breaks');
	await hand.schema.alterTable('landed_changes', table => {
		table.dropIndex(['reverted_by']);
	});
	await step.up(hand);
	const rows: {kind: string; reference: string}[] = await hand('change_names');
	t.is(rows.length, 450);
	t.true(rows.every(({kind, reference}) => kind === 'depends-on' && reference === id));
});

onEachDatabase('the live changes that say what they need are found without reading the others', async (t, database) => {
	const at = '2026-03-02T10:00:00.000Z';
	const by = {deploy: 'D-1', attempt: 1};
	const needy = made('bbbb111', `Read\n\nDepends-On: ${id}\n`);
	await database.transact(async ({sql}) => {
		const keys = await changeStore(sql).ensure([made('aaaa111', 'Add\n'), needy, made('cccc111', `Read\n\nDepends-On: ${id}\n`)]);
		await landedStore(sql).addChanges('app', 'east', keys.slice(0, 2), by, at);
		await landedStore(sql).addChanges('other', 'east', keys.slice(2), by, at);
	});
	const store = landedNeedsStore(database.read);
	t.deepEqual(
		(await store.withNeeds('app', 10)).map(({change}) => change),
		[needy],
	);
	t.deepEqual((await store.named(['BBBB111', 'aaaa1110', '12345', 'owner/name#1'], 10)).map(({change}) => change.id).sort(), [
		'aaaa111',
		'bbbb111',
	]);
});
