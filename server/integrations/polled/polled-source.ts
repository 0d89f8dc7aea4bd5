/** What a source that is asked again and again must be able to do; polled-signal.ts makes a signal of it. */
import type {Bucket} from '../../../gate/facts.ts';
import type {Proof} from '../../actions/deps.ts';
import type {Window} from './bucket-book.ts';

export type WindowAnswer = {
	/** One for each bucket of the window, also for those that go on. */
	readonly buckets: readonly Bucket[];
	/** Up to here both arms are known, milliseconds: a bucket that ends later may still change. */
	readonly settledMs: number;
	/** The newest event of each configured host within the window, milliseconds. */
	readonly heard: ReadonlyMap<string, number>;
	/** Said where the answer is whole and yet cannot be relied on: two hosts of one name. */
	readonly doubt: string | null;
};

export type PolledSource = {
	/** Reads whole buckets. Throws SourceTrouble where the answer is not whole. */
	read(window: Window, nowMs: number, abort: AbortSignal): Promise<WindowAnswer>;
	/** How many events counted on the baseline in the day before. Throws SourceTrouble. */
	countDay(nowMs: number, abort: AbortSignal): Promise<number>;
	/** What a doctor asks of this source alone: is it reached, does what is asked for exist, do the clocks agree. It does not throw. */
	prove(nowMs: number, abort: AbortSignal): Promise<readonly Proof[]>;
};
