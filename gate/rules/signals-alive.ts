/** Rule: 0 errors counts only when the signal is proven alive. Silence is never a pass. */
import {amount, lasting, listed} from '../canary/words.ts';
import type {Facts, Look, Signal} from '../facts.ts';
import {type RawFinding, rule} from '../rule.ts';

/** Why one cannot tell; each asks for another remedy. */
export type BlindKind = 'no full answer' | 'dead signal' | 'stale' | 'canary never heard from';

type AliveLimits = {readonly fresh: number; readonly heard_within: number; readonly quorum: number};
type Blind = {readonly kind: BlindKind; readonly because: string; readonly remedy: string; readonly pending?: true};

const dayMs = 86_400_000;

/** Each required signal must have matched on the baseline within a day, be fresh on both arms, and have heard every canary. */
export const signalsAlive = rule({
	name: 'signals-alive',
	why: 'A monitor that does not show the fault looks exactly like a healthy deploy.',
	stages: ['canaries'],
	precondition: false,
	limits: {
		fresh: {type: 'ms', default: 60_000, min: 1000, max: dayMs, why: 'The newest event on each arm may not be older than this.'},
		heard_within: {
			type: 'ms',
			default: 30_000,
			min: 0,
			max: dayMs,
			why: 'How long after its call a canary may stay unheard while the look is going on.',
		},
		quorum: {
			type: 'number',
			default: 1,
			min: 0.01,
			max: 10_000,
			why: 'How many canaries must be heard from: a share up to 1 (1 is all of them), a count above it.',
		},
	},
	check(facts, limits): readonly RawFinding[] {
		const {signals, service} = facts;
		if (!signals.some(({required}) => required))
			return [
				{
					outcome: 'unknown',
					because: `no ${signals.length > 0 ? 'required ' : ''}signal is configured for ${service}: nothing can be seen`,
					remedy: `add a signal for ${service} to the configuration, then: signalbox doctor --service ${service}`,
				},
			];
		const dead = signals.flatMap(signal => blindFindings(signal, facts, limits));
		// Optional signals only warn; that they are silent does not unsay that the required ones are alive.
		return dead.some(({required}) => required)
			? dead.map(({finding}) => finding)
			: [aliveFinding(facts), ...dead.map(({finding}) => finding)];
	},
});

function blindFindings(signal: Signal, facts: Facts, limits: AliveLimits): {required: boolean; finding: RawFinding}[] {
	const blind = firstBlind(signal, facts, limits);
	if (blind === null) return [];
	const {kind, because, remedy, pending} = blind;
	const waiting = pending && signal.required;
	const finding: RawFinding = {
		outcome: signal.required && !pending ? 'unknown' : 'warn',
		because: `${signal.name}${signal.required ? '' : ' (not required)'}: ${kind}: ${because}`,
		evidence: proofEvidence(signal),
		remedy: waiting ? null : `signalbox doctor --service ${facts.service}; ${remedy}`,
		data: {signal: signal.name, kind, required: signal.required},
		...(waiting ? {undecided: true} : {}),
	};
	return [{required: signal.required, finding}];
}

/** The first thing that keeps the signal from being proven, the most basic first: each later proof rests on the ones before. */
function firstBlind(signal: Signal, facts: Facts, limits: AliveLimits): Blind | null {
	const {failure} = signal.proof;
	if (failure !== undefined)
		return {kind: 'no full answer', because: failure || 'the source failed', remedy: `see whether ${signal.source} answers in full`};
	return (
		deadBaseline(signal) ??
		(facts.look === null ? null : unheardCanaries(signal, facts, facts.look, limits)) ??
		staleArm(signal, facts, limits)
	);
}

function deadBaseline({proof, counts, source}: Signal): Blind | null {
	const matched = proof.matchedOnBaseline;
	const remedy = `run the query of ${source} by hand: is its filter still right, and do the baseline hosts still write there?`;
	if ('missing' in matched)
		return {kind: 'dead signal', because: `whether it matches on the baseline is not known: ${matched.missing}`, remedy};
	if (!(matched.count > 0 && Number.isFinite(matched.count)))
		return {
			kind: 'dead signal',
			because: `no ${counts} on the baseline within ${lasting(matched.withinMs)}, so it would not show any on a canary`,
			remedy,
		};
	if (!(matched.withinMs <= dayMs))
		return {kind: 'dead signal', because: `it is only known to have matched within ${lasting(matched.withinMs)}, not within a day`, remedy};
	return null;
}

