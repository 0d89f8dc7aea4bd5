/** The lists as the store reads them, on both engines: order, pages, filters, and a search that takes every character for itself. */
import type {AttemptState, AttemptOutcome as StoredOutcome} from '../../../gate/lifecycle.ts';
import {outcomes} from '../../../server/schemas/lists.ts';
import {changeStore} from '../../../server/stores/changes.ts';
import type {Database} from '../../../server/stores/database.ts';
import {deployKey, type ListPage, listDeploys, newestVerdicts} from '../../../server/stores/deploy-list.ts';
import {type DeployAttempt, deployStore} from '../../../server/stores/deploys.ts';
import {eventKey, listEvents} from '../../../server/stores/event-list.ts';
import {incidentKey, listIncidents} from '../../../server/stores/incident-list.ts';
import {incidentStore} from '../../../server/stores/incidents.ts';
import {landedStore} from '../../../server/stores/landed.ts';
import {changesNamed, findLanded, headsNamed, movesOf} from '../../../server/stores/landed-list.ts';
import {appendEvents} from '../../../server/stores/timeline.ts';
import {deployOutcome} from '../../../server/story.ts';
import {noteEvent} from '../../helpers/events.ts';
import {at, onEachDatabase} from '../../helpers/store.ts';

const actor = {kind: 'person', name: 'Robin'} as const;
const time = (minute: number): string => `2026-03-02T10:${String(minute).padStart(2, '0')}:00.000Z`;
const sha = (letters: string): string => letters.padEnd(40, '0');

type Made = {
	readonly service?: string;
	readonly minute: number;
	readonly state?: AttemptState;
	readonly outcome?: StoredOutcome | null;
	readonly told?: string;
};

async function addDeploys(database: Database, made: readonly Made[]): Promise<void> {
	await database.transact(async ({sql}) => {
		const deploys = deployStore(sql);
		for (const [index, {service = 'app', minute, state = 'open', outcome = null, told}] of made.entries()) {
			const targets = [{repository: 'app', sha: sha(`c${index}`)}];
			const {id} = await deploys.ensure(service, `fingerprint ${index}`, targets, time(minute));
			const opening = {deploy: id, attempt: 1, service, fingerprint: `fingerprint ${index}`, targets, actor};
			await deploys.openAttempt({...opening, rollbackKind: 'no', takesBack: null}, time(minute));
			await deploys.setState({deploy: id, attempt: 1}, state, outcome, time(minute));
			if (told !== undefined) await deploys.setSearch(id, [told]);
		}
	});
}

const ids = (rows: readonly DeployAttempt[]): string[] => rows.map(({deploy}) => deploy.slice(-2));

/** Every page from the first to the last, and back again. */
async function walk<Row>(
	read: (place: {towards: 'next' | 'previous'; key: readonly (string | number)[]} | null) => Promise<ListPage<Row>>,
	keyOf: (row: Row) => readonly (string | number)[],
) {
	const forth: Row[][] = [];
	let page = await read(null);
	for (;;) {
		forth.push([...page.rows]);
		const last = page.rows.at(-1);
		if (!page.hasNext || last === undefined) break;
		page = await read({towards: 'next', key: keyOf(last)});
	}
	const back: Row[][] = [];
	for (;;) {
		back.unshift([...page.rows]);
		const first = page.rows[0];
		if (!page.hasPrevious || first === undefined) break;
		page = await read({towards: 'previous', key: keyOf(first)});
	}
	return {forth: forth.flat(), back: back.flat(), pages: forth.length};
}

onEachDatabase('deploys come newest first, each once, forth and back, also where many opened in one instant', async (t, database) => {
	await addDeploys(database, [...Array.from({length: 7}, () => ({minute: 5})), {minute: 1}, {minute: 9}]);
	const {forth, back, pages} = await walk(place => listDeploys(database.read, {}, 2, place), deployKey);
	t.deepEqual(ids(forth), ['09', '07', '06', '05', '04', '03', '02', '01', '08']);
	t.deepEqual(ids(back), ids(forth));
	t.is(pages, 5);
});

onEachDatabase('a row that comes while the list is read neither hides nor repeats another', async (t, database) => {
	await addDeploys(database, [{minute: 1}, {minute: 2}, {minute: 3}]);
	const first = await listDeploys(database.read, {}, 2, null);
	await database.transact(async ({sql}) => {
		const {id} = await deployStore(sql).ensure('app', 'a newer one', [], time(30));
		const opening = {deploy: id, attempt: 1, service: 'app', fingerprint: 'a newer one', targets: [], actor};
		await deployStore(sql).openAttempt({...opening, rollbackKind: 'no', takesBack: null}, time(30));
	});
	const last = first.rows.at(-1);
	if (last === undefined) return t.fail('the page has rows');
	const second = await listDeploys(database.read, {}, 2, {towards: 'next', key: deployKey(last)});
	t.deepEqual([ids(first.rows), ids(second.rows), second.hasNext], [['03', '02'], ['01'], false]);
	return undefined;
});

