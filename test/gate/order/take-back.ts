import test from 'ava';
import type {Change, Facts} from '../../../gate/facts.ts';
import {planTakeBack, revertsOf, tracesBack} from '../../../gate/order/take-back.ts';
import {change, factsWith, quietDay} from '../../helpers/quiet-day.ts';

const nothing = {order: {exclusive: [], drain: []}, doors: {oneWay: [], together: []}};
const live = (changes: readonly Change[], groups = ['east', 'west']) =>
	groups.map(group => ({
		...{
			group,
			heads: [],
			changes: changes.map(({repository, sha, changeId}) => ({repository, ...(sha ? {sha} : {}), ...(changeId ? {changeId} : {})})),
		},
	}));

/** What taking `batch` back means, with what else is live. */
function plan(batch: readonly Change[], others: readonly Change[] = [], rules: Partial<typeof nothing> = {}, more: Partial<Facts> = {}) {
	const facts = factsWith({
		batch: {...quietDay.batch, changes: revertsOf(batch), rollback: 'said'},
		known: [...batch, ...others],
		landed: live([...batch, ...others]),
		...more,
	});
	return planTakeBack(facts, batch, {...nothing, ...rules});
}
const ids = (changes: readonly {id: string}[]) => changes.map(({id}) => id);
const needs = (id: string, other: string, more: Partial<Change> = {}) =>
	change(id, {repository: `repo-${id}`, message: `x\n\nDepends-On: ${other.padEnd(40, '0')}\n`, ...more});

test('taking back runs against the order in which it went out', t => {
	t.deepEqual(ids(plan([change('aaaa1111'), change('bbbb2222'), change('cccc3333')]).order), ['cccc3333', 'bbbb2222', 'aaaa1111']);
	t.deepEqual(plan([change('aaaa1111')]).standing, []);
});

test('dependents go first, also where they went out first, over several repositories', t => {
	const provider = change('aaaa1111', {repository: 'provider'});
	const user = needs('bbbb2222', 'aaaa1111');
	const third = needs('cccc3333', 'bbbb2222');
	for (const given of [
		[provider, user, third],
		[third, user, provider],
		[user, third, provider],
	])
		t.deepEqual(ids(plan(given).order), ['cccc3333', 'bbbb2222', 'aaaa1111']);
});

test('the outage of 2015, forced through in the wrong order: the new owner leaves before the old one returns', t => {
	const removal = change('aaaa1111', {repository: 'CirrusSearch', paths: [{path: 'schema/search.js', kind: 'deleted'}]});
	const addition = change('bbbb2222', {repository: 'WikimediaEvents', paths: [{path: 'modules/search.js', kind: 'added'}]});
	const exclusive = [
		{
			...{name: 'schema.Search', old_repository: 'CirrusSearch', old_path: 'schema/search.js'},
			...{new_repository: 'WikimediaEvents', new_path: 'modules/search.js'},
		},
	];
	for (const given of [
		[removal, addition],
		[addition, removal],
	])
		t.deepEqual(ids(plan(given, [], {order: {exclusive: exclusive as never, drain: []}}).order), ['bbbb2222', 'aaaa1111']);
	const alone = plan([removal], [addition], {order: {exclusive: exclusive as never, drain: []}});
	t.regex(
		alone.standing[0]?.because ?? '',
		/modules\/search\.js of WikimediaEvents, which is still on every group \(exclusive rule schema\.Search\)/,
	);
});

