/** People, links, sessions and tokens on both engines. */
import {hashOf} from '../../../server/secret.ts';
import {peopleStore} from '../../../server/stores/people.ts';
import {linkStore, sessionStore} from '../../../server/stores/sessions.ts';
import {tokenStore} from '../../../server/stores/tokens.ts';
import {at, onEachDatabase} from '../../helpers/store.ts';

const later = '2026-03-03T10:00:00.000Z';
const riley = {id: 'riley', name: 'Riley', role: 'editor', madeAt: at} as const;

onEachDatabase('a person comes back as they went in, by any way to write the name, and twice is refused', async (t, database) => {
	await database.transact(({sql}) => peopleStore(sql).add(riley));
	const {named, get, list, admins} = peopleStore(database.read);
	t.deepEqual(await get('riley'), {...riley, seenAt: null, disabledAt: null});
	for (const name of ['riley', 'RILEY', 'Ｒiley']) t.is((await named(name))?.id, 'riley', name);
	t.is(await named('%'), null);
	await t.throwsAsync(database.transact(({sql}) => peopleStore(sql).add({...riley, id: 'other', name: 'rileY'})));
	await database.transact(({sql}) => peopleStore(sql).setRole('riley', 'admin'));
	await database.transact(({sql}) => peopleStore(sql).setDisabled('riley', at));
	t.deepEqual([await admins({disabledToo: true}), await admins({disabledToo: false})], [1, 0]);
	t.is((await list()).length, 1);
});

onEachDatabase('a link is used once, however many press it, and a session ends with its time and its person', async (t, database) => {
	await database.transact(({sql}) => peopleStore(sql).add(riley));
	const hash = hashOf('a link');
	await database.transact(({sql}) => linkStore(sql).add({hash, person: 'riley', at, expiresAt: later}));
	t.is((await linkStore(database.read).usable(hash, at))?.person, 'riley');
	t.is(await linkStore(database.read).usable(hash, later), null);
	const uses = await Promise.all(Array.from({length: 5}, () => database.transact(({sql}) => linkStore(sql).use(hash, at))));
	t.deepEqual(uses.filter(Boolean), [true]);
	const session = hashOf('a session');
	await database.transact(({sql}) => sessionStore(sql).add({hash: session, person: 'riley', at, expiresAt: later}));
	const find = (now: string) => sessionStore(database.read).find(session, now);
	t.like(await find(at), {hash: session, seenAt: at, expiresAt: later, person: {name: 'Riley', role: 'editor'}});
	t.is(await find(later), null);
	await database.transact(({sql}) => peopleStore(sql).setDisabled('riley', at));
	t.is(await find(at), null);
	await database.transact(({sql}) => sessionStore(sql).dropExpired(later));
	t.deepEqual(await database.read('sessions'), []);
});

onEachDatabase('a token is found by its id and secret together, while it is in force', async (t, database) => {
	const token = {
		id: '0123456789',
		name: 'fleet',
		role: 'deployer',
		services: ['app'],
		madeAt: at,
		madeBy: 'robin',
		expiresAt: later,
	} as const;
	const hash = hashOf('a secret');
	await database.transact(({sql}) => tokenStore(sql).add({...token, hash}));
	const {find, isNamed, list} = tokenStore(database.read);
	t.deepEqual(await find(token.id, hash, at), {...token, revokedAt: null, seenAt: null});
	t.is(await find(token.id, hashOf('another'), at), null);
	t.is(await find('another', hash, at), null);
	t.is(await find(token.id, hash, later), null);
	t.deepEqual([await isNamed('fleet', at), await isNamed('fleet', later)], [true, false]);
	await database.transact(({sql}) => tokenStore(sql).revoke(token.id, at));
	t.is(await find(token.id, hash, at), null);
	t.is((await list()).length, 1);
});
