/**
 * Reads one HTTP/1.1 answer out of the bytes of a connection, however they are cut: the head, then a body of known length, in chunks, or
 * up to the end of the connection (RFC 9112, sections 4 to 7). Loading node:http for it would cost a fifth of what a check may take.
 */
export type AnswerHead = {readonly status: number; readonly contentType: string};

/** What was sent is no answer of HTTP/1.1, or one beyond the limits. */
export class NotHttp extends Error {}

const lineBytesMax = 16 * 1024;
const headLinesMax = 200;
const lineFeed = 0x0a;

type Framing = {readonly kind: 'length' | 'chunk'; left: number} | {readonly kind: 'to-the-end'};
type State = 'status' | 'headers' | 'body' | 'chunk-size' | 'chunk-end' | 'trailers' | 'complete';

export class AnswerReader {
	readonly #onHead: (head: AnswerHead) => void;
	readonly #onBody: (bytes: Buffer) => void;
	#state: State = 'status';
	#line = '';
	#lines = 0;
	#status = 0;
	#headers = new Map<string, string>();
	#framing: Framing = {kind: 'to-the-end'};

	/** `onHead` is called once, before the pieces of the body; what they throw comes out of `take`. */
	constructor(onHead: (head: AnswerHead) => void, onBody: (bytes: Buffer) => void) {
		this.#onHead = onHead;
		this.#onBody = onBody;
	}

	/** The head was read. */
	get hasHead(): boolean {
		return this.#state !== 'status' && this.#state !== 'headers';
	}

	get isComplete(): boolean {
		return this.#state === 'complete';
	}

	/** Takes what came next. Throws NotHttp; what follows a complete answer is left alone. */
	take(bytes: Buffer): void {
		let from = 0;
		while (from < bytes.length && this.#state !== 'complete') {
			from = this.#state === 'body' ? this.#takeBody(bytes, from) : this.#takeText(bytes, from);
		}
	}

	/** The connection ended; returns whether the answer is complete. */
	end(): boolean {
		if (this.#state === 'body' && this.#framing.kind === 'to-the-end') this.#state = 'complete';
		return this.isComplete;
	}

	#takeBody(bytes: Buffer, from: number): number {
		const framing = this.#framing;
		if (framing.kind === 'to-the-end') {
			this.#onBody(bytes.subarray(from));
			return bytes.length;
		}
		const piece = bytes.subarray(from, from + framing.left);
		framing.left -= piece.length;
		if (framing.left === 0) this.#state = framing.kind === 'chunk' ? 'chunk-end' : 'complete';
		this.#onBody(piece);
		return from + piece.length;
	}

	#takeText(bytes: Buffer, from: number): number {
		const end = bytes.indexOf(lineFeed, from);
		this.#line += bytes.toString('latin1', from, end < 0 ? bytes.length : end);
		if (this.#line.length > lineBytesMax) throw new NotHttp(`a line of over ${lineBytesMax} bytes`);
		if (end < 0) return bytes.length;
		const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line;
		this.#line = '';
		this.#takeLine(line);
		return end + 1;
	}

	#takeLine(line: string): void {
		if (this.#state === 'chunk-size') this.#takeChunkSize(line);
		else if (this.#state === 'chunk-end') {
			if (line !== '') throw new NotHttp('a chunk that is longer than it says');
			this.#state = 'chunk-size';
		} else if (this.#state === 'status') this.#takeStatus(line);
		else if (++this.#lines > headLinesMax) throw new NotHttp(`over ${headLinesMax} header lines`);
		else if (this.#state === 'trailers') {
			if (line === '') this.#state = 'complete';
		} else if (line === '') this.#endHead();
		else this.#takeHeader(line);
	}

	#takeStatus(line: string): void {
		const found = /^HTTP\/1\.[01] ([1-9][0-9]{2})(?: |$)/.exec(line)?.[1];
		if (found === undefined) throw new NotHttp('no status line of HTTP/1.1');
		this.#status = Number(found);
		this.#state = 'headers';
	}

	#takeHeader(line: string): void {
		const colon = line.indexOf(':');
		const name = line.slice(0, Math.max(0, colon)).toLowerCase();
		if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) throw new NotHttp('a header line without a name');
		const value = line.slice(colon + 1).trim();
		const before = this.#headers.get(name);
		// Two lengths that differ are how one answer is passed off as two.
		if (name === 'content-length' && before !== undefined && before !== value) throw new NotHttp('two lengths of one body');
		this.#headers.set(name, value);
	}

	#endHead(): void {
		const status = this.#status;
		const length = this.#headers.get('content-length');
		const encoding = this.#headers.get('transfer-encoding');
		const contentType = this.#headers.get('content-type') ?? '';
		this.#headers = new Map();
		this.#lines = 0;
		// "Go on" and "hints" come before the answer.
		if (status < 200 && status !== 101) {
			this.#state = 'status';
			return;
		}
		this.#state = 'body';
		if (status === 204 || status === 304) this.#state = 'complete';
		else if (encoding !== undefined) {
			if (encoding.toLowerCase() !== 'chunked') throw new NotHttp(`the transfer encoding ${encoding.slice(0, 40)}`);
			this.#state = 'chunk-size';
		} else if (length !== undefined) {
			if (!/^[0-9]{1,15}$/.test(length)) throw new NotHttp('a length that is no number');
			this.#framing = {kind: 'length', left: Number(length)};
			if (Number(length) === 0) this.#state = 'complete';
		}
		this.#onHead({status, contentType});
	}

	#takeChunkSize(line: string): void {
		// Behind a semicolon stand extensions, which nobody uses.
		const size = /^([0-9a-f]{1,12})[ \t]*(?:;|$)/i.exec(line)?.[1];
		if (size === undefined) throw new NotHttp('a chunk without a size');
		const left = Number.parseInt(size, 16);
		this.#framing = {kind: 'chunk', left};
		this.#state = left === 0 ? 'trailers' : 'body';
	}
}
