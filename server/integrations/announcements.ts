/**
 * Receives what scap and its neighbours announce, the way the IRC relay tcpircbot does: plain TCP, one connection a message, UTF-8, no
 * newline at the end, no answer. Whoever can reach the port can say anything, so nothing here believes a word; it is read, bounded, and
 * handed on.
 */
import {createServer, type Server, type Socket} from 'node:net';
import {AppError} from '../app-error.ts';
import type {Clock} from '../clock.ts';
import {parseAnnouncement} from './sal/parse-line.ts';
import {lineBytesMax, type SalLine} from './sal/sal-line.ts';

export type AnnouncementListener = {readonly port: number; close(): Promise<void>};

export type AnnouncementOptions = {
	readonly host: string;
	/** 0: any free port. */
	readonly port: number;
	readonly clock: Clock;
	/** Called for each announcement, one at a time, in the order in which they came in. */
	onMessage(parsed: SalLine, raw: string): void | Promise<void>;
	/** Told of everything that was received and not handed on, with the reason, and of an `onMessage` that failed. */
	onRefused?(reason: string, raw: string): void;
	readonly connectionsMax?: number;
	/** A message is over when the sender hangs up, or is silent for this long. */
	readonly idleMs?: number;
	/** No connection lives longer, however slowly it drips. */
	readonly lifetimeMs?: number;
	/** Messages that may wait while `onMessage` works on an earlier one. */
	readonly waitingMax?: number;
};

const rawLinesMax = 20;

/** scap has sent messages of two lines; whatever follows the first line was said by the same sender. */
function splitMessages(text: string): string[] {
	const lines = text.split(/\r?\n/, rawLinesMax).filter(line => line.trim() !== '');
	const sender = /^!log [^\s@]{1,64}@[^\s@]{1,255} /.exec(lines[0] ?? '')?.[0] ?? '';
	return lines.map((line, index) => (index > 0 && sender !== '' && !line.startsWith('!log ') ? `${sender}${line}` : line));
}

/** Hands messages on one by one; a handler that fails is reported and does not stop the next. */
function queueFor({clock, onMessage, onRefused, waitingMax = 1000}: AnnouncementOptions) {
	const refuse = (reason: string, raw: string): void => {
		try {
			if (onRefused) onRefused(reason, raw);
			else console.error(`announcement not recorded: ${reason}`);
		} catch (error) {
			console.error(`announcement not recorded: ${reason}; nor could that be reported:`, error);
		}
	};
	let waiting = 0;
	let last: Promise<void> = Promise.resolve();
	const handle = async (raw: string, receivedAt: string): Promise<void> => {
		try {
			const parse = parseAnnouncement(raw, receivedAt);
			if ('line' in parse) await onMessage(parse.line, raw);
			else refuse(parse.refused, raw);
		} catch (error) {
			refuse(`It could not be recorded: ${error instanceof Error ? error.message : String(error)}`, raw);
		} finally {
			waiting -= 1;
		}
	};
	return {
		refuse,
		add(text: string) {
			for (const raw of splitMessages(text)) {
				if (waiting >= waitingMax) {
					refuse(`${waitingMax} announcements wait already.`, raw);
					continue;
				}
				waiting += 1;
				const receivedAt = clock.now();
				last = last.then(() => handle(raw, receivedAt));
			}
		},
		drained: (): Promise<void> => last,
	};
}

/** Reads one connection to its end, its silence, its limit or its failure, and hands on what came. */
function receive(socket: Socket, queue: ReturnType<typeof queueFor>, idleMs: number, lifetimeMs: number): void {
	const chunks: Buffer[] = [];
	let bytes = 0;
	let over = false;
	const lifetime = setTimeout(() => finish(), lifetimeMs);
	const finish = (): void => {
		if (over) return;
		over = true;
		clearTimeout(lifetime);
		socket.destroy();
		// What is not UTF-8 becomes replacement characters: half a word of a deploy is worth more than none.
		const text = new TextDecoder('utf-8').decode(Buffer.concat(chunks));
		if (bytes > lineBytesMax) queue.refuse(`A message has at most ${lineBytesMax} bytes.`, text.slice(0, 200));
		else queue.add(text);
	};
	socket.setTimeout(idleMs, finish);
	socket.on('data', chunk => {
		bytes += chunk.length;
		chunks.push(chunk);
		if (bytes > lineBytesMax) finish();
	});
	socket.on('end', finish);
	socket.on('close', finish);
	// A sender that resets the connection has still said what it said before; 'close' follows.
	socket.on('error', finish);
}

function listen(server: Server, host: string, port: number): Promise<number> {
	return new Promise((resolve, reject) => {
		const refuse = (error: Error) => {
			reject(new AppError('unavailable', `Announcements cannot be received at ${host}:${port}: ${error.message}. Choose another address.`));
		};
		server.once('error', refuse);
		server.listen({host, port}, () => {
			server.off('error', refuse);
			const address = server.address();
			resolve(typeof address === 'object' && address !== null ? address.port : port);
		});
	});
}

/**
 * Listens for announcements. Each message is at most 8 KiB; one that is not `!log USER@HOST MESSAGE` is refused, with a reason. The time of
 * an announcement is when it came in. Connections above the limit are closed unread: scap ignores that.
 * Throws AppError when the address cannot be listened on. `close` stops listening and waits until what came in was handed on.
 */
export async function listenForAnnouncements(options: AnnouncementOptions): Promise<AnnouncementListener> {
	const {host, connectionsMax = 100, idleMs = 2000, lifetimeMs = 10_000} = options;
	const queue = queueFor(options);
	const sockets = new Set<Socket>();
	const server = createServer(socket => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
		receive(socket, queue, idleMs, lifetimeMs);
	});
	server.maxConnections = connectionsMax;
	server.on('drop', () => queue.refuse(`${connectionsMax} connections are open already.`, ''));
	const port = await listen(server, host, options.port);
	// A listener in trouble later (out of file handles) must not take the service down with it.
	server.on('error', error => queue.refuse(`The listener failed: ${error.message}`, ''));
	return {
		port,
		async close() {
			const closed = new Promise<void>(resolve => server.close(() => resolve()));
			for (const socket of sockets) socket.destroy();
			await closed;
			await queue.drained();
		},
	};
}
