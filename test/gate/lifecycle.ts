/** The machine of a deploy's life, walked through in random order: hosts, retries, late answers, rollbacks, closes, hours of silence. */
import test from 'ava';
import fc from 'fast-check';
import {
	type Attempt,
	type AttemptOutcome,
	answered,
	idleAttempts,
	isOut,
	type Recognition,
	recognise,
	type StageState,
} from '../../gate/lifecycle.ts';
import type {VerdictWord} from '../../gate/verdict.ts';

const stages = ['before', 'canaries', 'production'];
const idleMs = 30 * 60_000;
const startMs = Date.parse('2026-03-02T10:00:00.000Z');

type Step =
	| {readonly do: 'ask'; readonly fingerprint: string; readonly stage: string; readonly host: string; readonly rollback: boolean}
	| {readonly do: 'answer'; readonly pick: number; readonly verdict: VerdictWord}
	| {readonly do: 'close'; readonly pick: number; readonly outcome: AttemptOutcome}
	| {readonly do: 'idle'}
	| {readonly do: 'wait'; readonly ms: number};

const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.record({
			do: fc.constant('ask' as const),
			fingerprint: fc.constantFrom('a', 'b'),
			stage: fc.constantFrom(...stages),
			host: fc.constantFrom('h1', 'h2', 'h3'),
			rollback: fc.boolean(),
		}),
	},
	{
		weight: 5,
		arbitrary: fc.record({
			do: fc.constant('answer' as const),
			pick: fc.nat(20),
			verdict: fc.constantFrom<VerdictWord>('go', 'go', 'hold', 'rollback', 'blind'),
		}),
	},
	{
		weight: 1,
		arbitrary: fc.record({
			do: fc.constant('close' as const),
			pick: fc.nat(20),
			outcome: fc.constantFrom<AttemptOutcome>('finished', 'aborted', 'rolled-back', 'unknown'),
		}),
	},
	{weight: 1, arbitrary: fc.constant({do: 'idle' as const})},
	{
		weight: 3,
		arbitrary: fc.record({do: fc.constant('wait' as const), ms: fc.constantFrom(1000, 59_000, 61_000, 29 * 60_000, 31 * 60_000)}),
	},
);

type Asked = {readonly attempt: Attempt; readonly stage: string};

/** What the server does with the machine's answers, without a database. */
class World {
	attempts: Attempt[] = [];
	readonly asked: Asked[] = [];
	readonly calls = new Set<string>();
	callsBefore: ReadonlySet<string> = new Set();
	nowMs = startMs;

	now(): string {
		return new Date(this.nowMs).toISOString();
	}

	find({fingerprint, attempt}: Attempt): Attempt {
		const found = this.attempts.find(known => known.fingerprint === fingerprint && known.attempt === attempt);
		if (!found) throw new Error(`no attempt ${fingerprint}/${attempt}`);
		return found;
	}

	change(attempt: Attempt, difference: Partial<Attempt>): void {
		const before = this.find(attempt);
		this.attempts = this.attempts.map(known => (known === before ? {...known, ...difference} : known));
	}

	ask({fingerprint, stage, host, rollback}: Extract<Step, {do: 'ask'}>): Recognition {
		this.callsBefore = new Set(this.calls);
		const last = this.attempts.filter(attempt => attempt.fingerprint === fingerprint).at(-1);
		const again = last !== undefined && this.calls.has(`${fingerprint}/${last.attempt} ${stage} ${host}`);
		const question = {fingerprint, stage, rollback, at: this.now(), again};
		const recognition = recognise(this.attempts, question, stages);
		for (const {attempt, outcome} of recognition.closes) this.change(attempt, {state: 'closed', outcome, activeAt: this.now()});
		const {attemptNumber: attempt} = recognition;
		const fresh: Attempt = {
			...{deploy: fingerprint, fingerprint, attempt, rollback, state: 'open', outcome: null},
			...{activeAt: this.now(), stages: [], lookUntil: null},
		};
		if (recognition.continues === null) this.attempts.push(fresh);
		const mine = this.find(fresh);
		const asked: StageState = {stage, askedAt: this.now(), verdict: null, verdictAt: null};
		const known = mine.stages.some(other => other.stage === stage);
		this.change(mine, {
			...(known ? {} : {stages: [...mine.stages, asked]}),
			...(recognition.late ? {} : {activeAt: this.now()}),
			...(recognition.proceededOver ? {state: 'open'} : {}),
		});
		this.calls.add(`${fingerprint}/${attempt} ${stage} ${host}`);
		this.asked.push({attempt: this.find(mine), stage});
		return recognition;
	}

