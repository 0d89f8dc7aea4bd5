/** How the canary rules say numbers: plain ASCII, since it goes into pipes, and every number with its unit and base. */
import type {Pair} from './evidence.ts';

const namesMax = 8;

/** `3,100`; `2.5` where a count is no whole number. */
export function amount(value: number): string {
	if (!Number.isFinite(value)) return 'an unknown number';
	const [whole = '0', part] = (Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1)).split('.');
	const grouped = whole.length > 15 ? value.toExponential(2) : whole.replace(/\B(?=(?:\d{3})+$)/g, ',');
	return part === undefined || part === '0' || whole.length > 15 ? grouped : `${grouped}.${part}`;
}

/** `36x`, `1.2x`, `>1,000x` of the baseline's rate; `null` is a ratio without bound. */
export function times(ratio: number | null): string {
	if (ratio === null) return 'unbounded';
	if (ratio >= 1_000_000) return '>1,000,000x';
	return `${ratio >= 10 ? amount(Math.round(ratio)) : Number(ratio.toPrecision(2))}x`;
}

/** A ratio that is excluded, rounded up so that the claim stays true: `3x`, `2.5x`, `6x`, `130x`. */
export const timesAtLeast = (ratio: number): string =>
	`${Number.isInteger(ratio * 10) || ratio < 3 ? Math.ceil(ratio * 10 - 1e-9) / 10 : Math.ceil(ratio < 100 ? ratio : ratio / 10) * (ratio < 100 ? 1 : 10)}x`;

/** `150 s`, `9 min 12 s`, `3 h 5 min`. */
export function lasting(ms: number): string {
	if (!Number.isFinite(ms)) return 'an unknown time';
	const seconds = Math.ceil(ms / 1000);
	if (seconds <= 300) return `${seconds} s`;
	if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
	return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** A probability or an evidence value: two figures, large and small ones as powers of ten. */
export function figures(value: number): string {
	if (value === 0) return '0';
	if (value >= 1e6 || value < 1e-3) return value.toExponential(1);
	return value >= 100 ? amount(Math.round(value)) : String(Number(value.toPrecision(2)));
}

/** `1 in 1,000`, for a rate per request. */
export const oneIn = (rate: number): string => `1 in ${amount(Math.round(1 / rate))}`;

/** `12 errors in 340 requests on canaries; baseline 3 in 3,100`. */
export const counted = ({canary, baseline}: Pair, counts: string, unit: string): string =>
	`${amount(canary.count)} ${counts} in ${amount(canary.exposure)} ${unit} on canaries; baseline ${amount(baseline.count)} in ${amount(baseline.exposure)}`;

/** Names in one line, a long list cut short. */
export const listed = (names: readonly string[]): string =>
	names.length <= namesMax ? names.join(', ') : `${names.slice(0, namesMax).join(', ')} and ${names.length - namesMax} more`;
