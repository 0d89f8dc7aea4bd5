/**
 * The plain rule of the first canary checks: wait, then compare a number. Kept as a choice, for fleets whose people know it.
 * `count` is scap's check of today: so many errors on the canaries within the last `wait`. `fold` is that of 2016: the canaries' rate
 * is so many times the baseline's, with a floor so that one error on a quiet host does not fail it; against the baseline now,
 * since a baseline of the hour before is moved by the last incident or failed deploy. What both cannot see: `fold` is a coin toss at
 * exactly its ratio and blind below, however large the counts; `count` fits one level of traffic only.
 */
import type {Facts, Look, Signal} from '../facts.ts';
import type {RawFinding} from '../rule.ts';
import {type CountedWindow, countWindow, harmLooks, perHost, pooled} from './counting.ts';
import type {Pair} from './evidence.ts';
import {amount, counted, lasting, listed} from './words.ts';

/** `wait` in milliseconds; `count` errors; `fold` times the baseline's rate from `fold_floor` errors on. 0 is off for count and fold. */
export type PlainLimits = {readonly wait: number; readonly count: number; readonly fold: number; readonly fold_floor: number};

/** Findings of the plain rule, one for each signal. */
export function plainFindings(facts: Facts, look: Look, limits: PlainLimits): RawFinding[] {
	if (!(limits.count > 0 || limits.fold > 0))
		return [
			{
				outcome: 'unknown',
				because: 'the plain test has neither a count nor a fold to compare with: nothing can be seen',
				remedy: 'set count or fold of canary-errors in the policy',
			},
		];
	return facts.signals.flatMap(signal => {
		const found = plainFinding(signal, facts, look, limits);
		if (signal.required) return [found];
		// An optional signal never stops a deploy; only its harm is said.
		return found.outcome === 'rollback'
			? [{...found, outcome: 'warn' as const, because: `${signal.name} (not required): ${found.because}`}]
			: [];
	});
}

function plainFinding(signal: Signal, facts: Facts, look: Look, limits: PlainLimits): RawFinding {
	const untilMs = Date.parse(facts.at);
	const closed = countWindow(signal, Date.parse(look.harmFrom), untilMs);
	const remedy = `signalbox doctor --service ${facts.service}`;
	const endMs = (closed.newest?.atMs ?? Number.NaN) + signal.bucketMs;
	// The window ends at the data, not at now: a late source must not shorten it.
	const seenMs = endMs - Date.parse(look.startedAt);
	if (!(seenMs >= limits.wait)) {
		const blind = look.final && closed.newest === null;
		const seen = closed.newest === null ? 'no bucket has closed' : `${lasting(Math.max(0, seenMs))} seen`;
		return {
			outcome: blind ? 'unknown' : 'warn',
			because: `${signal.name}: ${seen} of the ${lasting(limits.wait)} to wait for`,
			remedy: blind ? remedy : null,
			...(blind ? {} : {undecided: true}),
		};
	}
	// At least one whole bucket, also where `wait` is shorter than that.
	const fromMs = Math.max(Date.parse(look.harmFrom), endMs - Math.max(limits.wait, signal.bucketMs));
	return compared(signal, countWindow(signal, fromMs, untilMs), facts, look, limits);
}

function compared(signal: Signal, window: CountedWindow, facts: Facts, look: Look, limits: PlainLimits): RawFinding {
	const pair = pooled(harmLooks(window.usable));
	const words = counted(pair, signal.counts, signal.exposureUnit);
	const hosts = perHost(window.usable);
	const base = {
		evidence: [
			{label: `${signal.name}: counted`, text: `${words}, within the last ${lasting(limits.wait)}`},
			{
				label: `${signal.name}: hosts`,
				text: listed(hosts.map(({host, count, exposure}) => `${host} ${amount(count)} in ${amount(exposure)}`)) || 'none',
			},
			{label: `${signal.name}: source`, text: `${signal.counts} over ${signal.exposureUnit}, from ${signal.source}`},
		],
		data: {
			test: 'plain',
			signal: signal.name,
			...pair,
			perHost: hosts,
			missing: window.lost.length,
			wait: limits.wait,
			count: limits.count,
			fold: limits.fold,
			foldFloor: limits.fold_floor,
		},
	};
	const remedy = `signalbox doctor --service ${facts.service}`;
	const reached = reachedLimit(pair, limits);
	if (reached)
		return {
			...base,
			outcome: 'rollback',
			because: `${words}: ${reached}`,
			remedy: `signalbox rollback --service ${facts.service} --plan --reason "errors on canaries"`,
		};
	const lost = window.lost.at(-1);
	if (lost)
		return {
			...base,
			outcome: 'unknown',
			because: `${signal.name}: a bucket is missing on the ${lost.arm}: ${lost.why}`,
			remedy,
			...again(look),
		};
	if (limits.fold > 0 && pair.baseline.exposure === 0)
		return {
			...base,
			outcome: 'unknown',
			because: `${signal.name}: the baseline has no ${signal.exposureUnit} to compare with`,
			remedy,
			...again(look),
		};
	const unheard = look.canaries.filter(({host, since}) => since === null || !hosts.some(part => part.host === host)).map(({host}) => host);
	if (unheard.length > 0 || look.canaries.length === 0)
		return {
			...base,
			outcome: 'warn',
			because:
				unheard.length > 0 ? `not decided: ${listed(unheard)} not heard from since the deploy` : 'not decided: no canary host is named',
			remedy: look.final ? remedy : null,
			undecided: true,
		};
	return {...base, outcome: 'pass', because: words, remedy: null};
}

const again = ({final}: Look): {undecided?: true} => (final ? {} : {undecided: true});

function reachedLimit({canary, baseline}: Pair, {count, fold, fold_floor}: PlainLimits): string | null {
	if (count > 0 && canary.count >= count) return `${amount(count)} or more`;
	if (!(fold > 0 && canary.count > 0 && canary.count >= fold_floor && baseline.exposure > 0)) return null;
	// Multiplied out, so that neither a silent baseline nor uncounted canary requests divide by zero.
	return canary.count * baseline.exposure > fold * baseline.count * canary.exposure
		? `more than ${amount(fold)}x the baseline's rate`
		: null;
}
