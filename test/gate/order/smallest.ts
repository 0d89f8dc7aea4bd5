/** What must be added to a batch, against every other choice: no smaller set works, and the plan's own does. Small cases, all of them tried. */
import test from 'ava';
import fc from 'fast-check';
import type {Change, Facts} from '../../../gate/facts.ts';
import {planOrder} from '../../../gate/order/plan.ts';
import {stableOrder} from '../../../gate/order/stable-order.ts';
import {orderLimitsOf} from '../../../gate/rules/patch-order.ts';
import {change, factsWith} from '../../helpers/quiet-day.ts';

const groups = ['east', 'west'] as const;
const batchSize = 3;
const knownSize = 4;
const size = batchSize + knownSize;
const indexes = Array.from({length: size}, (_, index) => index);
const idOf = (index: number): string => `I${index.toString(16).padStart(8, '0').padEnd(40, 'f')}`;
const rules = {
	...orderLimitsOf({}),
	needs: [{name: 'schema', repository: 'app', path: 'read.php', provider_repository: 'lib', provider_path: 'schema.json'}],
	exclusive: [{name: 'module', old_repository: 'lib', old_path: 'old.js', new_repository: 'app', new_path: 'new.js'}],
};

/** 0 to 2 are the batch, the rest is known. What each needs, what it does to the rules' paths, and where it is live. */
type World = {
	readonly needs: readonly (readonly number[])[];
	readonly does: readonly string[];
	readonly live: readonly (readonly string[])[];
};

const worlds = fc
	.tuple(
		fc.shuffledSubarray(indexes, {minLength: size}),
		fc.array(fc.array(fc.nat({max: size - 1}), {maxLength: 2}), {minLength: size, maxLength: size}),
		fc.array(fc.constantFrom('nothing', 'nothing', 'schema', 'module'), {minLength: size, maxLength: size}),
		fc.array(fc.subarray([...groups]), {minLength: size, maxLength: size}),
	)
	.map(([hidden, raw, does, live]): World => {
		const place = new Map(hidden.map((index, at) => [index, at]));
		return {
			needs: raw.map((others, index) => [...new Set(others)].filter(other => (place.get(other) ?? 0) < (place.get(index) ?? 0))),
			does,
			live: live.map((on, index) => (index < batchSize ? [] : on)),
		};
	});

/** In the batch `schema` reads it and `module` brings the new owner; among the known ones they bring the schema and remove the old owner. */
function changeOf(index: number, {needs, does}: World): Change {
	const inBatch = index < batchSize;
	const path = inBatch ? {schema: 'read.php', module: 'new.js'} : {schema: 'schema.json', module: 'old.js'};
	const did = does[index];
	const kind = did === 'schema' ? (inBatch ? 'modified' : 'added') : inBatch ? 'added' : 'deleted';
	return change(`${index}aaaaaaa`, {
		...{repository: inBatch ? 'app' : 'lib', changeId: idOf(index)},
		message: `x\n\n${(needs[index] ?? []).map(other => `Depends-On: ${idOf(other)}\n`).join('')}`,
		paths: did === 'schema' || did === 'module' ? [{path: path[did], kind: kind as 'added' | 'modified' | 'deleted'}] : [],
	});
}

const factsOf = (world: World): Facts => {
	const all = indexes.map(index => changeOf(index, world));
	const isLive = (group: string, wanted: string): boolean =>
		indexes.some(index => index >= batchSize && world.does[index] === wanted && world.live[index]?.includes(group));
	return factsWith({
		batch: {changes: all.slice(0, batchSize), atomic: false, targets: [], rollback: 'no'},
		known: all.slice(batchSize),
		groups: [...groups],
		landed: groups.map(group => ({
			...{group, heads: [{repository: 'lib', branch: 'live', sha: 'c'.repeat(40)}]},
			changes: indexes.flatMap(index =>
				world.live[index]?.includes(group) ? [{repository: 'lib', sha: all[index]?.sha ?? '', changeId: idOf(index)}] : [],
			),
		})),
		holdings: groups.flatMap(group => [
			{group, repository: 'lib', path: 'schema.json', present: isLive(group, 'schema')},
			{group, repository: 'lib', path: 'old.js', present: !isLive(group, 'module')},
		]),
	});
};

