/** A log of JSON lines that a small fleet writes while a test runs: what the service follows. */
import {appendFileSync} from 'node:fs';
import type {ExecutionContext} from 'ava';

export type LoggedLine = {readonly host: string; readonly level: string; readonly message: string};

const lineOf = (atMs: number, {host, level, message}: LoggedLine): string =>
	`${JSON.stringify({'@timestamp': new Date(atMs).toISOString(), host, level, channel: 'app', message})}\n`;

/** Ten minutes of a quiet fleet that ends now: every host lives, and the baseline has errors now and then, so that the query is known to match. */
export function writeQuietPast(file: string, hosts: {readonly canaries: readonly string[]; readonly baseline: readonly string[]}): void {
	const nowMs = Date.now();
	let lines = '';
	for (let atMs = nowMs - 600_000; atMs < nowMs; atMs += 5000) {
		for (const host of [...hosts.canaries, ...hosts.baseline]) lines += lineOf(atMs, {host, level: 'INFO', message: 'served'});
		const [first] = hosts.baseline;
		if (first !== undefined && (nowMs - atMs) % 60_000 < 5000)
			lines += lineOf(atMs, {host: first, level: 'ERROR', message: 'timeout of a backend'});
	}
	appendFileSync(file, lines);
}

/** Goes on logging twice a second until the test ends; what is logged is asked anew each time. */
export function keepLogging(t: ExecutionContext, file: string, lines: () => readonly LoggedLine[]): void {
	const timer = setInterval(() => {
		const nowMs = Date.now();
		appendFileSync(
			file,
			lines()
				.map(line => lineOf(nowMs, line))
				.join(''),
		);
	}, 500);
	t.teardown(() => clearInterval(timer));
}