test('what is live and still stands on it is named, with the groups where it is', t => {
	const provider = change('aaaa1111', {repository: 'provider'});
	const user = needs('bbbb2222', 'aaaa1111');
	const everywhere = plan([provider], [user]);
	t.is(everywhere.standing[0]?.because, 'Live, and standing on provider aaaa111: repo-bbbb2222 bbbb222 (every group). Take it back first.');
	const west = [...live([provider], ['east']), ...live([provider, user], ['west'])];
	const some = plan([provider], [user], {}, {landed: west});
	t.deepEqual(some.standing[0]?.groups, ['west']);
	const third = needs('cccc3333', 'bbbb2222');
	const deep = [...live([provider, user], ['east']), ...live([provider, user, third], ['west'])];
	const [standing] = plan([provider], [user, third], {}, {landed: deep}).standing;
	t.is(
		standing?.because,
		'Live, and standing on provider aaaa111: repo-bbbb2222 bbbb222 (east); repo-cccc3333 cccc333, repo-bbbb2222 bbbb222 (west). Take them back first, in this order.',
	);
	t.deepEqual(plan([provider], [user], {}, {landed: live([provider])}).standing, [], 'what is not live stands on nothing');
	t.deepEqual(plan([provider, user]).standing, [], 'what goes back with it does not stay');
});

test('a ring is said as one, and its members are not said to stay', t => {
	const one = needs('aaaa1111', 'bbbb2222');
	const other = needs('bbbb2222', 'aaaa1111');
	const {rings, order} = plan([one, other]);
	t.deepEqual(
		rings.map(ring => ids(ring).toSorted()),
		[['aaaa1111', 'bbbb2222']],
	);
	t.is(order.length, 2, 'all of it is in the plan, in some order');
});

test('a change without a commit is planned too, and doors and pairs are of the batch', t => {
	const {sha: _sha, ...nameless} = change('aaaa1111', {message: 'x\n\nOne-Way: mail is sent\n'});
	const pair = {name: 'pair', repository: 'app', with_repository: 'puppet'};
	const {order, doors, bound} = plan([nameless], [], {doors: {oneWay: [], together: [pair] as never}});
	t.deepEqual(ids(order), ['aaaa1111']);
	t.deepEqual(
		doors.map(({reason, rule}) => [reason, rule]),
		[['mail is sent', null]],
	);
	t.deepEqual(
		bound.map(({other, companions}) => [other.repository, companions.length]),
		[['puppet', 0]],
	);
});

test('a chain of 10,000 changes that went out in the wrong order is planned in a moment', t => {
	const chain = Array.from({length: 10_000}, (_, index) => {
		const id = (0x10000000 + index).toString(16);
		return change(id, {
			repository: `r${index % 7}`,
			message: index === 0 ? 'x\n' : `x\n\nDepends-On: ${(0x10000000 + index - 1).toString(16)}\n`,
		});
	});
	// Of the processor, since other tests want it too; walking each step of the wrong order took minutes.
	const before = process.cpuUsage();
	const {order} = plan(chain.toReversed());
	t.deepEqual(ids(order).slice(0, 2), ids(chain.slice(-2).toReversed()));
	t.true(process.cpuUsage(before).user < 15_000_000);
});

test('a link that nobody declared holds on the way back: the new owner is out before the old one is back, however they went out', t => {
	const removal = change('aaaa1111', {repository: 'old'});
	const addition = change('bbbb2222', {repository: 'new'});
	const blob = {blob: 'f'.repeat(40), bytes: 1204};
	const module = {kind: 'module', name: 'schema.Search', line: 3};
	for (const batch of [
		[removal, addition],
		[addition, removal],
	]) {
		const judged = factsWith({
			batch: {...quietDay.batch, changes: batch},
			traces: {
				names: [
					{...module, change: removal.id, does: 'unregisters', path: 'Hooks.php'},
					{...module, change: addition.id, does: 'registers', path: 'Events.php'},
				],
				uses: [],
				blobs: [
					{...blob, change: removal.id, does: 'leaves', path: 'search.js'},
					{...blob, change: addition.id, does: 'enters', path: 'modules/search.js'},
				],
				unread: [],
			},
		});
		const traces = tracesBack(judged, batch);
		const known = traces === undefined ? {} : {traces};
		t.deepEqual(ids(plan(batch, [], {}, known).order), ['bbbb2222', 'aaaa1111']);
		t.deepEqual(
			ids(plan(batch).order),
			batch.toReversed().map(({id}) => id),
			'without what was seen of them, backwards is all there is to go by',
		);
	}
	t.is(tracesBack(factsWith({}), [removal]), undefined);
});
