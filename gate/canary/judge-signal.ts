/**
 * What one signal says of the canaries: the evidence of harm and of safety, the numbers for a reader, and what stands between it and
 * a pass. The rule decides over all signals; see rules/canary-errors.ts.
 */
import type {Facts, Look, Signal} from '../facts.ts';
import {
	type CountedWindow,
	countWindow,
	type HostCount,
	harmLooks,
	type LostBucket,
	perHost,
	pooled,
	safetyLooks,
	settle,
	type UsableBucket,
} from './counting.ts';
import {addLook, harmMixture, type LogProducts, logEvidence, logEvidenceOf, nothingSeen, type Pair, safeMixture} from './evidence.ts';
import {type RatioInterval, ratioInterval} from './interval.ts';
import {excludedRatio, exposureNeeded, type Pace, rateUpperBound, waitingMaxMs, waitingMs} from './waiting.ts';
import {listed} from './words.ts';

/** The limits of the sequential test, as the policy writes them. `absolute_limit` is errors per request, 0 is off. */
export type SequentialLimits = {
	readonly alpha: number;
	readonly beta: number;
	readonly rho_bad: number;
	readonly rho_ok: number;
	readonly absolute_limit: number;
	readonly missing_max: number;
};

/** A canary host's part in it; `addsNothing` says why it adds nothing to safety, and is null where it does. */
export type HostPart = HostCount & {readonly since: string | null; readonly addsNothing: string | null};

const nothing = {
	unheard: 'not heard from since the deploy',
	early: 'no bucket has closed since its restart',
	unread: 'no reading since its restart',
	idle: 'no traffic since its restart',
	stranger: 'not one of the canaries asked for',
} as const;

export type JudgedSignal = {
	readonly signal: Signal;
	readonly window: CountedWindow;
	/** Pooled over what may count as harm, and over what may count as safety. */
	readonly harm: Pair;
	readonly safety: Pair;
	readonly interval: RatioInterval;
	readonly logHarm: number;
	readonly logSafe: number;
	/** Upper bound of errors per request at 1 - beta; null where there is none or the limit is off. */
	readonly rateBound: number | null;
	readonly safeBy: 'ratio' | 'absolute' | null;
	readonly hosts: readonly HostPart[];
	/** Why it may not pass even with enough evidence of safety. */
	readonly bars: readonly string[];
	/** Set where the newest bucket is missing on the canaries: they cannot be seen now. */
	readonly unseen: LostBucket | null;
	/** The smallest ratio that is excluded now. */
	readonly excluded: number | null;
	/** Even without a single canary error there would be too little evidence. */
	readonly tooLittle: boolean;
	/** Milliseconds to the exclusion of rho_bad, to the absolute limit, and the shorter of them; null is never, or over a day. */
	readonly needed: {readonly ratioMs: number | null; readonly absoluteMs: number | null; readonly ms: number | null};
};

const paceBuckets = 30;

/** Judges one signal of a look, all canary hosts together. */
export function judgeSignal(signal: Signal, facts: Facts, look: Look, limits: SequentialLimits): JudgedSignal {
	const untilMs = Date.parse(facts.at);
	const window = countWindow(signal, Date.parse(look.harmFrom), untilMs);
	const harm = settle(harmLooks(window.usable));
	const safety = settle(safetyLooks(window.usable, look.canaries));
	const safe = safeMixture(limits.rho_bad);
	const products = safety.looks.reduce((running, pair) => addLook(safe, running, pair), nothingSeen(safe));
	const logSafe = logEvidence(safe, products);
	// The absolute limit asks nothing of the baseline, so looks in which only that arm had no exposure count for it.
	const proven = pooled(safetyLooks(window.usable, look.canaries)).canary;
	const rateBound = signal.exposureUnit === 'requests' ? rateUpperBound(proven.count, proven.exposure, limits.beta) : null;
	const hosts = hostParts(window, look);
	const enough = Math.log(1 / limits.beta);
	const unseen = window.newest && 'why' in window.newest && window.newest.arm === 'canaries' ? window.newest : null;
	const pace = paceOf(signal, window, look, untilMs);
	const errorless = safety.looks.map(({canary, baseline}) => ({canary: {...canary, count: 0}, baseline}));
	return {
		signal,
		window,
		harm: pooled(harm.looks),
		safety: pooled(safety.looks),
		interval: ratioInterval(pooled(harm.looks), {rhoOk: limits.rho_ok}),
		logHarm: logEvidenceOf(harmMixture(limits.rho_ok), harm.looks),
		logSafe,
		rateBound,
		safeBy: logSafe >= enough ? 'ratio' : rateBound !== null && rateBound < limits.absolute_limit ? 'absolute' : null,
		hosts,
		bars: barsOf(window, look, hosts, safety.unplaced, limits),
		unseen,
		excluded: excludedRatio(safety.looks, limits.rho_bad, limits.beta),
		tooLittle: logEvidenceOf(safe, errorless) < enough,
		needed: neededOf(signal, products, pace, proven, limits),
	};
}

/** The log of the evidence of harm without one host, and without any host where none is named. */
export const logHarmWithout = ({window}: JudgedSignal, host: string, rhoOk: number): number =>
	logEvidenceOf(harmMixture(rhoOk), settle(harmLooks(window.usable, host)).looks);

/** Whether the other canaries are proven safe once this host is left out. */
export const safeWithout = ({window, bars}: JudgedSignal, host: string, look: Look, limits: SequentialLimits): boolean =>
	bars.length === 0 &&
	logEvidenceOf(safeMixture(limits.rho_bad), settle(safetyLooks(window.usable, look.canaries, host)).looks) >= Math.log(1 / limits.beta);