	answer({attempt, stage}: Asked, verdict: VerdictWord): ReturnType<typeof answered> {
		const now = this.find(attempt);
		const answer = answered(stage, verdict, attempt, now, stages);
		const given = now.stages.map(known => (known.stage === stage ? {...known, verdict, verdictAt: this.now()} : known));
		this.change(now, {
			stages: given,
			...(now.state === 'closed' ? {} : {state: answer.state, outcome: answer.outcome, activeAt: this.now()}),
		});
		return answer;
	}

	take(action: Step): Recognition | ReturnType<typeof answered> | null {
		if (action.do === 'ask') return this.ask(action);
		if (action.do === 'wait') this.nowMs += action.ms;
		if (action.do === 'idle')
			for (const attempt of idleAttempts(this.attempts, this.now(), idleMs)) this.change(attempt, {state: 'closed', outcome: 'unknown'});
		if (action.do === 'close') {
			const open = this.attempts.filter(({state}) => state !== 'closed');
			const picked = open[action.pick % Math.max(1, open.length)];
			if (picked) this.change(picked, {state: 'closed', outcome: action.outcome, activeAt: this.now()});
		}
		if (action.do === 'answer') {
			const picked = this.asked[action.pick % Math.max(1, this.asked.length)];
			if (picked) return this.answer(picked, action.verdict);
		}
		return null;
	}
}

const walk = (check: (before: readonly Attempt[], world: World, action: Step, result: ReturnType<World['take']>) => boolean) =>
	fc.assert(
		fc.property(fc.array(step, {maxLength: 60}), steps => {
			const world = new World();
			return steps.every(action => {
				const before = [...world.attempts];
				return check(before, world, action, world.take(action));
			});
		}),
		{numRuns: 400},
	);

const at = (attempts: readonly Attempt[], {fingerprint, attempt}: Attempt): Attempt | undefined =>
	attempts.find(known => known.fingerprint === fingerprint && known.attempt === attempt);

test('at most one attempt of a service is not closed', t => {
	walk((_before, world) => world.attempts.filter(({state}) => state !== 'closed').length <= 1);
	t.pass();
});

test('a closed attempt never opens again, and keeps its outcome', t => {
	walk((before, world) =>
		before.every(
			attempt =>
				attempt.state !== 'closed' ||
				(at(world.attempts, attempt)?.state === 'closed' && at(world.attempts, attempt)?.outcome === attempt.outcome),
		),
	);
	t.pass();
});

test('attempt numbers of a deploy are 1, 2, 3, in the order of opening', t => {
	walk((_before, world) =>
		['a', 'b'].every(fingerprint =>
			world.attempts.filter(attempt => attempt.fingerprint === fingerprint).every((attempt, index) => attempt.attempt === index + 1),
		),
	);
	t.pass();
});

test('a rollback is never stopped and opens no incident, and what is no rollback goes only with go', t => {
	walk((_before, world, action, result) => {
		if (action.do !== 'answer' || result === null || !('stop' in result))
			return world.attempts.every(({rollback, state}) => !rollback || state !== 'stopped');
		const picked = world.asked[action.pick % world.asked.length];
		if (picked?.attempt.rollback) return !result.stop && !result.opensIncident && result.state !== 'stopped';
		return result.stop === (action.verdict !== 'go') && result.opensIncident === (action.verdict === 'rollback');
	});
	t.pass();
});

