import test from 'ava';
import fc from 'fast-check';
import type {Facts, Look, Signal, SignalProof} from '../../../gate/facts.ts';
import {signalsAlive} from '../../../gate/rules/signals-alive.ts';
import {after, factsWith, quietDay, signal} from '../../helpers/quiet-day.ts';

const defaults = {fresh: 60_000, heard_within: 30_000, quorum: 1};

const check = (facts: Facts, limits: Partial<typeof defaults> = {}) => signalsAlive.check(facts, {...defaults, ...limits});

function judge(facts: Facts, limits: Partial<typeof defaults> = {}) {
	const [first] = check(facts, limits);
	if (!first) throw new Error('the rule said nothing');
	return {...first, undecided: first.undecided === true};
}

const proven = (more: Partial<SignalProof>, about: Partial<Signal> = {}): Partial<Facts> => {
	const quiet = signal();
	return {signals: [{...quiet, ...about, proof: {...quiet.proof, ...more}}]};
};

const lookWith = (canaries: Look['canaries'], final = false): Look => ({
	startedAt: after(0),
	harmFrom: after(0),
	canaries,
	baseline: ['b1'],
	final,
});

test('passes on a quiet day and shows the proof', t => {
	const found = judge(quietDay);
	t.is(found.outcome, 'pass');
	t.truthy(found.evidence?.some(({text}) => text === '8,640 within 24 h 0 min'));
});

test('the defaults are those that the rule declares', t => {
	t.deepEqual(Object.fromEntries(Object.entries(signalsAlive.limits).map(([name, spec]) => [name, spec.default])), defaults);
});

test('a partial answer is not an answer', t => {
	const found = judge(factsWith(proven({failure: '2 of 5 shards failed'})));
	t.is(found.outcome, 'unknown');
	t.is(found.because, 'errors: no full answer: 2 of 5 shards failed');
	t.regex(found.remedy ?? '', /^signalbox doctor --service app; /);
	t.is(judge(factsWith(proven({failure: ''}))).outcome, 'unknown');
});

test('a query that matched nothing on the baseline within a day is dead', t => {
	for (const count of [0, -3, Number.NaN, Number.POSITIVE_INFINITY]) {
		const found = judge(factsWith(proven({matchedOnBaseline: {count, withinMs: 86_400_000}})));
		t.is(found.outcome, 'unknown');
		t.regex(found.because, /^errors: dead signal: no errors on the baseline within 24 h/);
	}
	t.is(judge(factsWith(proven({matchedOnBaseline: {count: 9, withinMs: 7 * 86_400_000}}))).outcome, 'unknown');
	t.regex(judge(factsWith(proven({matchedOnBaseline: {missing: 'no index'}}))).because, /dead signal: .* no index/);
});

test('an arm whose newest event is old, missing, unreadable or in the future is stale', t => {
	for (const arm of ['canary', 'baseline'] as const)
		for (const at of [after(239), null, 'soon', after(361)]) {
			const found = judge(factsWith(proven({newestAt: {canary: after(299), baseline: after(299), [arm]: at}})));
			t.is(found.outcome, 'unknown', `${arm} ${at}`);
			t.regex(found.because, arm === 'canary' ? /stale: .*the canaries/ : /stale: .*the baseline/);
		}
	t.is(judge(factsWith(proven({newestAt: {canary: after(240), baseline: after(240)}}))).outcome, 'pass');
});

const heard = (c1: string | null, c2: string | null): Partial<Facts> =>
	proven({
		canaries: [
			{host: 'c1', newestAt: c1},
			{host: 'c2', newestAt: c2},
		],
	});

test('a canary that was heard only before its restart was never heard from', t => {
	const look = lookWith([
		{host: 'c1', since: after(100)},
		{host: 'c2', since: after(100)},
	]);
	const found = judge(factsWith({...heard(after(299), after(99)), look}));
	t.is(found.outcome, 'unknown');
	t.is(found.because, 'errors: canary never heard from: c2: nothing since the deploy; 1 of 2 canaries heard from, 2 needed');
	t.is(judge(factsWith({...heard(after(299), after(100)), look})).outcome, 'pass');
	t.is(judge(factsWith({...proven({canaries: []}), look})).outcome, 'unknown');
});

