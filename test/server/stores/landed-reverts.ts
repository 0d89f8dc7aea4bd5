/** A revert, a revert of it, and so on, in the ledger of what is live on a group. */
import type {ExecutionContext} from 'ava';
import type {Change} from '../../../gate/facts.ts';
import {changeStore} from '../../../server/stores/changes.ts';
import type {Database} from '../../../server/stores/database.ts';
import {landedStore} from '../../../server/stores/landed.ts';
import {revertName} from '../../../server/stores/landed-reverts.ts';
import {onEachDatabase} from '../../helpers/store.ts';

const place = {service: 'app', group: 'east'};
const sha = (letters: string): string => letters.padEnd(40, '0');
const time = (minute: number): string => `2026-03-02T10:0${minute}:00.000Z`;
const made = (id: string, reverts?: string): Change => ({
	...{id, repository: 'app', sha: sha(id)},
	message: reverts === undefined ? `Change ${id}\n` : `Revert "it"\n\nThis reverts commit ${sha(reverts)}.\n`,
});
const [x, first, second, third] = [made('aaaa111'), made('bbbb111', 'aaaa111'), made('cccc111', 'bbbb111'), made('dddd111', 'cccc111')];

async function lands(database: Database, change: Change, attempt: number, reverts?: Change): Promise<void> {
	await database.transact(async ({sql}) => {
		const landed = landedStore(sql);
		const by = {deploy: 'D-1', attempt};
		await landed.addChanges(place.service, place.group, await changeStore(sql).ensure([change]), by, time(attempt));
		if (reverts !== undefined) await landed.markReverted(place, [reverts.sha ?? ''], revertName(change), by, time(attempt));
	});
}

/** The ids of what is live, with who brought it. */
async function live(database: Database): Promise<string[]> {
	const changes = await landedStore(database.read).changes(place.service, place.group);
	return changes
		.filter(({revertedBy}) => revertedBy === undefined)
		.map(({sha: whole = '', deploy = ''}) => `${whole.slice(0, 7)} ${deploy}`)
		.sort();
}

const all = async (t: ExecutionContext, database: Database) => {
	await lands(database, x, 1);
	await lands(database, first, 2, x);
	t.deepEqual(await live(database), ['bbbb111 D-1/2']);
	await lands(database, second, 3, first);
};

onEachDatabase('a revert of a revert that lands makes the change live again, by that deploy', async (t, database) => {
	await all(t, database);
	t.deepEqual(await live(database), ['aaaa111 D-1/3', 'cccc111 D-1/3']);
});

onEachDatabase('a revert of the revert of a revert takes it out again', async (t, database) => {
	await all(t, database);
	await lands(database, third, 4, second);
	t.deepEqual(await live(database), ['bbbb111 D-1/4', 'dddd111 D-1/4']);
});

onEachDatabase('a deploy that is taken back and had reverted something leaves it live again', async (t, database) => {
	await lands(database, x, 1);
	await lands(database, first, 2, x);
	await database.transact(({sql}) => landedStore(sql).removeBroughtBy({deploy: 'D-1', attempt: 2}, place.group, 'app', time(3)));
	t.deepEqual(await live(database), ['aaaa111 D-1/1']);
});

onEachDatabase('a change that came again by itself since is not brought twice', async (t, database) => {
	await lands(database, x, 1);
	await lands(database, first, 2, x);
	await lands(database, x, 3);
	await lands(database, second, 4, first);
	t.deepEqual(await live(database), ['aaaa111 D-1/3', 'cccc111 D-1/4']);
});