test('a question that says rollback never lands in an attempt that is none', t => {
	walk((_before, world, action) => action.do !== 'ask' || !action.rollback || world.asked.at(-1)?.attempt.rollback === true);
	t.pass();
});

test('going on over a no is said exactly where a stopped attempt is asked about something after what it refused', t => {
	walk((before, _world, action, result) => {
		if (action.do !== 'ask' || result === null || !('proceededOver' in result)) return true;
		const {continues, proceededOver} = result;
		const mine = continues === null ? undefined : at(before, continues);
		const refusedEarlier = mine?.stages.some(
			({stage, verdict}) => verdict !== null && verdict !== 'go' && stages.indexOf(stage) < stages.indexOf(action.stage),
		);
		if (mine?.state === 'stopped' && refusedEarlier) return proceededOver !== null;
		// Otherwise only where further hosts are asked about the first stage once the code is out.
		return proceededOver === null || (action.stage === 'before' && mine?.state === 'stopped' && isOut(mine));
	});
	t.pass();
});

test('a late question changes no attempt but for the call itself', t => {
	walk((before, world, _action, result) => {
		if (result === null || !('late' in result) || !result.late) return true;
		return (
			before.length === world.attempts.length &&
			before.every(attempt => {
				const now = at(world.attempts, attempt);
				return now?.state === attempt.state && now.activeAt === attempt.activeAt;
			})
		);
	});
	t.pass();
});

test('the first stage asked again by the same host after a stop or a close is a new attempt', t => {
	walk((before, world, action, result) => {
		if (action.do !== 'ask' || action.stage !== 'before' || result === null || !('continues' in result)) return true;
		const last = before.filter(({fingerprint}) => fingerprint === action.fingerprint).at(-1);
		if (last === undefined || last.state === 'open') return true;
		// `callsBefore` is as it was when the question came.
		return !world.callsBefore.has(`${action.fingerprint}/${last.attempt} before ${action.host}`) || result.continues === null;
	});
	const world = new World();
	const ask = {do: 'ask', fingerprint: 'a', stage: 'before', host: 'h1', rollback: false} as const;
	world.take(ask);
	world.take({do: 'answer', pick: 0, verdict: 'hold'});
	t.like(world.take({...ask, host: 'h2'}), {attemptNumber: 1});
	t.like(world.take(ask), {continues: null, attemptNumber: 2});
});

test('an answer that comes after another stage stopped the attempt does not open it again', t => {
	const world = new World();
	const ask = {do: 'ask', fingerprint: 'a', host: 'h1', rollback: false} as const;
	world.take({...ask, stage: 'canaries'});
	world.take({...ask, stage: 'production'});
	world.take({do: 'answer', pick: 0, verdict: 'rollback'});
	t.like(world.take({do: 'answer', pick: 1, verdict: 'go'}), {state: 'stopped', outcome: null});
});

test('an attempt is idle after the whole time, and not while the lease of a look runs', t => {
	const attempt: Attempt = {
		...{deploy: 'a', fingerprint: 'a', attempt: 1, rollback: false, state: 'open', outcome: null},
		...{activeAt: '2026-03-02T10:00:00.000Z', stages: [], lookUntil: null},
	};
	const idle = (now: string, more: Partial<Attempt> = {}) => idleAttempts([{...attempt, ...more}], now, idleMs).length;
	t.is(idle('2026-03-02T10:29:59.999Z'), 0);
	t.is(idle('2026-03-02T10:30:00.000Z'), 1);
	t.is(idle('2026-03-02T10:30:00.000Z', {lookUntil: '2026-03-02T10:30:05.000Z'}), 0);
	t.is(idle('2026-03-02T10:30:05.000Z', {lookUntil: '2026-03-02T10:30:05.000Z'}), 1);
	t.is(idle('2026-03-02T11:00:00.000Z', {state: 'closed'}), 0);
});
