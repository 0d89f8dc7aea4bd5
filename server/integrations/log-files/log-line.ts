/** What a line of a log says, whichever format it was written in. */

/** One event of a log. `at` is milliseconds of the epoch; what a line does not tell is null. */
export type LogEvent = {
	readonly at: number;
	/** As the line writes it, which may be a short or a full name. */
	readonly host: string;
	readonly level: string | null;
	readonly channel: string | null;
	readonly message: string;
	readonly request: string | null;
};

/** A line that cannot be counted, and why. Reasons never quote the line: they are counted by their text. */
export type RefusedLine = {readonly refused: string};

/** A line that belongs to the event before it: a stack trace, for example. It is neither counted nor refused. */
export type ContinuedLine = {readonly continued: true};

export type ParsedLine = LogEvent | RefusedLine | ContinuedLine;

/** One line as it was cut out of a file. */
export type CutLine = {
	readonly text: string;
	/** True where the line was longer than what is kept of it. */
	readonly cut: boolean;
};

/** `nowMs` only settles which of two hours is meant on the night the clocks go back. */
export type LineParser = (line: CutLine, nowMs: number) => ParsedLine;

/** The longest host name there is (RFC 1035, 2.3.4), and the characters of names and addresses. */
const hostPattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/;

/** Whether a line's host can be one: anything else would be a field that slipped. */
export const isHostName = (text: string): boolean => hostPattern.test(text);
