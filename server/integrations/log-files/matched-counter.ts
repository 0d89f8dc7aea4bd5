import type {Instant} from '../../../gate/facts.ts';

/** Matches on the baseline that were stored earlier, for the window from `since`, included, to `until`, excluded. */
export type MatchedSlice = {readonly count: number; readonly since: Instant; readonly until: Instant};

export type MatchedCounter = {
	add(atMs: number): void;
	/**
	 * Matches in the `withinMs` before `nowMs`, at least: a stored slice counts only where it lies wholly within that time and
	 * before `ownFromMs`, from when on this counter knows all itself (null: it knows nothing).
	 */
	within(withinMs: number, nowMs: number, known: {readonly ownFromMs: number | null; readonly before: readonly MatchedSlice[]}): number;
};

const minuteMs = 60_000;
const rememberedMinutes = 25 * 60;

/** Counts matches by the minute of their event time, for a day. */
export function matchedCounter(): MatchedCounter {
	const minutes = new Map<number, number>();
	let newest = Number.NEGATIVE_INFINITY;
	return {
		add(atMs) {
			const minute = Math.floor(atMs / minuteMs);
			newest = Math.max(newest, minute);
			if (minute < newest - rememberedMinutes) return;
			minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
			if (minutes.size <= 2 * rememberedMinutes) return;
			for (const old of minutes.keys()) if (old < newest - rememberedMinutes) minutes.delete(old);
		},
		within(withinMs, nowMs, {ownFromMs, before}) {
			const fromMs = nowMs - withinMs;
			let count = 0;
			for (const [minute, matches] of minutes) if ((minute + 1) * minuteMs > fromMs) count += matches;
			for (const slice of before) {
				const isOurs = ownFromMs !== null && Date.parse(slice.until) > ownFromMs;
				if (!isOurs && Date.parse(slice.since) >= fromMs) count += slice.count;
			}
			return count;
		},
	};
}
