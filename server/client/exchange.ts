/** One question to the service and its answer, on a connection of its own. */
import type {Socket} from 'node:net';
import type {TLSSocket} from 'node:tls';
import {Trouble} from './contract.ts';
import {type AnswerHead, AnswerReader, NotHttp} from './http-answer.ts';

export type Ask = {
	readonly method: 'GET' | 'POST';
	readonly path: string;
	readonly body?: string;
	readonly signal: AbortSignal | undefined;
	/** Shown to the service as who asks; null: nothing is. */
	readonly token?: string | null;
};

const answerBytesMax = 16 * 1024 * 1024;
/** A connection that is not there after this long will not come: the host is off, or a firewall swallows it. */
const connectMsMax = 5000;

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** What a failed connection means, for whoever reads it at night; the code for what is rare. */
function meaningOf(error: Error, host: string): string {
	const code = codeOf(error);
	if (code === 'ECONNREFUSED') return `nothing listens at ${host}`;
	if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the name of ${host} is not known here`;
	if (code === 'ECONNRESET' || code === 'EPIPE') return `${host} hung up`;
	return `${host}: ${code || error.message}`;
}

function open({protocol, hostname, port}: URL): Socket | TLSSocket {
	// Loaded only here, and not with import(), which would start the loader of ES modules inside the bundle for it.
	const net = process.getBuiltinModule('node:net');
	// Asking a name server for localhost may take as long as the whole check, and may lead to ::1 where nobody listens.
	const host = hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, '');
	if (protocol !== 'https:') return net.connect({host, port: Number(port || 80)});
	const name = hostname.replace(/^\[|\]$/g, '');
	const {connect} = process.getBuiltinModule('node:tls');
	return connect({host, port: Number(port || 443), ALPNProtocols: ['http/1.1'], ...(net.isIP(name) ? {} : {servername: name})});
}

function headText(base: URL, {method, path, body, token}: Ask): string {
	const lines = [
		`${method} ${base.pathname.replace(/\/$/, '')}${path} HTTP/1.1`,
		`host: ${base.host}`,
		'accept: application/x-ndjson, application/json, application/problem+json',
		'connection: close',
		...(token === null || token === undefined ? [] : [`authorization: Bearer ${token}`]),
		...(body === undefined ? [] : ['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`]),
	];
	return `${lines.join('\r\n')}\r\n\r\n`;
}

/**
 * Asks, and hands the bytes of the body to `onBody` as they come, once the head was handed to `onHead`. Rejects with Trouble where there is
 * no whole answer: `alive` in it says that the service took the connection and the time ran out. What `onHead` and `onBody` throw ends it too.
 */
export function exchange(base: URL, ask: Ask, onHead: (head: AnswerHead) => void, onBody: (bytes: Buffer) => void): Promise<void> {
	const {host} = base;
	return new Promise((resolve, reject) => {
		let isConnected = false;
		let bytes = 0;
		const reader = new AnswerReader(onHead, piece => {
			bytes += piece.length;
			if (bytes > answerBytesMax) throw new Trouble(`${host} answers with more than ${answerBytesMax} bytes`);
			onBody(piece);
		});
		const socket = open(base);
		const settle = (error: unknown): void => {
			clearTimeout(timer);
			ask.signal?.removeEventListener('abort', abort);
			socket.destroy();
			if (error === null) resolve();
			else reject(error);
		};
		const abort = () => settle(new Trouble(isConnected ? 'no answer in time' : `no connection to ${host}`, isConnected));
		const timer = setTimeout(() => settle(new Trouble(`no connection to ${host} within ${connectMsMax / 1000} s`)), connectMsMax);
		const brokenOff = (error: Error | null): Trouble => {
			if (reader.hasHead) return new Trouble(`${host} broke off its answer (${codeOf(error) || 'closed'})`);
			return new Trouble(error === null ? `${host} hung up` : meaningOf(error, host));
		};
		socket.once(base.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
			isConnected = true;
			clearTimeout(timer);
			socket.write(headText(base, ask) + (ask.body ?? ''));
		});
		socket.on('data', piece => {
			try {
				reader.take(piece);
				if (reader.isComplete) settle(null);
			} catch (error) {
				settle(error instanceof NotHttp ? new Trouble(`${host} answers with ${error.message}; does the url lead to Signalbox?`) : error);
			}
		});
		socket.on('end', () => settle(reader.end() ? null : brokenOff(null)));
		socket.on('close', () => settle(brokenOff(null)));
		// What was refused before it was read to its end may be answered all the same: the answer comes first, and settles.
		socket.on('error', error => settle(brokenOff(error)));
		if (ask.signal?.aborted) abort();
		else ask.signal?.addEventListener('abort', abort, {once: true});
	});
}