test('a canary not heard yet is waited for, until it is late or the look ends', t => {
	const canaries = [
		{host: 'c1', since: after(100)},
		{host: 'c2', since: after(280)},
	];
	t.like(judge(factsWith({...heard(after(299), after(200)), look: lookWith(canaries)})), {outcome: 'warn', undecided: true});
	t.like(judge(factsWith({...heard(after(299), after(200)), look: lookWith(canaries, true)})), {outcome: 'unknown', undecided: false});
	t.like(judge(factsWith({...heard(after(299), after(200)), look: lookWith(canaries)}), {heard_within: 10_000}), {outcome: 'unknown'});
});

test('a canary that has not called is waited for while the look goes on, and unknown at its end', t => {
	const canaries = [
		{host: 'c1', since: after(0)},
		{host: 'c2', since: null},
	];
	t.like(judge(factsWith({look: lookWith(canaries)})), {outcome: 'warn', undecided: true});
	const last = judge(factsWith({look: lookWith(canaries, true)}));
	t.is(last.outcome, 'unknown');
	t.regex(last.because, /c2 \(has not called\)/);
});

test('a quorum is a share up to one and a count above it', t => {
	const canaries = Array.from({length: 4}, (_, index) => ({host: `c${index + 1}`, since: after(0)}));
	const facts = factsWith({look: lookWith(canaries, true)});
	t.is(judge(facts).outcome, 'unknown');
	t.is(judge(facts, {quorum: 0.5}).outcome, 'pass');
	t.is(judge(facts, {quorum: 0.51}).outcome, 'unknown');
	t.is(judge(facts, {quorum: 2}).outcome, 'pass');
	t.is(judge(facts, {quorum: 3}).outcome, 'unknown');
	t.is(judge(facts, {quorum: 100}).outcome, 'unknown');
});

test('without a signal or a canary nothing is alive', t => {
	t.is(judge(factsWith({signals: []})).because, 'no signal is configured for app: nothing can be seen');
	t.is(judge(factsWith({signals: [signal({required: false})]})).outcome, 'unknown');
	t.is(judge(factsWith({look: lookWith([], true)})).outcome, 'unknown');
});

test('a dead optional signal only warns', t => {
	const optional = {...signal({name: 'jobs', required: false}), proof: {...signal().proof, failure: 'timed out'}};
	const found = check(factsWith({signals: [signal(), optional]}));
	t.deepEqual(
		found.map(({outcome}) => outcome),
		['pass', 'warn'],
	);
	t.regex(found[1]?.because ?? '', /^jobs \(not required\): no full answer: timed out/);
});

test('before canaries are asked the baseline alone is judged', t => {
	t.is(judge(factsWith({look: null})).outcome, 'pass');
	t.is(judge(factsWith({look: null, ...proven({newestAt: {canary: null, baseline: null}})})).outcome, 'unknown');
});

test('no strange time or count passes or crashes', t => {
	const time = fc.constantFrom(null, '', 'yesterday', '+275760-09-13T00:00:00.000Z', after(299));
	const number = fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY, -1, 0, 1e300, 5);
	fc.assert(
		fc.property(time, time, time, number, number, fc.boolean(), (canary, baseline, host, count, withinMs, final) => {
			const look = lookWith([{host: 'c1', since: after(0)}], final);
			const facts = factsWith({
				look,
				...proven({newestAt: {canary, baseline}, canaries: [{host: 'c1', newestAt: host}], matchedOnBaseline: {count, withinMs}}),
			});
			const {outcome, because} = judge(facts);
			const fine =
				canary === after(299) && baseline === after(299) && host !== null && Date.parse(host) >= Date.parse(after(0)) && count > 0;
			return (outcome !== 'pass' || fine) && !/NaN|Infinity|undefined/.test(because);
		}),
	);
	t.pass();
});
