/** Asks the service again while there is time, since a restart of the service must not stop a deploy. */
import type {Clock} from '../clock.ts';
import {Trouble} from './contract.ts';

const pauseMs = {first: 100, most: 1000};

/** Less is no fair chance: an ask that our own end cut off this early says nothing about the service. */
const fairMs = 1000;

/**
 * Asks until there is an answer or the time is up, with pauses of 100 ms that double up to 1 s. Each ask is ended when the time is up.
 * Throws the last Trouble, and at once everything that is none; without `again` it asks once.
 * `before` is the trouble of an earlier ask, if there was one.
 */
export async function untilAnswered<T>(
	ask: (signal: AbortSignal) => Promise<T>,
	clock: Clock,
	{untilMs, again, before}: {readonly untilMs: number; readonly again: boolean; readonly before: Trouble | null},
): Promise<T> {
	let last = before;
	for (let pause = pauseMs.first; ; pause = Math.min(2 * pause, pauseMs.most)) {
		const startedMs = clock.monotonicMs();
		const end = new AbortController();
		const timer = setTimeout(() => end.abort(), Math.max(1, untilMs - clock.monotonicMs()));
		try {
			return await ask(end.signal);
		} catch (error) {
			if (!(error instanceof Trouble)) throw error;
			const wasCutOff = end.signal.aborted && clock.monotonicMs() - startedMs < fairMs;
			const trouble: Trouble = wasCutOff && last !== null ? last : error;
			if (!again || clock.monotonicMs() + pause >= untilMs) throw trouble;
			last = trouble;
		} finally {
			clearTimeout(timer);
		}
		await clock.sleep(pause);
	}
}
