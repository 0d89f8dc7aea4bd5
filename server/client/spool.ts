/**
 * Events that wait on disk while the service is away. One file is one event, whole or not there; a file goes only after the service has
 * said that it has the event. Killed in between it is sent again, and its key makes that the same event.
 */
import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {type EventKind, eventKinds, type NewEvent} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import {isMap} from './changes/json-file.ts';
import {syncFolder, writeWhole} from './whole-file.ts';

export type Flushed = {
	readonly sent: number;
	/** Events that still wait. */
	readonly left: number;
	/** What went wrong, in sentences. */
	readonly problems: readonly string[];
};

export const spoolMax = 10_000;
const batchMax = 100;
const fileBytesMax = 256 * 1024;
/** A temporary file this old has no writer any more. */
const abandonedMs = 10 * 60 * 1000;

const isEventFile = (name: string): boolean => name.startsWith('event-') && name.endsWith('.json');
const isTemporary = (name: string): boolean => name.startsWith('event-') && name.endsWith('.new');
const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));
/** Whether it is these events that the service will never take, rather than this sender or this moment. */
const isRefusal = (error: unknown): error is AppError =>
	error instanceof AppError && (error.code === 'invalid' || error.code === 'too-large');
const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : null);
const isAbsent = (error: unknown): boolean => codeOf(error) === 'ENOENT';
/** Another user's: whole, and theirs to send. */
const isForbidden = (error: unknown): boolean => codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM';

/** Puts one event on disk for sure. Returns a sentence where it cannot; it never throws, since an answer must go out in any case. */
export function spoolEvent(dir: string, event: NewEvent): string | null {
	const name = `event-${event.happenedAt.replace(/[^0-9TZ]/g, '')}-${event.idempotencyKey.replace(/[^\w-]/g, '_').slice(0, 80)}`;
	try {
		mkdirSync(dir, {recursive: true, mode: 0o700});
		if (readdirSync(dir).filter(isEventFile).length >= spoolMax) {
			return `the spool ${dir} is full (${spoolMax} events): this event is not recorded; bring the service back and run signalbox flush`;
		}
		writeWhole(join(dir, `${name}.json`), `${JSON.stringify(event)}\n`, {durable: true});
		return null;
	} catch (error) {
		return `this event is not recorded, since the spool ${dir} cannot be written: ${said(error)}`;
	}
}

function setAside(dir: string, name: string, why: string): string {
	try {
		mkdirSync(join(dir, 'damaged'), {recursive: true, mode: 0o700});
		renameSync(join(dir, name), join(dir, 'damaged', name));
		return `the spooled event ${name} ${why}: it was moved to ${join(dir, 'damaged')}`;
	} catch (error) {
		return isAbsent(error) ? '' : `the spooled event ${name} ${why}, and cannot be moved away: ${said(error)}`;
	}
}

const isEventKind = (value: unknown): value is EventKind => eventKinds.some(kind => kind === value);

function isEvent(value: unknown): value is NewEvent {
	if (!isMap(value) || !isEventKind(value['kind']) || !isMap(value['actor']) || !isMap(value['data'])) return false;
	return ['source', 'happenedAt', 'precision', 'text', 'idempotencyKey'].every(key => typeof value[key] === 'string' && value[key] !== '');
}

type Waiting = {readonly name: string; readonly event: NewEvent};

/** The events of these files. Files that another flusher has removed are passed over; damaged ones are moved away and told about. */
function readEvents(dir: string, names: readonly string[], problems: string[]): Waiting[] {
	return names.flatMap(name => {
		try {
			if (statSync(join(dir, name)).size > fileBytesMax) throw new Error(`it has more than ${fileBytesMax} bytes`);
			const event: unknown = JSON.parse(readFileSync(join(dir, name), 'utf8'));
			if (!isEvent(event)) throw new Error('it is no event');
			return [{name, event}];
		} catch (error) {
			if (isForbidden(error)) problems.push(`the spooled event ${name} may be sent only by the user whom it belongs to (${said(error)})`);
			else if (!isAbsent(error)) problems.push(setAside(dir, name, `is damaged (${said(error)})`));
			return [];
		}
	});
}

function listSpool(dir: string, problems: string[]): string[] {
	const names = readdirSync(dir);
	for (const name of names.filter(isTemporary)) {
		try {
			if (Date.now() - statSync(join(dir, name)).mtimeMs > abandonedMs) problems.push(setAside(dir, name, 'was never finished'));
		} catch (error) {
			if (!isAbsent(error)) problems.push(`${name} cannot be looked at: ${said(error)}`);
		}
	}
	return names.filter(isEventFile).sort();
}

/** Sends what can be sent of a batch that the service refused: one at a time, so that one bad event does not keep the others. */
async function sendSingly(
	dir: string,
	batch: readonly Waiting[],
	send: (events: readonly NewEvent[]) => Promise<void>,
	problems: string[],
) {
	let sent = 0;
	for (const {name, event} of batch) {
		try {
			await send([event]);
			rmSync(join(dir, name), {force: true});
			sent++;
		} catch (error) {
			if (!isRefusal(error)) throw error;
			problems.push(setAside(dir, name, `was refused by the service (${error.message})`));
		}
	}
	return sent;
}

/** Sends everything that waits, oldest first. Stops at the first trouble with the service; what was not acknowledged stays. Never throws. */
export async function flushSpool(dir: string, send: (events: readonly NewEvent[]) => Promise<void>): Promise<Flushed> {
	const problems: string[] = [];
	let sent = 0;
	let names: string[] = [];
	try {
		names = listSpool(dir, problems);
		for (let from = 0; from < names.length; from += batchMax) {
			const batch = readEvents(dir, names.slice(from, from + batchMax), problems);
			if (batch.length === 0) continue;
			try {
				await send(batch.map(({event}) => event));
				for (const {name} of batch) rmSync(join(dir, name), {force: true});
				sent += batch.length;
			} catch (error) {
				if (!isRefusal(error)) throw error;
				sent += await sendSingly(dir, batch, send, problems);
			}
		}
		if (sent > 0) syncFolder(dir);
	} catch (error) {
		if (!isAbsent(error)) problems.push(`spooled events were not sent: ${said(error)}`);
	}
	return {sent, left: countSpooled(dir), problems: problems.filter(Boolean)};
}

/** How many events wait; 0 where there is no spool. */
export function countSpooled(dir: string): number {
	try {
		return readdirSync(dir).filter(isEventFile).length;
	} catch {
		// No folder: nothing was ever spooled. One that cannot be read is told of where it is written.
		return 0;
	}
}
