/** What an explained order answers, in one sentence and one exit code. */
import test from 'ava';
import fc from 'fast-check';
import type {Facts} from '../../gate/facts.ts';
import {explainOrder, orderLimitsOf} from '../../gate/rules/patch-order.ts';
import {movedOf, orderAnswered, orderExit} from '../../reports/order-answer.ts';
import {explainedFifty, explainedFive, fiveChanges, searchLimits} from '../helpers/order-samples.ts';
import {change, factsWith} from '../helpers/quiet-day.ts';
import {removal} from '../helpers/story-2015.ts';

const provider = `I${'e'.repeat(40)}`;
const reader = change('bbbb2222', {message: `Use it\n\nDepends-On: ${provider}\n`});
const provides = change('aaaa1111', {changeId: provider, message: 'Add it\n'});
const facts = (changes: Facts['batch']['changes'], more: Partial<Facts> = {}): Facts =>
	factsWith({batch: {changes, atomic: false, targets: [], rollback: 'no'}, ...more});
const answer = (asked: Facts, passes = false) => orderAnswered(explainOrder(asked, orderLimitsOf({})), passes);

test('an order that works is said to work', t => {
	t.like(answer(facts([provides, reader])), {word: 'as-given', sentence: 'The order works.', moved: 0, added: 0});
});

test('one that does not works as printed, with how much is different', t => {
	t.like(answer(facts([reader, provides])), {word: 'as-printed', sentence: 'This order works: 1 change in another place.'});
	t.like(answer(facts([reader], {known: [provides]})), {word: 'as-printed', sentence: 'This order works: 1 to be added.'});
	t.is(orderAnswered(explainedFive, false).sentence, 'This order works: 1 change in another place, 1 to be added.');
});

test('a ring has no order, and says of how many', t => {
	t.like(orderAnswered(explainedFifty, false), {word: 'none'});
	t.regex(orderAnswered(explainedFifty, false).sentence, /^Hold: no order works, \d+ changes wait for each other in a ring\.$/);
});

test('what nobody can add is a hold, with the reason', t => {
	const alone: Facts = {...fiveChanges, known: []};
	const {word, sentence} = orderAnswered(explainOrder(alone, searchLimits), false);
	t.is(word, 'none');
	t.regex(sentence, /^Hold: WikimediaEvents c0fd944 must wait: CirrusSearch still has /);
});

test('what cannot be seen cannot be told, unless the policy lets it pass as it is', t => {
	const blind = facts([reader]);
	t.like(answer(blind), {word: 'unknown'});
	t.regex(answer(blind).sentence, /^It cannot be told: app bbbb222 depends on /);
	t.is(answer(blind, true).word, 'as-given');
	const unseen = explainOrder({...fiveChanges, known: [], holdings: []}, searchLimits);
	t.is(orderAnswered(unseen, false).word, 'unknown');
});

test('a wrong order with something unseen beside it is not said to work', t => {
	const other = change('cccc3333', {message: `Use another\n\nDepends-On: I${'d'.repeat(40)}\n`});
	t.is(answer(facts([reader, provides, other])).word, 'unknown');
});

test('a removal that is live everywhere leaves nothing to add', t => {
	const landed = fiveChanges.landed.map(group => ({
		...group,
		changes: [{repository: removal.repository, ...(removal.sha === undefined ? {} : {sha: removal.sha})}],
	}));
	const holdings = fiveChanges.holdings.map(holding => ({...holding, present: false}));
	t.is(orderAnswered(explainOrder({...fiveChanges, landed, holdings}, searchLimits), false).added, 0);
});

test('the exit codes are those of the gate', t => t.deepEqual(orderExit, {'as-given': 0, 'as-printed': 0, none: 1, unknown: 4}));

test('what moved is the least that has to be taken out so that the others keep their order', t => {
	t.deepEqual([...movedOf(['a', 'b', 'c', 'd'], ['d', 'a', 'b', 'c'])], ['d']);
	t.deepEqual([...movedOf(['a', 'b'], ['a', 'b'])], []);
	t.deepEqual([...movedOf([], [])], []);
	fc.assert(
		fc.property(fc.uniqueArray(fc.nat({max: 99}), {maxLength: 8}), fc.nat(), (numbers, seed) => {
			const given = numbers.map(String);
			const order = given.toSorted((a, b) => ((Number(a) * 7 + seed) % 13) - ((Number(b) * 7 + seed) % 13) || Number(a) - Number(b));
			const moved = movedOf(given, order);
			const kept = order.filter(id => !moved.has(id));
			t.deepEqual(
				kept,
				given.filter(id => !moved.has(id)),
				'the rest keeps its order',
			);
			// No longer run keeps it: tried one by one, since the lists are short.
			const longest = Array.from({length: 2 ** order.length}, (_, bits) => order.filter((_id, at) => (bits >> at) % 2 === 1))
				.filter(run => run.every((id, at) => at === 0 || given.indexOf(run[at - 1] ?? '') < given.indexOf(id)))
				.reduce((most, run) => Math.max(most, run.length), 0);
			t.is(kept.length, longest);
		}),
		{numRuns: 100},
	);
});