onEachDatabase('each outcome is found by the word that pages say of it', async (t, database) => {
	const closed: readonly StoredOutcome[] = ['completed', 'finished', 'rolled-back', 'superseded', 'repeated', 'unknown', 'aborted'];
	await addDeploys(database, [
		{minute: 1, state: 'open'},
		{minute: 2, state: 'stopped'},
		...closed.map((outcome, index) => ({minute: 3 + index, state: 'closed' as const, outcome})),
	]);
	const all = (await listDeploys(database.read, {}, 50, null)).rows;
	t.is(all.length, 9);
	for (const outcome of outcomes) {
		const found = (await listDeploys(database.read, {outcome}, 50, null)).rows;
		t.true(found.length > 0, outcome);
		t.deepEqual(ids(found), ids(all.filter(attempt => deployOutcome(attempt) === outcome)), outcome);
	}
});

onEachDatabase('deploys are filtered by service and time, from then on and before then', async (t, database) => {
	await addDeploys(database, [{minute: 1}, {minute: 2, service: 'ores'}, {minute: 3}]);
	const found = async (filter: Parameters<typeof listDeploys>[1]) => ids((await listDeploys(database.read, filter, 50, null)).rows);
	t.deepEqual(await found({service: 'ores'}), ['02']);
	t.deepEqual(await found({since: time(2)}), ['03', '02']);
	t.deepEqual(await found({until: time(2)}), ['01']);
	t.deepEqual(await found({service: 'app', since: time(2), until: time(3)}), []);
});

const odd = ['100%', 'a_b', "it's", 'say "no"', 'back\\slash', '!important', 'Größe', 'ΣΊΣΥΦΟΣ', '漢字', '%_\'"\\'];

onEachDatabase('a search finds what was typed as it stands, in any case, and no character means another', async (t, database) => {
	await addDeploys(database, [
		...odd.map((told, index) => ({minute: index, told: `before ${told} after`})),
		{minute: 50, told: 'axb 100 its back slash'},
	]);
	const incidents = await database.transact(async ({sql}) => {
		const made = [];
		for (const told of odd)
			made.push(await incidentStore(sql).open({service: 'app', key: null, title: `x ${told} y`, status: 'open', openedBy: 'human', at}));
		return made;
	});
	for (const [index, told] of odd.entries())
		for (const typed of [told, told.toUpperCase(), told.toLowerCase()]) {
			const expected =
				index === odd.length - 1
					? [index]
					: odd.flatMap((other, place) => (other.toLowerCase().includes(typed.toLowerCase()) ? [place] : []));
			const deploys = (await listDeploys(database.read, {q: typed}, 50, null)).rows;
			t.deepEqual(
				deploys.map(({openedAt}) => Number(openedAt.slice(14, 16))).sort((a, b) => a - b),
				expected,
				`deploys with ${typed}`,
			);
			const found = (await listIncidents(database.read, {q: typed}, 50, null)).rows;
			t.deepEqual(
				found.map(({id}) => incidents.indexOf(id)).sort((a, b) => a - b),
				expected,
				`incidents with ${typed}`,
			);
		}
	t.is((await listDeploys(database.read, {q: '%'}, 50, null)).rows.length, 2);
	t.is((await listDeploys(database.read, {q: '_'}, 50, null)).rows.length, 2);
});

onEachDatabase('an incident is found by its id, service, title, and by what is known of it now', async (t, database) => {
	const id = await database.transact(async ({sql}) => {
		const store = incidentStore(sql);
		const opened = await store.open({
			service: 'Ores',
			key: {deploy: 'D-2026-0007', attempt: 1},
			title: 'Blank pages',
			status: 'open',
			openedBy: 'gate',
			at,
			about: 'errors on canaries',
		});
		return opened ?? '';
	});
	const finds = async (q: string) => (await listIncidents(database.read, {q}, 5, null)).rows.length === 1;
	for (const q of [id, id.toLowerCase(), 'ores', 'blank PAGES', 'd-2026-0007', 'Errors on']) t.true(await finds(q), q);
	await database.transact(async ({sql}) => {
		await incidentStore(sql).setAbout(id, 'the schema moved first');
		await incidentStore(sql).setTitle(id, 'Search is down');
	});
	t.deepEqual(await Promise.all(['schema moved', 'search is down', 'errors on', 'blank'].map(finds)), [true, true, false, false]);
	const [row] = (await listIncidents(database.read, {}, 5, null)).rows;
	t.like(row, {about: 'the schema moved first', reportVersion: null, openItems: 0});
});

