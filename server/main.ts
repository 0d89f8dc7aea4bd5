/** Wiring: the one place that puts configuration, clock, database, signals, actions and routes together. */

import {randomUUID} from 'node:crypto';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {Deps} from './actions/deps.ts';
import {createApp} from './app.ts';
import {AppError} from './app-error.ts';
import type {Clock} from './clock.ts';
import type {Config} from './config.ts';
import {openLive} from './live.ts';
import {startPolling} from './poll.ts';
import {openSignals} from './signals.ts';
import {openDatabase} from './stores/database.ts';
import {chainHead, tracesAfter} from './stores/timeline.ts';

export type Service = {
	readonly deps: Deps;
	readonly url: string;
	close(): Promise<void>;
};

export type ServiceOptions = {
	readonly config: Config;
	readonly clock: Clock;
	readonly log: (text: string) => void;
	/** Watches, closes idle deploys and hears announcements. A command that only borrows the store does not. */
	readonly polls: boolean;
	/** Port 0 takes any free one. */
	readonly port: number;
	/** How long a request may take to arrive, headers and body; a minute unless said. */
	readonly requestMs?: number;
};

const requestMsMax = 60_000;
// Far more than the hosts of one deploy; each costs a file handle, of which a process has some thousands at most.
const connectionsMax = 2000;

function listen(server: Server, host: string, port: number): Promise<number> {
	return new Promise((resolve, reject) => {
		server.once('error', (error: NodeJS.ErrnoException) => {
			const said =
				error.code === 'EADDRINUSE'
					? `port ${port} on ${host} is taken; stop what listens there, or set PORT to another one`
					: error.message;
			reject(new AppError('unavailable', `The service cannot listen: ${said}.`));
		});
		server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
	});
}

/** Starts everything and answers when requests are taken. */
export async function startService({config, clock, log, polls, port, requestMs = requestMsMax}: ServiceOptions): Promise<Service> {
	const database = await openDatabase(config.dataDir, clock);
	let url: string | null = null;
	const signals = await openSignals({config, clock, database, log, stores: polls});
	const live = openLive({
		...{watchHead: database.watchHead, now: clock.now, log},
		newerThan: (seq, atMost) => tracesAfter(database.read, seq, atMost),
		head: async () => (await chainHead(database.read)).seq,
	});
	const deps: Deps = {
		...{config, clock, database, log, live},
		signals: signals.of,
		// A command that borrows the store is gone before anybody opens a link to it.
		baseUrl: () => (polls ? url : config.url),
		newId: randomUUID,
		processId: randomUUID(),
	};
	// These bound how long a request may take to arrive; an answer may take as long as a hook may wait.
	const arrival = {headersTimeout: requestMs, requestTimeout: requestMs, connectionsCheckingInterval: Math.min(requestMs, 5000)};
	const server = createServer(arrival, createApp(deps));
	server.maxConnections = connectionsMax;
	const {host} = config.listen;
	let polling: Awaited<ReturnType<typeof startPolling>> | null = null;
	try {
		const actual = await listen(server, host, port);
		url = `http://${host === '127.0.0.1' ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${actual}`;
		if (polls) polling = await startPolling(deps);
	} catch (error) {
		server.close();
		await signals.close();
		await database.close();
		throw error;
	}
	return {
		deps,
		url,
		async close() {
			await polling?.stop();
			live.close();
			const closed = new Promise(resolve => server.close(resolve));
			server.closeIdleConnections();
			// Answers that are being written have a moment; a look that goes on is taken over when its caller asks again.
			const cut = setTimeout(() => server.closeAllConnections(), 2000);
			await closed;
			clearTimeout(cut);
			await signals.close();
			await database.close();
		},
	};
}
