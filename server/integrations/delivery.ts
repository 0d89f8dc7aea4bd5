/** What became of one attempt to deliver a notice: failure is a value, with a reason that a person can act on. */
export type Delivery =
	| {readonly outcome: 'sent'; readonly note: string | null; readonly delivered: readonly string[]}
	/** It may work later. */
	| {readonly outcome: 'retry'; readonly reason: string; readonly afterMs: number | null; readonly delivered: readonly string[]}
	/** It will not, until somebody changes something. */
	| {readonly outcome: 'failed'; readonly reason: string; readonly delivered: readonly string[]};

export const sent = (note: string | null = null, delivered: readonly string[] = []): Delivery => ({outcome: 'sent', note, delivered});
export const failed = (reason: string, delivered: readonly string[] = []): Delivery => ({outcome: 'failed', reason, delivered});
export const retry = (reason: string, afterMs: number | null = null, delivered: readonly string[] = []): Delivery => ({
	...{outcome: 'retry', reason, afterMs, delivered},
});
