/**
 * A real Prometheus for a test: Debian's binary as a plain process on a free loopback port, with its own folder of data, scraping an
 * exporter of the test every second. Each host is a port of the exporter, and its label `instance` is set by the configuration.
 */
import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import path from 'node:path';
import type {ExecutionContext} from 'ava';
import {eventually} from './polled.ts';
import {temporaryFolder} from './service.ts';

/** Why there is none on this machine; null where there is one. */
export function noPrometheus(): string | null {
	const {status} = spawnSync('prometheus', ['--version'], {stdio: 'ignore'});
	return status === 0 ? null : 'prometheus is not installed: apt-get install -y --no-install-recommends prometheus';
}

export type Exported = {
	/** Lines of metrics as the host gives them; null: it is down. */
	metrics(lines: readonly string[] | null): void;
};

export type RealPrometheus = {
	readonly url: string;
	readonly host: (name: string) => Exported;
	/** Scrapes these hosts from now on; what is known of others stays. */
	scrape(hosts: readonly string[]): Promise<void>;
	/** One value now; null where there is none. */
	value(expression: string): Promise<number | null>;
	stop(): Promise<void>;
};

async function listening(server: Server, port = 0): Promise<number> {
	server.listen(port, '127.0.0.1');
	await once(server, 'listening');
	return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
	const server = createServer();
	const port = await listening(server);
	await new Promise(resolve => server.close(resolve));
	return port;
}

type HostServer = {readonly server: Server; readonly port: number; lines: readonly string[] | null};

async function hostServer(): Promise<HostServer> {
	const host: {server: Server; port: number; lines: readonly string[] | null} = {server: createServer(), port: 0, lines: []};
	host.server.on('request', (_request, response) => {
		if (host.lines === null) return void response.destroy();
		response.writeHead(200, {'content-type': 'text/plain; version=0.0.4'});
		response.end(`${host.lines.join('\n')}\n`);
	});
	host.port = await listening(host.server);
	return host;
}

const configOf = (hosts: ReadonlyMap<string, HostServer>, scraped: readonly string[]): string =>
	JSON.stringify({
		global: {scrape_interval: '1s', scrape_timeout: '900ms'},
		scrape_configs: [
			{
				job_name: 'app',
				static_configs: scraped.map(name => ({targets: [`127.0.0.1:${hosts.get(name)?.port ?? 1}`], labels: {instance: name}})),
			},
		],
	});

async function untilReady(url: string, child: ChildProcess, said: () => string): Promise<void> {
	const deadlineMs = performance.now() + 20_000;
	for (;;) {
		if (child.exitCode !== null) throw new Error(`prometheus ended: ${said()}`);
		const isReady = await fetch(`${url}/-/ready`).then(
			({ok}) => ok,
			() => false,
		);
		if (isReady) return;
		if (performance.now() > deadlineMs) throw new Error(`prometheus did not become ready: ${said()}`);
		await new Promise(resolve => setTimeout(resolve, 50));
	}
}

/** Starts one that scrapes these hosts; it ends with the test. */
export async function prometheusUnderTest(
	t: ExecutionContext,
	names: readonly string[],
	scraped: readonly string[] = names,
): Promise<RealPrometheus> {
	const folder = temporaryFolder(t, 'signalbox-prometheus');
	const hosts = new Map<string, HostServer>();
	for (const name of names) hosts.set(name, await hostServer());
	const file = path.join(folder, 'prometheus.yml');
	writeFileSync(file, configOf(hosts, scraped));
	const port = await freePort();
	const url = `http://127.0.0.1:${port}`;
	const child = spawn(
		'prometheus',
		[
			`--config.file=${file}`,
			`--storage.tsdb.path=${path.join(folder, 'data')}`,
			`--web.listen-address=127.0.0.1:${port}`,
			'--log.level=warn',
		],
		{stdio: ['ignore', 'ignore', 'pipe']},
	);
	let said = '';
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		said = `${said}${text}`.slice(-4000);
	});
	const ended = once(child, 'exit');
	const stop = async () => {
		if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
		await ended;
	};
	t.teardown(async () => {
		await stop();
		for (const {server} of hosts.values()) {
			server.closeAllConnections();
			server.close();
		}
	});
	await untilReady(url, child, () => said);
	return {
		url,
		stop,
		host: name => ({
			metrics(lines) {
				const host = hosts.get(name);
				if (host) host.lines = lines;
			},
		}),
		async scrape(wanted) {
			writeFileSync(file, configOf(hosts, wanted));
			child.kill('SIGHUP');
			await Promise.resolve();
		},
		async value(expression) {
			const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
			const body = (await answer.json()) as {data: {result: {value: [number, string]}[]}};
			const [, text] = body.data.result[0]?.value ?? [];
			return text === undefined ? null : Number(text);
		},
	};
}

/** Until each of these hosts was scraped after this moment. */
export async function allScraped(t: ExecutionContext, prometheus: RealPrometheus, hosts: readonly string[]): Promise<void> {
	const sinceMs = Date.now();
	for (const host of hosts) {
		const isScraped = async () =>
			(await prometheus.value(`up{instance="${host}"}`)) === 1 &&
			((await prometheus.value(`timestamp(up{instance="${host}"})`)) ?? 0) * 1000 > sinceMs;
		await eventually(t, isScraped, `${host} was scraped`);
	}
}

/** What a client library gives: when the process began, and counters by their labels. */
export const exposition = (startedMs: number | null, counters: Readonly<Record<string, number>>): string[] => [
	...(startedMs === null ? [] : [`process_start_time_seconds ${startedMs / 1000}`]),
	...Object.entries(counters).map(([name, value]) => `${name} ${value}`),
];
