/**
 * Reads the times that log lines carry. A time without a zone means nothing until somebody says where its clock hangs:
 * such a time is refused unless the log's configuration names a zone.
 */
import {AppError} from '../../app-error.ts';

export type LineTime = {readonly at: number} | {readonly refused: string};

/** Bound to one log's zone, so that offsets are looked up once a quarter of an hour and not once a line. */
export type LineTimeReader = (text: string, nowMs: number) => LineTime;

export const noZone = 'The time has no zone, and none is declared for this log: set `zone` (for example `zone: UTC`).';
export const noTime = 'The line has no time.';
export const wrongTime = 'The time is not a date and time that exists.';

/** How far ahead of the clock a line may be before its time is not believed. */
export const futureAllowanceMs = 120_000;

const timePattern = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ?(?:(Z|z|UTC|GMT)|([+-])(\d\d):?(\d\d)))?$/;
const utcNames = new Set(['UTC', 'Etc/UTC', 'GMT', 'Z']);
const dayMs = 86_400_000;
const quarterMs = 900_000;
const rememberedQuarters = 1000;

/** @param zone - an IANA name, or null where the log declares none. Throws an AppError for a name that is not one. */
export function lineTimeReader(zone: string | null): LineTimeReader {
	const toUtc = zone === null ? null : zoneToUtc(zone);
	return (text, nowMs) => {
		const match = timePattern.exec(text);
		if (!match) return {refused: noTime};
		const wallMs = wallTime(match);
		if (wallMs === null) return {refused: wrongTime};
		if (match[8] !== undefined) return {at: wallMs};
		if (match[9] !== undefined) {
			const aheadMs = (Number(match[10]) * 60 + Number(match[11])) * 60_000;
			return {at: match[9] === '+' ? wallMs - aheadMs : wallMs + aheadMs};
		}
		return toUtc === null ? {refused: noZone} : {at: toUtc(wallMs, nowMs)};
	};
}

/** The time on the wall as if it were UTC; null for the 30th of February. A leap second counts as the second after it. */
function wallTime(match: RegExpExecArray): number | null {
	const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
	if (hour > 23 || minute > 59 || second > 60) return null;
	const midnight = new Date(Date.UTC(year, month - 1, day));
	if (midnight.getUTCFullYear() !== year || midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return null;
	const milliseconds = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
	return midnight.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds;
}

/**
 * Turns times on a wall in `zone` into UTC. An hour that happens twice is read as the later one that is not in the future:
 * right for lines as they are written. An hour that does not happen is read by the offset before it.
 */
function zoneToUtc(zone: string): (wallMs: number, nowMs: number) => number {
	if (utcNames.has(zone)) return wallMs => wallMs;
	const offsetAt = zoneOffsets(zone);
	const remembered = new Map<number, readonly number[]>();
	const offsetsOf = (wallMs: number): readonly number[] => {
		const quarter = Math.floor(wallMs / quarterMs);
		const known = remembered.get(quarter);
		if (known) return known;
		const around = [...new Set([offsetAt(wallMs - dayMs), offsetAt(wallMs + dayMs)])];
		const fitting = around.filter(offset => offsetAt(wallMs - offset) === offset);
		const offsets = fitting.length > 0 ? fitting : around.slice(0, 1);
		if (remembered.size >= rememberedQuarters) remembered.clear();
		remembered.set(quarter, offsets);
		return offsets;
	};
	return (wallMs, nowMs) => {
		const candidates = offsetsOf(wallMs).map(offset => wallMs - offset);
		const possible = candidates.filter(at => at <= nowMs + futureAllowanceMs);
		return possible.length > 0 ? Math.max(...possible) : Math.min(...candidates);
	};
}

/** Milliseconds that the clocks of a zone are ahead of UTC at an instant. */
function zoneOffsets(zone: string): (atMs: number) => number {
	const format = zoneFormat(zone);
	return atMs => {
		const parts = new Map(format.formatToParts(atMs).map(part => [part.type, Number(part.value)]));
		const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
		const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
		return wall - Math.floor(atMs / 1000) * 1000;
	};
}

function zoneFormat(zone: string): Intl.DateTimeFormat {
	try {
		return new Intl.DateTimeFormat('en-US', {
			timeZone: zone,
			calendar: 'gregory',
			numberingSystem: 'latn',
			hourCycle: 'h23',
			year: 'numeric',
			month: 'numeric',
			day: 'numeric',
			hour: 'numeric',
			minute: 'numeric',
			second: 'numeric',
		});
	} catch (error) {
		if (!(error instanceof RangeError)) throw error;
		throw new AppError('invalid', `There is no time zone "${zone}". Write an IANA name, such as UTC or Europe/Berlin, as \`zone\`.`);
	}
}
