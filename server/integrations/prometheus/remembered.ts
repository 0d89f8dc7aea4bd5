/** The last value of each series, so that one that comes back after a while is not taken for a new one. Bounded. */
import type {Series} from './read-matrix.ts';

export type Remembered = {
	/** The last value seen before `atMs`; null where there is none. */
	before(series: Series, atMs: number): number | null;
	keep(series: readonly Series[], nowMs: number): void;
};

const seriesMax = 100_000;
const keptMs = 3_600_000;

const keyOf = ({labels}: Series): string => JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

export function remembered(): Remembered {
	const last = new Map<string, {atMs: number; value: number}>();
	return {
		before(series, atMs) {
			const known = last.get(keyOf(series));
			return known !== undefined && known.atMs < atMs ? known.value : null;
		},
		keep(all, nowMs) {
			for (const series of all) {
				const newest = series.samples.findLast(({value}) => Number.isFinite(value));
				if (newest === undefined) continue;
				const key = keyOf(series);
				if ((last.get(key)?.atMs ?? 0) > newest.atMs) continue;
				// Set anew, so that the oldest are the first of the map.
				last.delete(key);
				last.set(key, newest);
			}
			for (const [key, {atMs}] of last) if (atMs < nowMs - keptMs || last.size > seriesMax) last.delete(key);
		},
	};
}
