/**
 * The sequential verdict over all signals of a look: roll back, warn of one host, pass, or say what is not known yet.
 * Several signals: harm when the fixed-weight mean of their evidence reaches 1/alpha; safe when every required one is.
 */
import type {Facts, Look} from '../facts.ts';
import type {RawFinding} from '../rule.ts';
import {describeSignal, harmWords, safetyWords, signalData} from './describe-signal.ts';
import {evidenceNumber, logMean} from './evidence.ts';
import {type JudgedSignal, judgeSignal, logHarmWithout, type SequentialLimits, safeWithout} from './judge-signal.ts';
import {amount, figures, lasting, oneIn, times, timesAtLeast} from './words.ts';

type Judgement = {
	readonly facts: Facts;
	readonly look: Look;
	readonly limits: SequentialLimits;
	readonly required: readonly JudgedSignal[];
	readonly logHarm: number;
};

/** The mean evidence of harm without the canary host that carries most of it. */
type WithoutWorst = {readonly host: string; readonly logHarm: number; readonly stands: boolean};

// Only a host with errors can carry the evidence, so those with most are tried; a fleet has few canaries.
const hostsTriedMax = 50;

/** Findings of the sequential test: one over the required signals, then a warning for each optional one that shows harm. */
export function sequentialFindings(facts: Facts, look: Look, limits: SequentialLimits): RawFinding[] {
	const judged = facts.signals.map(signal => judgeSignal(signal, facts, look, limits));
	const required = judged.filter(({signal}) => signal.required);
	const judgement = {facts, look, limits, required, logHarm: logMean(required.map(({logHarm}) => logHarm))};
	const harmed = judgement.logHarm >= harmLine(limits) ? harmFinding(judgement) : null;
	return [
		harmed ?? blindFinding(judgement) ?? safeFinding(judgement) ?? undecidedFinding(judgement),
		...optionalFindings(judgement, judged),
	];
}

const harmLine = ({alpha}: SequentialLimits): number => Math.log(1 / alpha);

function harmFinding(judgement: Judgement): RawFinding {
	const {facts, look, limits, required} = judgement;
	const worst = withoutWorstHost(judgement);
	const loudest = required.reduce((a, b) => (b.logHarm > a.logHarm ? b : a));
	const needed = `${figures(1 / limits.alpha)} needed`;
	if (worst && !worst.stands) {
		const othersSafe = required.every(judged => safeWithout(judged, worst.host, look, limits));
		return {
			...finding(judgement, worst),
			outcome: 'warn',
			because: `the evidence needs ${worst.host}: ${partOf(loudest, worst.host)}; without it ${figures(
				evidenceNumber(worst.logHarm),
			)} of ${needed}`,
			remedy: depoolRemedy(worst, othersSafe),
			...(othersSafe ? {} : {undecided: true}),
		};
	}
	const standing = worst
		? `without ${worst.host}, the worst host, it stands: ${figures(evidenceNumber(worst.logHarm))} of ${needed}`
		: 'a single canary host has readings, so whether it is the host or the release cannot be told apart';
	const {evidence = [], ...rest} = finding(judgement, worst);
	return {
		...rest,
		outcome: 'rollback',
		because: `${harmWords(loudest)}${loudest.interval.ratio === null ? '' : `: ${times(loudest.interval.ratio)}`}`,
		evidence: [...evidence, {label: 'without the worst host', text: standing}],
		remedy: `signalbox rollback --service ${facts.service} --plan --reason "errors on canaries"`,
	};
}

function depoolRemedy({host, logHarm}: WithoutWorst, othersSafe: boolean): string {
	if (othersSafe) return `depool ${host}, then ask again: the other canaries are proven safe`;
	if (logHarm > 0) return `look on: the other canaries lean the same way; should they stay quiet, depool ${host}`;
	return `depool ${host}, then ask again: the other canaries are not decided yet`;
}

function withoutWorstHost({required, limits}: Judgement): WithoutWorst | null {
	const errors = new Map<string, number>();
	for (const {hosts} of required)
		for (const {host, count, exposure} of hosts) if (exposure > 0) errors.set(host, (errors.get(host) ?? 0) + count);
	if (errors.size < 2) return null;
	const tried = [...errors].sort((a, b) => b[1] - a[1]).slice(0, hostsTriedMax);
	return tried
		.map(([host]) => ({host, logHarm: logMean(required.map(judged => logHarmWithout(judged, host, limits.rho_ok)))}))
		.map(without => ({...without, stands: without.logHarm >= harmLine(limits)}))
		.reduce((worst, without) => (without.logHarm < worst.logHarm ? without : worst));
}

function partOf({hosts, signal}: JudgedSignal, name: string): string {
	const part = hosts.find(({host}) => host === name);
	return `${amount(part?.count ?? 0)} ${signal.counts} in ${amount(part?.exposure ?? 0)} ${signal.exposureUnit}`;
}

