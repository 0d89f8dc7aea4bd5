/** Wiring: the one place that puts configuration, clock, database, signals, actions and routes together. */

import {randomUUID} from 'node:crypto';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {Deps} from './actions/deps.ts';
import {firstLink} from './actions/invite-person.ts';
import {linkText} from './actions/link-text.ts';
import {createApp} from './app.ts';
import {AppError} from './app-error.ts';
import type {Clock} from './clock.ts';
import {databasePlace} from './config/database.ts';
import type {Config} from './config.ts';
import {isLoopbackName} from './door/hosts.ts';
import {liveOver} from './live-feed.ts';
import {startPolling} from './poll.ts';
import {openSignals} from './signals.ts';
import {openDatabase} from './stores/database.ts';

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
	/**
	 * A token of a command's own, for the service that it runs inside itself: whoever shows it may do everything, nobody else anything, and
	 * the service is on loopback whatever the configuration says.
	 */
	readonly insider?: string;
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

/** By which this machine reaches what listens there. */
const nameOf = (host: string): string =>
	['127.0.0.1', '0.0.0.0', '::'].includes(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;

/** Others can come only through something in front, which would make all of them this machine. */
function refuseOpenDoor({signIn, url}: Config): void {
	if (signIn !== null || url === null || isLoopbackName(new URL(url).host)) return;
	throw new AppError(
		'invalid',
		`«url» says that others reach this service, as ${url}: write «sign_in: {links: true}» beside it, so that it knows who they are (docs/sign-in.md), or make «url» http://localhost:PORT.`,
	);
}

/** Where nobody could let anybody in yet, whoever reads the log of the service can. */
async function tellFirstLink(deps: Deps): Promise<void> {
	if (deps.config.signIn?.links !== true) return;
	const link = await firstLink(deps);
	if (link !== null)
		deps.log(
			`There is no admin yet. Whoever opens this becomes the first one; it works once, until ${link.expiresAt.slice(0, 16)}Z: ${linkText(deps, link.secret)}`,
		);
}

/** Starts everything and answers when requests are taken. */
export async function startService({config, clock, log, polls, port, insider, requestMs = requestMsMax}: ServiceOptions): Promise<Service> {
	if (polls) refuseOpenDoor(config);
	const database = await openDatabase(databasePlace(config), clock, {log});
	let url: string | null = null;
	const signals = await openSignals({config, clock, database, log, stores: polls}).catch(async (error: unknown) => {
		await database.close();
		throw error;
	});
	const live = liveOver(database, clock, log);
	const deps: Deps = {
		...{config, clock, database, log, live},
		signals: signals.of,
		// A command that borrows the store is gone before anybody opens a link to it.
		// People come by the name that the configuration says, which may be a proxy's.
		baseUrl: () => (polls && (config.signIn === null || config.url === null) ? url : config.url),
		newId: randomUUID,
		processId: randomUUID(),
	};
	// These bound how long a request may take to arrive; an answer may take as long as a hook may wait.
	const arrival = {headersTimeout: requestMs, requestTimeout: requestMs, connectionsCheckingInterval: Math.min(requestMs, 5000)};
	const server = createServer(arrival, createApp(deps, {insider: insider ?? null}));
	server.maxConnections = connectionsMax;
	const {host} = insider === undefined ? config.listen : {host: '127.0.0.1'};
	let polling: Awaited<ReturnType<typeof startPolling>> | null = null;
	try {
		const actual = await listen(server, host, port);
		url = `http://${nameOf(host)}:${actual}`;
		if (polls) await tellFirstLink(deps);
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