/**
 * Whether the batch can come on all groups, with the added ones on whichever groups they can: nothing that came in makes another one
 * impossible, so whatever may come does.
 */
function canCome(world: World, added: readonly number[]): boolean {
	const live = new Map<string, Set<number>>(
		groups.map(group => [group, new Set(indexes.filter(index => world.live[index]?.includes(group)))]),
	);
	const mayOn = (group: string, index: number): boolean => {
		const there = live.get(group) ?? new Set();
		const wanted = world.does[index];
		const isBrought = indexes.some(other => other >= batchSize && world.does[other] === wanted && there.has(other));
		const isKept = index >= batchSize || wanted === 'nothing' || isBrought;
		return isKept && (world.needs[index] ?? []).every(other => there.has(other));
	};
	let moved = true;
	const comeOn = (on: readonly string[], index: number): void => {
		for (const group of on) {
			if (live.get(group)?.has(index)) continue;
			live.get(group)?.add(index);
			moved = true;
		}
	};
	while (moved) {
		moved = false;
		for (const index of [0, 1, 2]) if (groups.every(group => mayOn(group, index))) comeOn(groups, index);
		for (const index of added)
			comeOn(
				groups.filter(group => mayOn(group, index)),
				index,
			);
	}
	return [0, 1, 2].every(index => groups.every(group => live.get(group)?.has(index)));
}

const subsets = Array.from({length: 2 ** knownSize}, (_, mask) =>
	Array.from({length: knownSize}, (_, bit) => batchSize + bit).filter(index => (mask >> (index - batchSize)) & 1),
).sort((a, b) => a.length - b.length);

test('what the plan adds is the smallest set that any choice could do with', t => {
	let added = 0;
	let chosen = 0;
	fc.assert(
		fc.property(worlds, world => {
			const plan = planOrder(factsOf(world), rules);
			const best = subsets.find(each => canCome(world, each));
			const missing = plan.missing.map(({node}) => node.index);
			if (best === undefined) {
				t.false(plan.works, JSON.stringify(world));
				return;
			}
			t.true(plan.works, JSON.stringify(world));
			t.is(missing.length, best.length, JSON.stringify({world, missing, best}));
			t.true(canCome(world, missing), JSON.stringify({world, missing}));
			if (best.length > 0) added += 1;
			if (best.length > 0 && subsets.some(each => each.length === best.length + 1 && canCome(world, each))) chosen += 1;
		}),
		{numRuns: 400, seed: 20151026},
	);
	t.true(added > 50 && chosen > 10, `${added} worlds lacked something, in ${chosen} there was a choice`);
});

const permutations = (items: readonly number[]): number[][] =>
	items.length === 0 ? [[]] : items.flatMap(first => permutations(items.filter(item => item !== first)).map(rest => [first, ...rest]));

test('the order is the nearest: of all that work, the one that keeps the earliest given changes earliest', t => {
	const pairs = fc.tuple(
		fc.shuffledSubarray([0, 1, 2, 3, 4], {minLength: 5}),
		fc.array(fc.tuple(fc.nat({max: 4}), fc.nat({max: 4})), {maxLength: 6}),
	);
	fc.assert(
		fc.property(pairs, ([hidden, raw]) => {
			const edges = raw.filter(([a, b]) => hidden.indexOf(a) < hidden.indexOf(b));
			const works = (order: readonly number[]): boolean => edges.every(([a, b]) => order.indexOf(a) < order.indexOf(b));
			// Permutations come in the order of their first, then their second … member.
			const nearest = permutations([0, 1, 2, 3, 4]).find(works);
			t.deepEqual([...stableOrder(5, edges).order], nearest);
		}),
		{numRuns: 100},
	);
});