/** Each host's own readings, gathered once: to look through all hosts for each of them takes most of a look at a large fleet. */
function partsByHost(buckets: readonly UsableBucket[]): Map<string, {readonly atMs: number; readonly part: HostCount}[]> {
	const byHost = new Map<string, {readonly atMs: number; readonly part: HostCount}[]>();
	for (const {atMs, hosts} of buckets)
		for (const part of hosts) {
			const own = byHost.get(part.host);
			if (own) own.push({atMs, part});
			else byHost.set(part.host, [{atMs, part}]);
		}
	return byHost;
}

function hostParts(window: CountedWindow, look: Look): HostPart[] {
	const counts = new Map(perHost(window.usable).map(count => [count.host, count]));
	const parts = partsByHost(window.usable);
	const expected = look.canaries.map(({host, since}) => {
		const {count = 0, exposure = 0} = counts.get(host) ?? {};
		const sinceMs = since === null ? Number.NaN : Date.parse(since);
		const later = window.usable.filter(({atMs}) => atMs >= sinceMs);
		const own = (parts.get(host) ?? []).filter(({atMs}) => atMs >= sinceMs).map(({part}) => part);
		return {host, count, exposure, since, addsNothing: whyNothing(sinceMs, later.length, own)};
	});
	const named = new Set(look.canaries.map(({host}) => host));
	const others = [...counts.values()]
		.filter(({host}) => !named.has(host))
		.map(count => ({...count, since: null, addsNothing: nothing.stranger}));
	return [...expected, ...others];
}

function whyNothing(sinceMs: number, closed: number, own: readonly HostCount[]): string | null {
	if (Number.isNaN(sinceMs)) return nothing.unheard;
	if (closed === 0) return nothing.early;
	if (own.length === 0) return nothing.unread;
	return own.some(({exposure}) => exposure > 0) ? null : nothing.idle;
}

function barsOf(window: CountedWindow, look: Look, hosts: readonly HostPart[], unplaced: number, limits: SequentialLimits): string[] {
	const bars: string[] = [];
	// A host without traffic is only named: nobody may wait for a depooled machine. One without a reading is not known to be quiet.
	for (const reason of [nothing.unheard, nothing.early, nothing.unread]) {
		const silent = hosts.filter(({addsNothing}) => addsNothing === reason).map(({host}) => host);
		if (silent.length > 0) bars.push(`${listed(silent)}: ${reason}`);
	}
	if (look.canaries.length === 0) bars.push('no canary host is named');
	const {newest} = window;
	if (newest && 'why' in newest) bars.push(`the newest bucket is missing on the ${newest.arm}: ${newest.why}`);
	const sinces = look.canaries.map(({since}) => Date.parse(since ?? look.startedAt)).filter(Number.isFinite);
	const fromMs = Math.min(...sinces, Number.MAX_SAFE_INTEGER);
	const lost = window.lost.filter(({atMs}) => !(atMs < fromMs)).length;
	const closed = lost + window.usable.filter(({atMs}) => atMs >= fromMs).length;
	if (lost > limits.missing_max * closed) bars.push(`${lost} of ${closed} buckets are missing`);
	if (unplaced > 0) bars.push(`${unplaced} canary errors without any exposure counted`);
	return bars;
}

/** How fast counts come in now: exposure of the canaries from the newest buckets, the baseline from as many as there are. */
function paceOf(signal: Signal, window: CountedWindow, look: Look, untilMs: number): Pace {
	// Older buckets are counted only where those of this look are too few, since counting them takes a third of a look.
	const isEnough = window.usable.length >= paceBuckets;
	const {usable} = isEnough ? window : countWindow(signal, Number.NEGATIVE_INFINITY, untilMs);
	const recent = usable.slice(-paceBuckets);
	const running = safetyLooks(recent.slice(-6), look.canaries);
	const canaries = pooled(running.length > 0 ? running : harmLooks(recent.slice(-6)));
	const {baseline} = pooled(harmLooks(recent));
	const canaryMs = Math.max(1, running.length || Math.min(6, recent.length)) * signal.bucketMs;
	const baselineMs = Math.max(1, recent.length) * signal.bucketMs;
	return {
		canaryExposure: canaries.canary.exposure / canaryMs,
		baselineExposure: baseline.exposure / baselineMs,
		baselineCount: baseline.count / baselineMs,
	};
}

function neededOf(
	signal: Signal,
	products: LogProducts,
	pace: Pace,
	proven: {readonly count: number; readonly exposure: number},
	{rho_bad, absolute_limit, beta}: SequentialLimits,
): JudgedSignal['needed'] {
	const ratioMs = wholeBuckets(waitingMs(safeMixture(rho_bad), products, pace, beta), signal.bucketMs);
	const applies = absolute_limit > 0 && signal.exposureUnit === 'requests' && pace.canaryExposure > 0;
	const absoluteMs = applies
		? wholeBuckets(exposureNeeded(proven.count, proven.exposure, absolute_limit, beta) / pace.canaryExposure, signal.bucketMs)
		: null;
	const both = [ratioMs, absoluteMs].filter(ms => ms !== null);
	return {ratioMs, absoluteMs, ms: both.length > 0 ? Math.min(...both) : null};
}

function wholeBuckets(ms: number | null, bucketMs: number): number | null {
	const whole = ms === null ? Number.NaN : Math.ceil(ms / bucketMs) * bucketMs;
	return whole <= waitingMaxMs ? whole : null;
}
