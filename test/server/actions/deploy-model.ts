/**
 * The real actions on a real SQLite file, in random order, against a small model of what must be live: hosts that ask at once, retries,
 * questions sent again, owners that die, late hosts, overrides, idle closes, announcements, rollbacks by content.
 */
import test from 'ava';
import fc from 'fast-check';
import type {Signal} from '../../../gate/facts.ts';
import type {NewEvent} from '../../../reports/events.ts';
import {allow} from '../../../server/actions/allow.ts';
import type {CheckResult} from '../../../server/actions/check-deploy.ts';
import {writing} from '../../../server/actions/deps.ts';
import {hearAnnouncement} from '../../../server/actions/hear-announcement.ts';
import {closeIdle} from '../../../server/actions/watch-deploys.ts';
import type {CheckRequest} from '../../../server/schemas/check.ts';
import type {DeployAttempt} from '../../../server/stores/deploys.ts';
import {verifyChain} from '../../../server/stores/timeline.ts';
import {batchTo, question, type ServiceUnderTest, serviceUnderTest, settableSignal, sha, usualService} from '../../helpers/service.ts';

const runs = 12;
const servicesMax = 450;
const stages = ['before', 'testservers', 'canaries', 'production'] as const;
const reach: Readonly<Record<string, readonly string[]>> = {
	before: [],
	testservers: ['test'],
	canaries: ['canary'],
	production: ['test', 'canary', 'default'],
};
const robin = {kind: 'person', name: 'Robin'} as const;

