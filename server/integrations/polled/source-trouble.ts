/** A source that could not answer, or answered only in part. The sentence says why and, where there is something to do, what. */
export class SourceTrouble extends Error {
	/** How long the source asked to be left alone, milliseconds. */
	readonly retryAfterMs: number | null;
	/** Secrets are read again after it: they may have been changed. */
	readonly isRefusal: boolean;

	constructor(message: string, {retryAfterMs = null, isRefusal = false}: {retryAfterMs?: number | null; isRefusal?: boolean} = {}) {
		super(message);
		this.name = 'SourceTrouble';
		this.retryAfterMs = retryAfterMs;
		this.isRefusal = isRefusal;
	}
}

/** Text of another system in a sentence of ours: one line, printable ASCII, short. */
export function quotable(text: string, charsMax = 200): string {
	const line = text
		.replace(/\s+/g, ' ')
		.replace(/[^\x20-\x7e]/g, '?')
		.trim();
	return line.length > charsMax ? `${line.slice(0, charsMax)}...` : line;
}
