/** Signals: which can be trusted and by what proof, and what each said last. Those that cannot be come first. */
import type {Bucket, Count, Instant, Missing} from '../gate/facts.ts';
import {plainText} from '../reports/plain-text.ts';
import {msBetween, sayCount, sayCounted, sayDateTime, sayDuration, sayFully, sayTime} from '../reports/say.ts';
import {sparkSvg} from '../reports/spark.ts';
import {numberedPager} from './list-parts.ts';
import type {ArmView, SignalsPage, SignalView} from './list-views.ts';
import {safeHtml} from './safe-html.ts';
import type {Pill} from './views.ts';

export type SignalProofLine = {readonly ok: boolean | 'warn'; readonly text: string; readonly remedy: string | null};

export type ListedSignal = {
	readonly service: string;
	readonly name: string;
	readonly counts: string;
	readonly exposureUnit: 'requests' | 'host-seconds';
	readonly source: string;
	readonly required: boolean;
	readonly bucketMs: number;
	readonly alive: boolean;
	readonly why: string;
	readonly newestAt: Instant | null;
	readonly lag: {readonly ms: number} | Missing;
	/** The last closed bucket; null: none yet. */
	readonly last: Bucket | null;
	/** What failed last, and when; without a time it is so now. */
	readonly failure: {readonly at: Instant | null; readonly text: string} | null;
	readonly buckets: readonly Bucket[];
	readonly period: {readonly from: Instant; readonly to: Instant};
	readonly proofs: readonly SignalProofLine[];
};

export type SignalsInput = {
	readonly now: Instant;
	readonly services: readonly string[];
	readonly configFile: string;
	readonly count: number;
	readonly blind: number;
	readonly signals: readonly ListedSignal[];
	readonly page: number;
	readonly pages: number;
};

const proofPills = {
	ok: {tone: 'good', letter: '✓', word: 'Proven'},
	warn: {tone: 'watch', letter: 'W', word: 'Warning'},
	failed: {tone: 'bad', letter: '✗', word: 'Failed'},
} as const satisfies Readonly<Record<string, Pill>>;

const pillOfProof = (ok: SignalProofLine['ok']): Pill =>
	ok === true ? proofPills.ok : ok === 'warn' ? proofPills.warn : proofPills.failed;

type Standing = 'blind' | 'warned' | 'alive';

function standingOf({alive, proofs}: ListedSignal): Standing {
	if (!alive || proofs.some(({ok}) => ok === false)) return 'blind';
	return proofs.some(({ok}) => ok === 'warn') ? 'warned' : 'alive';
}

const rank: Readonly<Record<Standing, number>> = {blind: 0, warned: 1, alive: 2};
const pills: Readonly<Record<Standing, Pill>> = {
	blind: {tone: 'unknown', letter: '?', word: 'Blind'},
	warned: {tone: 'watch', letter: 'W', word: 'Alive, with a warning'},
	alive: {tone: 'good', letter: 'A', word: 'Alive'},
};

function rateOf({count, exposure}: Count, {exposureUnit, counts}: ListedSignal): string | null {
	if (exposure <= 0) return null;
	const [factor, words] = exposureUnit === 'requests' ? [1000, 'in 1,000 requests'] : [60, 'per host and minute'];
	return `${Number(((count / exposure) * factor).toPrecision(2))} ${counts} ${words}`;
}

function armView(arm: string, value: Count | Missing, signal: ListedSignal): ArmView {
	if ('missing' in value) return {arm, value: plainText(`not read: ${value.missing}`), rate: null};
	const unit = signal.exposureUnit === 'requests' ? 'requests' : 'host-seconds';
	return {
		arm,
		value: plainText(`${sayCounted(value.count, signal.counts)} in ${sayCount(value.exposure)} ${unit}`),
		rate: (text => (text === null ? null : plainText(text)))(rateOf(value, signal)),
	};
}

function armViews(signal: ListedSignal): ArmView[] {
	const {last} = signal;
	if (last === null) return [];
	const canary: Count | Missing =
		'missing' in last.canary
			? last.canary
			: Object.values(last.canary.hosts).reduce((sum, one) => ({count: sum.count + one.count, exposure: sum.exposure + one.exposure}), {
					count: 0,
					exposure: 0,
				});
	return [armView('Canaries', canary, signal), armView('Baseline', last.baseline, signal)];
}

