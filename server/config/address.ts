/** `host:port`, as `listen`, `announcements` and PORT are written. */

export type Address = {readonly host: string; readonly port: number};

/** A port from 0 (any free one) to 65535, or null. */
export function parsePort(text: string): number | null {
	return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : null;
}

/** `127.0.0.1:8420`, `[::1]:8420`, `localhost:8420`, or a port alone for 127.0.0.1; null where it is none of them. */
export function parseAddress(text: string): Address | null {
	const split = text.lastIndexOf(':');
	const port = parsePort(text.slice(split + 1));
	if (port === null) return null;
	if (split < 0) return {host: '127.0.0.1', port};
	const host = text.slice(0, split);
	const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
	if (bare === '' || (bare === host && host.includes(':')) || /[\s/[\]]/.test(bare)) return null;
	return {host: bare, port};
}

/** Whether only this machine can reach it. Anybody who reaches the service may use it until there is a sign-in. */
export const isLoopback = (host: string): boolean =>
	host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
