/** How long to wait before trying again: twice as long each time, up to an hour, and never all at the same moment. */
import {randomInt} from 'node:crypto';

const firstMs = 10_000;
const longestMs = 60 * 60 * 1000;

/** After so many attempts, from 1; a fifth more or less by chance, so that what failed together does not come back together. */
export function backoffMs(attempts: number): number {
	const plainMs = Math.min(longestMs, firstMs * 2 ** Math.min(20, Math.max(0, attempts - 1)));
	return Math.min(longestMs, Math.round((plainMs * randomInt(80, 121)) / 100));
}

/** What a `Retry-After` header asks for, in milliseconds from `now`: seconds, or a date; null where it says nothing readable. */
export function retryAfterMs(header: string | undefined, now: string): number | null {
	if (header === undefined) return null;
	if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
	const atMs = Date.parse(header);
	return Number.isNaN(atMs) ? null : Math.max(0, atMs - Date.parse(now));
}
