import type {Clock} from '../../clock.ts';

/** A clock that also tells a time which never steps back. */
export type SteadyClock = Clock & {
	/**
	 * Milliseconds of the epoch: the latest time that the wall clock ever told, and what has passed since by the monotonic
	 * clock. What may be from the future is judged by it, so that a clock which steps back makes no line of now a future one.
	 */
	steadyMs(): number;
};

export function steadyClock(clock: Clock): SteadyClock {
	let aheadMs = Number.NEGATIVE_INFINITY;
	return {
		now: () => clock.now(),
		monotonicMs: () => clock.monotonicMs(),
		sleep: (forMs, signal) => clock.sleep(forMs, signal),
		steadyMs() {
			const monotonicMs = clock.monotonicMs();
			aheadMs = Math.max(aheadMs, Date.parse(clock.now()) - monotonicMs);
			return monotonicMs + aheadMs;
		},
	};
}