function unheardCanaries(signal: Signal, facts: Facts, look: Look, {heard_within, quorum}: AliveLimits): Blind | null {
	const remedy = `see whether the canaries are up, take traffic and write to ${signal.source}`;
	if (look.canaries.length === 0) return {kind: 'canary never heard from', because: 'no canary host is named', remedy};
	const heardMs = newestPerHost(signal);
	const unheard = look.canaries.filter(({host, since}) => !((heardMs.get(host) ?? Number.NaN) >= sinceMsOf(since)));
	const all = look.canaries.length;
	const needed = Math.min(all, Math.max(1, quorum > 1 ? Math.ceil(quorum) : Math.ceil(quorum * all - 1e-9)));
	if (all - unheard.length >= needed) return null;
	const nowMs = Date.parse(facts.at);
	// A canary that has not called yet is waited for until the look ends; one that has called must soon be heard.
	const late = unheard.filter(({since}) => since !== null && !(nowMs - Date.parse(since) < heard_within));
	const pending = !look.final && late.length === 0;
	const named = (late.length > 0 ? late : unheard).map(({host, since}) => (since === null ? `${host} (has not called)` : host));
	return {
		kind: 'canary never heard from',
		because: `${listed(named)}: nothing since the deploy; ${all - unheard.length} of ${all} canaries heard from${pending ? ' yet' : ''}, ${needed} needed`,
		remedy,
		...(pending ? {pending: true} : {}),
	};
}

/** An arm whose newest event is too old, lies ahead of the clock, or does not exist. */
function staleArm(signal: Signal, facts: Facts, {fresh}: AliveLimits): Blind | null {
	const {newestAt} = signal.proof;
	const arms = facts.look === null ? (['baseline'] as const) : (['canary', 'baseline'] as const);
	for (const arm of arms) {
		const at = newestAt[arm];
		const words = arm === 'canary' ? 'the canaries' : 'the baseline';
		const remedy = `see whether log lines from ${words} still reach ${signal.source}`;
		if (at === null) return {kind: 'stale', because: `no event at all from ${words}`, remedy};
		const ageMs = Date.parse(facts.at) - Date.parse(at);
		if (Number.isNaN(ageMs)) return {kind: 'stale', because: `the time of the newest event from ${words} cannot be read`, remedy};
		if (ageMs > fresh)
			return {kind: 'stale', because: `the newest event from ${words} is ${lasting(ageMs)} old, ${lasting(fresh)} allowed`, remedy};
		if (-ageMs > fresh)
			return {
				kind: 'stale',
				because: `the newest event from ${words} lies ${lasting(-ageMs)} in the future`,
				remedy: `see the clock of its host and the time zone declared for ${signal.source}`,
			};
	}
	return null;
}

function newestPerHost({proof}: Signal): Map<string, number> {
	const newest = new Map<string, number>();
	for (const {host, newestAt} of proof.canaries) {
		const atMs = newestAt === null ? Number.NaN : Date.parse(newestAt);
		if (!Number.isNaN(atMs)) newest.set(host, Math.max(atMs, newest.get(host) ?? atMs));
	}
	return newest;
}

const sinceMsOf = (since: string | null): number => (since === null ? Number.NaN : Date.parse(since));

function aliveFinding(facts: Facts): RawFinding {
	const required = facts.signals.filter(signal => signal.required);
	const canaries = facts.look === null ? '' : `, ${facts.look.canaries.length} canaries asked for`;
	return {
		outcome: 'pass',
		because: `${listed(required.map(({name}) => name))}: alive on both arms${canaries}`,
		evidence: required.flatMap(proofEvidence),
		remedy: null,
	};
}

function proofEvidence({name, proof, source}: Signal): {label: string; text: string}[] {
	const {matchedOnBaseline: matched, newestAt, lagMs} = proof;
	const lag = typeof lagMs === 'number' ? lasting(lagMs) : `not known: ${lagMs.missing}`;
	return [
		{
			label: `${name}: matched on baseline`,
			text: 'missing' in matched ? `not known: ${matched.missing}` : `${amount(matched.count)} within ${lasting(matched.withinMs)}`,
		},
		{label: `${name}: newest event`, text: `canaries ${newestAt.canary ?? 'none'}, baseline ${newestAt.baseline ?? 'none'}, lag ${lag}`},
		{label: `${name}: heard`, text: listed(proof.canaries.map(({host, newestAt: at}) => `${host} ${at ?? 'never'}`)) || 'no canary'},
		{label: `${name}: source`, text: source},
	];
}
