/**
 * The only place that reads the clock. Everything else is handed a Clock, so that a story can be replayed at its own time and pace.
 */
import {performance} from 'node:perf_hooks';
import type {Instant} from '../gate/facts.ts';

export type Clock = {
	/** Wall clock, for what is written down. */
	now(): Instant;
	/** Milliseconds that never step back, for deadlines. */
	monotonicMs(): number;
	/** Resolves after that long, or at once when the signal is aborted. It never rejects. */
	sleep(forMs: number, signal?: AbortSignal): Promise<void>;
};

function sleepFor(forMs: number, signal?: AbortSignal): Promise<void> {
	if (signal?.aborted) return Promise.resolve();
	return new Promise(resolve => {
		const done = () => {
			clearTimeout(timer);
			signal?.removeEventListener('abort', done);
			resolve();
		};
		const timer = setTimeout(done, forMs);
		signal?.addEventListener('abort', done, {once: true});
	});
}

/** The machine's own clock. */
export const systemClock: Clock = {
	now: () => new Date().toISOString(),
	monotonicMs: () => performance.now(),
	sleep: sleepFor,
};

/** A clock that starts at `start` and runs `speed` times as fast as the machine's: what a replayed story lives by. */
export function storyClock(start: Instant, speed: number): Clock {
	const startedMs = performance.now();
	const elapsedMs = () => (performance.now() - startedMs) * speed;
	return {
		now: () => new Date(Date.parse(start) + elapsedMs()).toISOString(),
		monotonicMs: elapsedMs,
		sleep: (forMs, signal) => sleepFor(forMs / speed, signal),
	};
}
