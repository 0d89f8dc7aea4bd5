/** A line of the log as an event of the timeline. */
import {createHash} from 'node:crypto';
import type {EventKind, NewEvent} from '../../../reports/events.ts';
import {commandDeploys} from './meaning-for.ts';
import type {SalLine, SalShape} from './sal-line.ts';

/** Accounts that act by themselves. */
const systemAccounts: ReadonlySet<string> = new Set([
	'logmsgbot',
	'wm-bot',
	'stashbot',
	'mwpresync',
	'l10nupdate',
	'root',
	'trainbranchbot',
]);

type Meaning = {readonly kind: EventKind; readonly data?: Readonly<Record<string, unknown>>; readonly before?: string};

// "Finished" is sent after a rollback too, "DONE" after a failure too: neither is believed.
const finished: Meaning = {kind: 'deploy_finished', data: {believed: false}, before: 'Announced as finished: '};

const meanings: ReadonlyMap<SalShape, Meaning> = new Map<SalShape, Meaning>([
	['sync-world-start', {kind: 'deploy_started'}],
	['scap-start', {kind: 'deploy_started'}],
	['scap3-start', {kind: 'deploy_started'}],
	['helmfile-start', {kind: 'deploy_started'}],
	['sync-world-finish', finished],
	['scap-finish', finished],
	['scap3-finish', finished],
	['helmfile-done', finished],
	['helmfile-legacy', finished],
	['sync-file', finished],
	['sync-dblist', finished],
	['sync-docroot', finished],
	['wikiversions', finished],
	['l10n-sync', finished],
	['testservers-synced', {kind: 'stage_started', data: {stage: 'testservers'}}],
	['continue', {kind: 'decision', data: {decision: 'continue'}}],
	['user-rollback', {kind: 'rollback_started', data: {decided_by: 'person'}}],
	['auto-rollback', {kind: 'rollback_started', data: {decided_by: 'checks'}}],
	['cancelled-no-rollback', {kind: 'deploy_aborted', data: {half_deployed: true}}],
	['stop-before-sync', {kind: 'deploy_aborted', data: {half_deployed: false}}],
	['canary-error-rate', {kind: 'gate_failed'}],
	['canary-endpoint', {kind: 'gate_failed'}],
	['eval-check-failed', {kind: 'gate_failed'}],
	['canary-warning', {kind: 'note', data: {canaries_rolled_back: false}}],
	['lock', {kind: 'lock', data: {action: 'lock'}}],
	['unlock', {kind: 'lock', data: {action: 'unlock'}}],
	['force-unlock', {kind: 'lock', data: {action: 'force-unlock'}}],
]);

const keywordKinds: ReadonlyMap<string, EventKind> = new Map<string, EventKind>([
	['rollback-intent', 'decision'],
	['window-done', 'communication'],
	['freeze', 'communication'],
	['incident-declared', 'communication'],
	['incident-resolved', 'communication'],
]);

function meaningOf(line: SalLine): Meaning {
	const known = meanings.get(line.shape);
	if (known) return known;
	if (line.shape === 'aborted') return {kind: commandDeploys(line.fields['command']) === null ? 'note' : 'deploy_aborted'};
	if (line.shape === 'failed') return {kind: commandDeploys(line.fields['command']) === null ? 'note' : 'gate_failed'};
	if (line.shape !== 'manual') return {kind: 'note'};
	if (line.fields['emergency'] === true) return {kind: 'decision'};
	return {kind: keywordKinds.get(String(line.fields['keyword'] ?? '')) ?? 'note'};
}

/**
 * What makes two lines the same line, whichever way they came: the minute (the page knows no more), who, and what was said, in Unicode's
 * composed form as a wiki saves it.
 */
export const sameLineText = (line: SalLine): string => [line.at.slice(0, 16), line.actor, line.message.normalize('NFC')].join('\n');

/**
 * Numbers equal lines within their minute from 1, so that what was said twice is stored twice, and what is imported twice once.
 * Remembers `minutesMax` minutes: enough for a live feed; an import counts its whole file.
 */
export function occurrenceCounter(minutesMax = Number.POSITIVE_INFINITY): (line: SalLine) => number {
	const minutes = new Map<string, Map<string, number>>();
	return line => {
		const minute = line.at.slice(0, 16);
		const counts = minutes.get(minute) ?? new Map<string, number>();
		minutes.set(minute, counts);
		const oldest = minutes.keys().next();
		if (minutes.size > minutesMax && !oldest.done) minutes.delete(oldest.value);
		const text = sameLineText(line);
		const count = (counts.get(text) ?? 0) + 1;
		counts.set(text, count);
		return count;
	};
}

/**
 * The event of a line. `occurrence` is what an `occurrenceCounter` says of it; `service` is the service it is about, where known.
 * The idempotency key depends on content alone, so the page and the channel of one day are stored once.
 */
export function toEvent(
	line: SalLine,
	{source, occurrence, service = null}: {source: 'sal_import' | 'announcement'; occurrence: number; service?: string | null},
): NewEvent {
	const meaning = meaningOf(line);
	const startedMs = line.durationSeconds === null ? null : Date.parse(line.at) - line.durationSeconds * 1000;
	return {
		kind: meaning.kind,
		source,
		actor: {kind: systemAccounts.has(line.actor) ? 'system' : 'person', name: line.actor},
		happenedAt: line.at,
		precision: line.precision,
		text: `${meaning.before ?? ''}${line.message}`,
		data: {
			shape: line.shape,
			nick: line.nick,
			...(line.host === null ? {} : {host: line.host}),
			...(line.tasks.length > 0 ? {tasks: line.tasks} : {}),
			...(line.changes.length > 0 ? {changes: line.changes} : {}),
			...(line.durationSeconds === null ? {} : {duration_s: line.durationSeconds}),
			...(startedMs === null ? {} : {started_at: new Date(startedMs).toISOString()}),
			...(Object.keys(line.fields).length > 0 ? {fields: line.fields} : {}),
			...meaning.data,
		},
		service,
		deploy: null,
		attempt: null,
		incident: null,
		idempotencyKey: `sal:${createHash('sha256')
			.update(`${sameLineText(line)}\n${occurrence}`)
			.digest('hex')}`,
	};
}