onEachDatabase('incidents come newest first, by status and time, with the newest version of their report', async (t, database) => {
	await database.transact(async ({sql}) => {
		const store = incidentStore(sql);
		for (const [minute, status] of (['open', 'resolved', 'open', 'closed'] as const).entries())
			await store.open({service: 'app', key: null, title: `Incident ${minute}`, status, openedBy: 'human', at: time(minute)});
		for (const body of ['one', 'two']) await store.keepReport('INC-2026-0003', 'template', body, body, at);
	});
	const {forth, back} = await walk(place => listIncidents(database.read, {}, 1, place), incidentKey);
	t.deepEqual(
		forth.map(({title}) => title),
		['Incident 3', 'Incident 2', 'Incident 1', 'Incident 0'],
	);
	t.deepEqual(back, forth);
	const open = await listIncidents(database.read, {status: 'open', since: time(1)}, 5, null);
	t.deepEqual(
		open.rows.map(({title, reportVersion}) => [title, reportVersion]),
		[['Incident 2', 2]],
	);
});

onEachDatabase('events come as they happened, a page at a time, each once', async (t, database) => {
	await database.transact(transaction =>
		appendEvents(
			transaction,
			[3, 1, 1, 2, 1].map((minute, index) =>
				noteEvent({happenedAt: time(minute), text: `event ${index}`, service: index === 3 ? 'ores' : 'app'}),
			),
			at,
		),
	);
	const seen: string[] = [];
	let place = null;
	for (;;) {
		const {rows, hasNext} = await listEvents(database.read, {service: 'app'}, 2, place);
		seen.push(...rows.map(({text}) => text));
		const last = rows.at(-1);
		if (!hasNext || last === undefined) break;
		place = {towards: 'next' as const, key: eventKey(last)};
	}
	t.deepEqual(seen, ['event 1', 'event 2', 'event 4', 'event 0']);
});

onEachDatabase('the newest verdict of each attempt is read, and of no other', async (t, database) => {
	await database.transact(async ({sql}) => {
		const {verdictStore} = await import('../../../server/stores/verdicts.ts');
		const {quietDay} = await import('../../helpers/quiet-day.ts');
		const verdict = (stage: string, minute: number) => ({verdict: 'go' as const, stage, at: time(minute), findings: [], undecided: false});
		for (const [index, [deploy, stage]] of [
			['D-1', 'before'],
			['D-1', 'canaries'],
			['D-2', 'before'],
			['D-3', 'before'],
		].entries())
			await verdictStore(sql).add(`v${index}`, {deploy: deploy ?? '', attempt: 1}, verdict(stage ?? '', index), quietDay);
	});
	const found = await newestVerdicts(database.read, [
		{deploy: 'D-1', attempt: 1},
		{deploy: 'D-2', attempt: 1},
		{deploy: 'D-9', attempt: 1},
	]);
	t.deepEqual([...found].map(([name, {stage}]) => [name, stage]).sort(), [
		['D-1/1', 'canaries'],
		['D-2/1', 'before'],
	]);
});

onEachDatabase('a change is found where it is live or was, by the beginning of its commit or Change-Id', async (t, database) => {
	const change = {id: 'abc1234', repository: 'app', sha: sha('abc1234'), changeId: `I${'d'.repeat(40)}`, subject: 'Move it'};
	const other = {id: 'abc9999', repository: 'app', sha: sha('abc9999')};
	await database.transact(async ({sql}) => {
		const keys = await changeStore(sql).ensure([change, other]);
		const landed = landedStore(sql);
		const key = {deploy: 'D-1', attempt: 1};
		await landed.moveHeads('app', 'east', [{repository: 'app', sha: change.sha}], key, time(1));
		await landed.moveHeads('app', 'west', [{repository: 'app', sha: change.sha}], key, time(2));
		for (const group of ['east', 'west']) await landed.addChanges('app', group, keys.slice(0, 1), key, time(2));
		await landed.moveHeads('app', 'west', [{repository: 'app', sha: other.sha}], null, time(3));
		await landed.markReverted({service: 'app', group: 'west'}, ['abc1234'], 'abc9999', null, time(3));
	});
	for (const name of ['abc1234', change.sha, 'ABC1234', `I${'d'.repeat(7)}`, `i${'D'.repeat(40)}`]) {
		const [found, ...more] = await findLanded(database.read, name);
		t.deepEqual(more, [], name);
		t.deepEqual(
			found?.places.map(({group, since, until, deploy, revertedBy}) => [group, since, until, deploy, revertedBy]),
			[
				['east', time(2), null, 'D-1', null],
				['west', time(2), time(3), 'D-1', 'abc9999'],
			],
			name,
		);
	}
	t.deepEqual((await changesNamed(database.read, 'abc')).map(one => one.change.id).sort(), ['abc1234', 'abc9999']);
	t.deepEqual(await findLanded(database.read, 'fffffff'), []);
	t.deepEqual(await findLanded(database.read, 'abc1234', 'another'), [{change, named: 'commit', places: [], deploys: [], batches: []}]);
	const heads = await headsNamed(database.read, 'abc1234');
	t.deepEqual(heads.map(({group, until}) => [group, until]).sort(), [
		['east', null],
		['west', time(3)],
	]);
	t.deepEqual(
		(await movesOf(database.read, 'app', 'west', 10)).map(head => head.sha.slice(0, 7)),
		['abc9999', 'abc1234'],
	);
});
