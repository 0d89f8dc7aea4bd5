import {deployStore, nextNumber} from '../../../server/stores/deploys.ts';
import {at, onEachDatabase} from '../../helpers/store.ts';

const opening = {
	service: 'app',
	fingerprint: 'f',
	targets: [{repository: 'app', sha: 'a'.repeat(40)}],
	rollbackKind: 'no',
	takesBack: null,
	actor: {kind: 'person', name: 'Robin'},
} as const;

onEachDatabase('a deploy comes back as it went in, and a host that asks twice asked once', async (t, database) => {
	const key = await database.transact(async ({sql}) => {
		const deploys = deployStore(sql);
		const {id} = await deploys.ensure('app', 'f', opening.targets, at);
		const attempt = await deploys.openAttempt({...opening, deploy: id, attempt: 1}, at);
		t.true(await deploys.recordCall(attempt, 'before', 'deploy1', 'm', at));
		t.false(await deploys.recordCall(attempt, 'before', 'deploy1', 'm', '2026-03-02T10:00:01.000Z'));
		return attempt;
	});
	t.is(key.deploy, 'D-2026-0001');
	t.like(await deployStore(database.read).get(key), {...opening, deploy: 'D-2026-0001', attempt: 1, openedAt: at, state: 'open'});
	t.deepEqual(await deployStore(database.read).calls(key), [
		{stage: 'before', host: 'deploy1', machine: 'm', firstAt: at, lastAt: '2026-03-02T10:00:01.000Z'},
	]);
});

onEachDatabase('a counter gives each number once, however many count at once', async (t, database, {open}) => {
	const other = await open();
	const numbers = await Promise.all(
		Array.from({length: 20}, (_, index) => (index % 2 === 0 ? database : other).transact(({sql}) => nextNumber(sql, 'deploys'))),
	);
	t.deepEqual(
		[...numbers].sort((a, b) => a - b),
		Array.from({length: 20}, (_, index) => index + 1),
	);
});