function viewOf(signal: ListedSignal, index: number, now: Instant): SignalView {
	const {service, name, source, required, alive, why, newestAt, lag, last, failure, proofs, period, bucketMs} = signal;
	const standing = standingOf(signal);
	const failed = proofs.find(({ok}) => ok === false) ?? proofs.find(({ok}) => ok === 'warn');
	const title = `${service} ${name}, the last 30 minutes`;
	return {
		id: `signal-${index + 1}`,
		service: plainText(service),
		name: plainText(name),
		pill: pills[standing],
		why: plainText(sayFully(!alive ? why : (failed?.text ?? why))),
		required: required ? 'Yes: without it a deploy is blind' : 'No: it only warns',
		source: plainText(source),
		newest: newestAt === null ? null : {iso: newestAt, text: sayDateTime(newestAt)},
		lag: 'missing' in lag ? plainText(failure?.text === lag.missing ? 'none is known' : lag.missing) : `${sayDuration(lag.ms)} behind`,
		bucket:
			last === null
				? 'No window has been closed yet.'
				: `Last closed window: ${bucketMs / 1000} s from ${sayTime(last.at)}, ${sayDuration(msBetween(last.at, now))} ago`,
		arms: armViews(signal),
		failure:
			failure === null
				? null
				: {time: failure.at === null ? null : {iso: failure.at, text: sayTime(failure.at)}, text: plainText(sayFully(failure.text))},
		spark: safeHtml(sparkSvg(signal.buckets, {title, ...period, bucketMs, width: 360, height: 48})),
		sparkText: `${sayTime(period.from).slice(0, 5)} to ${sayTime(period.to).slice(0, 5)}`,
		sparkNote: signal.buckets.some(bucket => !('missing' in bucket.canary || 'missing' in bucket.baseline))
			? 'canaries bold, baseline quiet'
			: 'nothing was read',
		proofs: proofs.map(({ok, text, remedy}) => ({
			pill: pillOfProof(ok),
			text: plainText(text),
			remedy: remedy === null ? null : plainText(remedy),
		})),
		open: standing !== 'alive',
	};
}

const none = (input: SignalsInput): SignalsPage['none'] =>
	input.count > 0
		? null
		: {
				text: plainText(
					`Here will be every signal with the proof that it is alive: 0 errors count only where one would have been seen. Name a log under \`signals\` of a service in ${input.configFile}, restart, and look with:`,
				),
				command: 'signalbox doctor',
				clear: null,
			};

function sentenceOf({count, signals}: SignalsInput, blind: number): SignalsPage['sentence'] {
	if (count === 0) return {tone: 'unknown', text: 'No signal is configured: the gate is blind to errors.'};
	if (blind > 0) {
		const first = signals.find(signal => standingOf(signal) === 'blind');
		const which = first === undefined ? '' : `: ${first.service} ${first.name}${blind > 1 ? ` and ${blind - 1} more` : ''}`;
		return {tone: 'unknown', text: plainText(`Blind, ${blind} of ${count} ${count === 1 ? 'signal' : 'signals'}${which}.`)};
	}
	const warned = signals.filter(signal => standingOf(signal) === 'warned').length;
	if (warned > 0)
		return {tone: 'watch', text: `${count === 1 ? 'The signal is' : `All ${count} signals are`} alive, ${warned} with a warning.`};
	return {tone: 'good', text: count === 1 ? 'The one signal is proven alive.' : `All ${count} signals are proven alive.`};
}

export function signalsPage(input: SignalsInput): SignalsPage {
	const {now, page, pages} = input;
	const sorted = input.signals.toSorted((a, b) => rank[standingOf(a)] - rank[standingOf(b)]);
	// Those on other pages are known by their life alone; those here also by their proofs.
	const blind = Math.max(input.blind, sorted.filter(signal => standingOf(signal) === 'blind').length);
	return {
		shell: {title: 'Signals', refresh: false, madeAt: sayDateTime(now), at: 'signals'},
		sentence: sentenceOf({...input, signals: sorted}, blind),
		none: none(input),
		signals: sorted.map((signal, index) => viewOf(signal, index, now)),
		pager: numberedPager('/signals', {}, page, pages),
	};
}