const letters = fc.constantFrom('a', 'b', 'c');
const stage = fc.constantFrom(...stages);
const step = fc.oneof(
	{weight: 8, arbitrary: fc.record({do: fc.constant('ask' as const), letters, stage, hosts: fc.integer({min: 1, max: 4})})},
	{weight: 3, arbitrary: fc.record({do: fc.constant('out' as const), letters})},
	{weight: 2, arbitrary: fc.constant({do: 'retry' as const})},
	{weight: 2, arbitrary: fc.constant({do: 'resend' as const})},
	{weight: 2, arbitrary: fc.record({do: fc.constant('force' as const), letters, stage})},
	{weight: 2, arbitrary: fc.record({do: fc.constant('revert' as const), letters, stage})},
	{
		weight: 2,
		arbitrary: fc.record({
			do: fc.constant('announce' as const),
			what: fc.constantFrom('finished' as const, 'rolling-back' as const, 'aborted' as const),
		}),
	},
	{weight: 1, arbitrary: fc.record({do: fc.constant('dead-owner' as const), stage})},
	{weight: 2, arbitrary: fc.record({do: fc.constant('sight' as const), clear: fc.boolean()})},
	{weight: 1, arbitrary: fc.constant({do: 'allow' as const})},
	{weight: 1, arbitrary: fc.record({do: fc.constant('wait' as const), ms: fc.constantFrom(61_000, 31 * 60_000)})},
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const signal: Signal = {
	...{name: 'errors', counts: 'errors', exposureUnit: 'requests', source: 'file:x', required: false, bucketMs: 10_000, buckets: []},
	proof: {matchedOnBaseline: {count: 1, withinMs: 1000}, newestAt: {canary: null, baseline: null}, canaries: [], lagMs: 0},
};

type Place = {readonly commit: string | null; readonly by: string | null};
type Sent = {readonly stage: string; readonly request: CheckRequest; readonly result: CheckResult};

/** One service of the file, and what the model knows of it. */
class Life {
	readonly under: ServiceUnderTest;
	readonly name: string;
	readonly sight: {clear: boolean};
	readonly past: Record<string, Place[]> = {test: [], canary: [], default: []};
	readonly closed = new Map<string, string>();
	last: Sent | null = null;
	private counter = 0;

	constructor(under: ServiceUnderTest, name: string, sight: {clear: boolean}) {
		this.under = under;
		this.name = name;
		this.sight = sight;
	}

	attempts(): Promise<DeployAttempt[]> {
		return this.under.stores().deploys.recent(500, this.name);
	}

	/** Asks from hosts that were never heard of, all at once; the model moves what an after stage brings. */
	async ask(stageName: string, hosts: number, more: Partial<CheckRequest>): Promise<string | null> {
		const open = new Set((await this.attempts()).filter(({state}) => state !== 'closed').map(nameOf));
		const known = new Set((await this.attempts()).map(nameOf));
		const requests = Array.from({length: hosts}, () => this.request(stageName, more));
		const results = await Promise.all(requests.map(request => this.under.ask(stageName, request)));
		const [first] = results;
		const [request] = requests;
		if (!first || !request) return 'nothing was asked';
		this.last = {stage: stageName, request, result: first};
		this.land(first, stageName, request, open, known);
		const answers = new Set(results.map(({deploy, attempt, at, verdict}) => `${deploy}/${attempt} ${at} ${verdict}`));
		return answers.size === 1 ? null : `hosts that asked at once got ${[...answers].join(' and ')}`;
	}

	request(stageName: string, more: Partial<CheckRequest>): CheckRequest {
		this.counter += 1;
		const host = `host${this.counter}`;
		return question(stageName, {service: this.name, host, machine: host, askedAt: this.under.clock.now(), ...more});
	}

	/** What stands live by the model, unless the attempt was closed before: then its host was late, and what it runs was counted. */
	land(result: CheckResult, stageName: string, request: CheckRequest, open: ReadonlySet<string>, known: ReadonlySet<string>): void {
		const by = nameOf(result);
		if (known.has(by) && !open.has(by)) return;
		const commit = request.batch.targets[0]?.sha ?? null;
		for (const group of reach[stageName] ?? []) if (this.at(group).commit !== commit) this.past[group]?.push({commit, by});
	}

	at(group: string): Place {
		return this.past[group]?.at(-1) ?? {commit: null, by: null};
	}

	restore(by: string): void {
		for (const places of Object.values(this.past)) {
			const former = places.at(-2);
			if (places.at(-1)?.by === by && former) places.push({commit: former.commit, by: null});
		}
	}

	async announce(what: 'finished' | 'rolling-back' | 'aborted'): Promise<void> {
		const attempts = await this.attempts();
		const isOut = (attempt: DeployAttempt) => attempt.stages.some(({stage: asked}) => asked !== 'before');
		const open = attempts.find(({state}) => state !== 'closed');
		const meant = open ?? attempts.find(attempt => isOut(attempt) && !attempt.rollback && attempt.outcome !== 'rolled-back');
		if (what === 'rolling-back' && meant && isOut(meant)) {
			this.restore(nameOf(meant));
			if (meant.state === 'closed') this.closed.set(nameOf(meant), 'closed rolled-back');
		}
		this.counter += 1;
		const event: NewEvent = {
			...{kind: what === 'rolling-back' ? 'rollback_started' : 'deploy_finished', source: 'announcement', actor: robin},
			...{happenedAt: this.under.clock.now(), precision: 'ms', text: what, data: {}, idempotencyKey: `${this.name}-said-${this.counter}`},
			...{service: null, deploy: null, attempt: null, incident: null},
		};
		await hearAnnouncement(this.under.deps, event, {service: this.name, what, user: 'robin'});
	}

	async deadOwner(stageName: string): Promise<string | null> {
		const open = (await this.attempts()).find(({state}) => state === 'open');
		if (!open) return null;
		const newest = await this.under.stores().deploys.newestLook(open, stageName);
		const {clock, deps} = this.under;
		const lease = new Date(Date.parse(clock.now()) + 30_000).toISOString();
		const look = {deploy: open.deploy, attempt: open.attempt, stage: stageName, number: (newest?.number ?? 0) + 1, owner: 'dead'};
		await writing(deps, stores => stores.deploys.startLook({...look, started_at: clock.now(), lease_until: lease, verdict_id: null}));
		const commit = open.targets[0]?.sha.replace(/0+$/, '') ?? 'a';
		const asked = this.ask(stageName, 2, {...batchTo(commit), deadlineMs: 120_000});
		// Pushed again and again, since the question may not have reached its wait yet.
		let isOver = false;
		const done = asked.finally(() => {
			isOver = true;
		});
		while (!isOver) {
			await new Promise(resolve => setTimeout(resolve, 20));
			clock.push(1500);
		}
		return done;
	}

	async resend(): Promise<string | null> {
		if (!this.last) return null;
		const {stage: stageName, request, result} = this.last;
		const again = await this.under.ask(stageName, request);
		const stored = (await this.under.events({service: this.name})).filter(event => event.idempotencyKey === request.idempotencyKey);
		if (stored.length !== 1) return `the same key is stored ${stored.length} times`;
		return again.deploy === result.deploy && again.attempt === result.attempt ? null : 'a question sent again went to another attempt';
	}

	async take(action: Step): Promise<string | null> {
		const {clock, deps} = this.under;
		switch (action.do) {
			case 'ask':
				return this.ask(action.stage, action.hosts, batchTo(action.letters));
			case 'out':
				for (const each of stages) await this.ask(each, 1, batchTo(action.letters));
				return null;
			case 'force':
				return this.ask(action.stage, 1, {...batchTo(action.letters), mode: 'force', reason: 'test'});
			case 'revert': {
				const message = `Revert\n\nThis reverts commit ${sha(action.letters).slice(0, 12)}.\n`;
				return this.ask(action.stage, 2, batchTo(`d${action.letters}`, {message}));
			}
			case 'retry':
				if (!this.last) return null;
				return this.ask(this.last.stage, 1, {...this.last.request, idempotencyKey: question('x').idempotencyKey});
			case 'resend':
				return this.resend();
			case 'announce':
				await this.announce(action.what);
				return null;
			case 'dead-owner':
				return this.deadOwner(action.stage);
			case 'sight':
				this.sight.clear = action.clear;
				return null;
			case 'allow':
				this.counter += 1;
				await allow(deps, {
					service: this.name,
					rule: null,
					forMs: 60_000,
					reason: 'test',
					actor: robin,
					idempotencyKey: `${this.name}-allow-${this.counter}`,
				});
				return null;
			case 'wait':
				clock.push(action.ms);
				await closeIdle(deps);
				return null;
		}
	}

	/** What must hold after every step; null: all of it does. */
	async broken(): Promise<string | null> {
		const attempts = await this.attempts();
		if (attempts.filter(({state}) => state !== 'closed').length > 1) return 'two attempts are open';
		for (const attempt of attempts) {
			const before = this.closed.get(nameOf(attempt));
			if (before !== undefined && attempt.state !== 'closed') return `${nameOf(attempt)} was opened again`;
			if (attempt.state === 'closed') this.closed.set(nameOf(attempt), `closed ${attempt.outcome}`);
			if (attempt.rollback) {
				const said = (await this.under.stores().verdicts.of(attempt)).map(({verdict}) => verdict.verdict);
				if (said.some(verdict => verdict !== 'go')) return `the rollback ${nameOf(attempt)} was held`;
			}
		}
		const incidents = await this.under.stores().incidents.list(100, {service: this.name});
		const about = incidents.map(({deploy, attempt}) => `${deploy}/${attempt}`);
		if (new Set(about).size !== about.length) return 'an attempt has two incidents';
		const heads = new Map((await this.under.stores().landed.heads(this.name)).map(head => [head.group, head.sha]));
		const wrong = Object.keys(this.past).find(group => (heads.get(group) ?? null) !== this.at(group).commit);
		return wrong === undefined ? null : `${wrong} is at ${heads.get(wrong)}, and ought to be at ${this.at(wrong).commit}`;
	}
}

const nameOf = ({deploy, attempt}: {deploy: string; attempt: number}): string => `${deploy}/${attempt}`;

test('whatever the order, hosts that ask at once agree, attempts and incidents are one, and landed is what was asked about last', async t => {
	const sight = {clear: true};
	const settable = settableSignal(signal);
	const reader = {
		...settable.reader,
		signal: () => (sight.clear ? signal : {...signal, required: true, proof: {...signal.proof, failure: 'no answer'}}),
	};
	const policy = {
		rules: {'canary-errors': 'off', 'patch-order': 'off', 'signals-alive': {stages: ['before', 'canaries', 'production']}},
		unknown: 'blind',
	};
	// Each run has a service of its own, those that narrow a failure down too.
	const names = Array.from({length: servicesMax}, (_, index) => `app${index}`);
	const services = Object.fromEntries(names.map(name => [name, {...usualService, announced_as: [name], policy}]));
	const under = await serviceUnderTest(t, {config: {services}, signals: [reader]});
	let used = 0;
	await fc.assert(
		fc.asyncProperty(fc.array(step, {minLength: 4, maxLength: 12}), async steps => {
			sight.clear = true;
			const life = new Life(under, names[used++ % servicesMax] ?? 'app0', sight);
			for (const action of steps) {
				const problem = (await life.take(action)) ?? (await life.broken());
				if (problem !== null) throw new Error(`${problem}, after ${JSON.stringify(action)}`);
			}
		}),
		{numRuns: runs, interruptAfterTimeLimit: 60_000},
	);
	t.true((await verifyChain(under.deps.database.read)).intact);
});
