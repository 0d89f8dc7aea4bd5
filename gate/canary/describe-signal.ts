/** The evidence of one judged signal, in words for a finding and in numbers for machines. */
import type {Facts} from '../facts.ts';
import type {Evidence} from '../verdict.ts';
import {evidenceNumber} from './evidence.ts';
import type {JudgedSignal, SequentialLimits} from './judge-signal.ts';
import {amount, counted, figures, lasting, listed, oneIn, times} from './words.ts';

const hostsMax = 200;

/** `12 errors in 340 requests on canaries; baseline 3 in 3,100`: what may count as harm. */
export const harmWords = ({signal, harm}: JudgedSignal): string => counted(harm, signal.counts, signal.exposureUnit);

/** The same of what surely ran the new code. */
export const safetyWords = ({signal, safety}: JudgedSignal): string => counted(safety, signal.counts, signal.exposureUnit);

/** Counts, ratio, evidence against its limits, hosts, window and source, in this order. */
export function describeSignal(judged: JudgedSignal, limits: SequentialLimits, facts: Facts): Evidence[] {
	const {signal, interval, hosts, window} = judged;
	const {alpha, beta, rho_bad, absolute_limit} = limits;
	const {ratio, low, high, p} = interval;
	const nothing = hosts.filter(({addsNothing}) => addsNothing !== null);
	const evidence: Evidence[] = [
		{label: `${signal.name}: counted`, text: harmWords(judged)},
		{
			label: `${signal.name}: ratio`,
			text: `${times(ratio)} the baseline (95 %: ${times(low)} to ${times(high)}), one-sided p ${figures(p)} for this look alone`,
		},
		{
			label: `${signal.name}: evidence`,
			text: `harm ${figures(evidenceNumber(judged.logHarm))} of ${figures(1 / alpha)} needed; safety against ${times(rho_bad)} ${figures(
				evidenceNumber(judged.logSafe),
			)} of ${figures(1 / beta)} needed`,
		},
		{
			label: `${signal.name}: hosts`,
			text: listed(hosts.map(({host, count, exposure}) => `${host} ${amount(count)} in ${amount(exposure)}`)) || 'none',
		},
	];
	if (nothing.length > 0)
		evidence.push({
			label: `${signal.name}: adds nothing`,
			text: listed(nothing.map(({host, addsNothing}) => `${host} (${addsNothing})`)),
		});
	if (judged.rateBound !== null && absolute_limit > 0)
		evidence.push({
			label: `${signal.name}: absolute`,
			text: `at most ${oneIn(judged.rateBound)} ${signal.exposureUnit} at ${figures(100 - 100 * beta)} %, the limit is ${oneIn(absolute_limit)}`,
		});
	evidence.push({label: `${signal.name}: window`, text: windowWords(judged, facts)});
	for (const {arm, why, atMs} of window.lost.slice(-1))
		evidence.push({
			label: `${signal.name}: missing`,
			text: `${window.lost.length} buckets; the last${Number.isNaN(atMs) ? '' : `, ${clock(atMs)}`} on the ${arm}: ${why}`,
		});
	evidence.push({label: `${signal.name}: source`, text: `${signal.counts} over ${signal.exposureUnit}, from ${signal.source}`});
	return evidence;
}

function windowWords({window, signal}: JudgedSignal, facts: Facts): string {
	const first = window.usable[0];
	const last = window.usable.at(-1);
	if (!first || !last) return 'no bucket that both arms have';
	const endMs = last.atMs + signal.bucketMs;
	const behindMs = Math.max(0, Date.parse(facts.at) - endMs);
	return `${clock(first.atMs)} to ${clock(endMs)} UTC, ${window.usable.length} ${window.usable.length === 1 ? 'bucket' : 'buckets'} of ${lasting(signal.bucketMs)}, ${lasting(behindMs)} behind now`;
}

function clock(ms: number): string {
	const at = new Date(ms);
	return Number.isNaN(at.getTime()) ? 'an unreadable time' : at.toISOString().slice(11, 19);
}

/** The same for machines; every number finite or null. Additions only. */
export function signalData(judged: JudgedSignal, limits: SequentialLimits, withoutWorst: {host: string; logHarm: number} | null) {
	const {signal, harm, safety, interval, window, hosts, needed} = judged;
	return {
		signal: signal.name,
		required: signal.required,
		exposureUnit: signal.exposureUnit,
		source: signal.source,
		counts: {canary: harm.canary.count, baseline: harm.baseline.count},
		exposures: {canary: harm.canary.exposure, baseline: harm.baseline.exposure},
		safety: {
			counts: {canary: safety.canary.count, baseline: safety.baseline.count},
			exposures: {canary: safety.canary.exposure, baseline: safety.baseline.exposure},
		},
		...interval,
		eHarm: evidenceNumber(judged.logHarm),
		eHarmLimit: 1 / limits.alpha,
		eSafe: evidenceNumber(judged.logSafe),
		eSafeLimit: 1 / limits.beta,
		safeBy: judged.safeBy,
		rateBound: judged.rateBound,
		absoluteLimit: limits.absolute_limit,
		excluded: judged.excluded,
		perHost: hosts.slice(0, hostsMax),
		withoutWorst: withoutWorst && {host: withoutWorst.host, eHarm: evidenceNumber(withoutWorst.logHarm)},
		neededMs: needed.ms,
		neededForRatioMs: needed.ratioMs,
		neededForAbsoluteMs: needed.absoluteMs,
		buckets: {usable: window.usable.length, missing: window.lost.length},
		bars: judged.bars,
	};
}
