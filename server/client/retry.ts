/** Asks the service again while there is time, since a restart of the service must not stop a deploy. */
import type {Clock} from '../clock.ts';
import {Trouble} from './contract.ts';

const pauseMs = {first: 100, most: 1000};

/**
 * Asks until there is an answer or the time is up, with pauses of 100 ms that double up to 1 s. Each ask is ended when the time is up.
 * Throws the last Trouble, and at once everything that is none; without `again` it asks once.
 */
export async function untilAnswered<T>(
	ask: (signal: AbortSignal) => Promise<T>,
	clock: Clock,
	{untilMs, again}: {readonly untilMs: number; readonly again: boolean},
): Promise<T> {
	for (let pause = pauseMs.first; ; pause = Math.min(2 * pause, pauseMs.most)) {
		const end = new AbortController();
		const timer = setTimeout(() => end.abort(), Math.max(1, untilMs - clock.monotonicMs()));
		try {
			return await ask(end.signal);
		} catch (error) {
			if (!again || !(error instanceof Trouble) || clock.monotonicMs() + pause >= untilMs) throw error;
		} finally {
			clearTimeout(timer);
		}
		await clock.sleep(pause);
	}
}