/** Cannot tell: nothing has closed, no bucket has both arms, or the canaries are missing from the newest one. */
function blindFinding(judgement: Judgement): RawFinding | null {
	const {look, required, facts} = judgement;
	const remedy = `signalbox doctor --service ${facts.service}`;
	const again = look.final ? {} : ({undecided: true} as const);
	for (const judged of required) {
		const {signal, unseen, window} = judged;
		if (unseen)
			return {
				...finding(judgement, null),
				outcome: 'unknown',
				because: `${signal.name}: the canaries are missing from the newest bucket: ${unseen.why}`,
				remedy,
				...again,
			};
		if (window.usable.length > 0) continue;
		const because =
			window.newest === null
				? `${signal.name}: no bucket has closed since ${look.harmFrom}`
				: `${signal.name}: no bucket has both arms, baseline missing: ${window.lost.at(-1)?.why ?? 'no reason given'}`;
		return {...finding(judgement, null), outcome: look.final ? 'unknown' : 'warn', because, remedy: look.final ? remedy : null, ...again};
	}
	return null;
}

function safeFinding(judgement: Judgement): RawFinding | null {
	const {required, limits} = judgement;
	if (!required.every(({safeBy, bars}) => safeBy !== null && bars.length === 0)) return null;
	const least = required.reduce((a, b) => (b.logSafe < a.logSafe ? b : a));
	const how =
		least.safeBy === 'ratio'
			? `${times(limits.rho_bad)} excluded`
			: `under ${oneIn(limits.absolute_limit)} ${least.signal.exposureUnit} at ${figures(100 - 100 * limits.beta)} %`;
	return {...finding(judgement, null), outcome: 'pass', because: `${safetyWords(least)}: ${how}`, remedy: null};
}

function undecidedFinding(judgement: Judgement): RawFinding {
	const {required, limits, look} = judgement;
	const open = required.filter(({safeBy, bars}) => safeBy === null || bars.length > 0);
	// The slowest signal decides when the look can end; one that never ends comes first.
	const slowest = open.reduce((a, b) => (waitOf(b) > waitOf(a) ? b : a));
	const name = required.length > 1 ? `${slowest.signal.name}: ` : '';
	const wait = slowest.safeBy === null ? slowest.needed.ms : null;
	const remedy =
		wait === null ? `signalbox doctor --service ${judgement.facts.service}` : `ask again in ${lasting(wait)}, or watch the deploy`;
	return {
		...finding(judgement, null),
		outcome: 'warn',
		because: `${name}${openWords(slowest, limits)}`,
		remedy: look.final ? remedy : null,
		undecided: true,
	};
}

const waitOf = ({needed, safeBy}: JudgedSignal): number => (safeBy === null ? (needed.ms ?? Number.POSITIVE_INFINITY) : 0);

/** What is excluded, and what needs how much longer. */
function openWords(judged: JudgedSignal, {rho_bad, absolute_limit}: SequentialLimits): string {
	const {safety, excluded, needed, tooLittle, bars, safeBy, signal} = judged;
	if (bars.length > 0) return `not decided: ${bars.join('; ')}`;
	if (safeBy !== null) return `${safetyWords(judged)}: safe, another signal is not`;
	if (safety.canary.exposure === 0)
		return `too little traffic: no bucket of the canaries' new code has closed with ${signal.exposureUnit} in it`;
	const absolute = needed.absoluteMs === null ? '' : `under ${oneIn(absolute_limit)} needs ${lasting(needed.absoluteMs)} more`;
	const start = tooLittle ? 'too little traffic' : `undecided: ${safetyWords(judged)}`;
	if (needed.ratioMs === null) {
		const why = safety.baseline.count === 0 ? 'the baseline is silent' : `${times(rho_bad)} needs more than a day`;
		return `${start}: ${why}, ${absolute || 'and no absolute limit can pass it within a day'}`;
	}
	const now = excluded === null ? 'nothing excluded yet' : `${timesAtLeast(excluded)} excluded`;
	const sooner = needed.absoluteMs !== null && needed.absoluteMs < needed.ratioMs ? `, or ${absolute}` : '';
	return `${start}: ${now}; ${times(rho_bad)} needs ${lasting(needed.ratioMs)} more${sooner}`;
}

/** An optional signal never stops a deploy; its harm is said. */
function optionalFindings({limits, facts}: Judgement, judged: readonly JudgedSignal[]): RawFinding[] {
	return judged
		.filter(({signal, logHarm}) => !signal.required && logHarm >= harmLine(limits))
		.map(one => ({
			outcome: 'warn',
			because: `${one.signal.name} (not required): ${harmWords(one)}`,
			evidence: describeSignal(one, limits, facts),
			remedy: `look at ${one.signal.source}`,
			data: {test: 'sequential', perSignal: [signalData(one, limits, null)]},
		}));
}

function finding({required, limits, facts, logHarm}: Judgement, worst: WithoutWorst | null): Pick<RawFinding, 'evidence' | 'data'> {
	return {
		evidence: required.flatMap(judged => describeSignal(judged, limits, facts)),
		data: {
			test: 'sequential',
			eHarm: evidenceNumber(logHarm),
			eHarmLimit: 1 / limits.alpha,
			withoutWorst: worst && {host: worst.host, eHarm: evidenceNumber(worst.logHarm), stands: worst.stands},
			perSignal: required.map(judged =>
				signalData(judged, limits, worst && {host: worst.host, logHarm: logHarmWithout(judged, worst.host, limits.rho_ok)}),
			),
		},
	};
}
