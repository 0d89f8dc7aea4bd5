import type {Finding} from '../../gate/verdict.ts';

const titleMax = 160;

type SignalNumbers = {readonly signal: string; readonly ratio: number | null};
const isSignal = (value: unknown): value is SignalNumbers =>
	typeof value === 'object' && value !== null && 'signal' in value && typeof value.signal === 'string';

/** What a finding saw, as the end of an incident's title: the worst signal and how far it rose, or the finding's own words. */
export function incidentTitle(finding: Finding | undefined, stage: string): string {
	if (finding === undefined) return `rollback at ${stage}`;
	const listed = finding.data?.['perSignal'];
	const signals = (Array.isArray(listed) ? listed : []).filter(isSignal);
	const worst = signals.reduce<SignalNumbers | null>((a, b) => (a === null || (b.ratio ?? 0) > (a.ratio ?? 0) ? b : a), null);
	if (worst === null) return finding.because.slice(0, titleMax);
	const rise = typeof worst.ratio === 'number' && worst.ratio >= 2 ? `, ${Math.round(worst.ratio)} times the baseline` : '';
	return `${worst.signal} at ${stage}${rise}`.slice(0, titleMax);
}
