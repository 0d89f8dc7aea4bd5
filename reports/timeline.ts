/**
 * Timeline: what happened, in UTC, from the lead-up (the changes written) to the last event.
 *
 * Sorted by happenedAt, then seq; a row that is known to the minute only stands first within its minute. Repeats are folded, redacted
 * rows are shown as such, and silence of over ten minutes while the impact lasted is a row of its own.
 */
import type {Instant} from '../gate/facts.ts';
import type {EventKind, TimelineEvent} from './events.ts';
import {addMs, msBetween, sayDuration, shortSha} from './say.ts';
import type {DeployStory} from './story.ts';

export type Importance = 'key' | 'normal' | 'noise';

export type TimelineRow = {
	readonly type: 'event' | 'change' | 'gap';
	readonly at: Instant;
	/** Of the last repeat in a folded row, and of the end of a gap. */
	readonly until: Instant | null;
	readonly seqs: readonly number[];
	readonly kind: EventKind | 'gap';
	/** What to print: true where the time is known to the minute, hour or day only. */
	readonly approximate: boolean;
	readonly source: string;
	readonly actor: string;
	readonly by: 'machine' | 'person';
	readonly text: string;
	readonly repeats: number;
	readonly importance: Importance;
	readonly redacted: boolean;
};

const gapMs = 10 * 60_000;

const keyKinds: ReadonlySet<EventKind> = new Set<EventKind>([
	...(['deploy_started', 'deploy_finished', 'deploy_aborted', 'gate_failed', 'gate_overridden', 'gate_no_data'] as const),
	...(['rollback_started', 'rollback_failed', 'rollback_finished', 'incident_opened', 'impact_start', 'impact_end'] as const),
	...(['alert', 'detection', 'diagnosis', 'decision', 'mitigation', 'escalation', 'fix'] as const),
]);

const noiseKinds: ReadonlySet<EventKind> = new Set<EventKind>(['gate_check', 'lock']);

function importanceOf(event: TimelineEvent): Importance {
	const said = event.data['importance'];
	if (said === 'key' || said === 'normal' || said === 'noise') return said;
	if (keyKinds.has(event.kind)) return 'key';
	return noiseKinds.has(event.kind) && event.actor.kind === 'system' ? 'noise' : 'normal';
}

const startOfMinute = (at: Instant): Instant => `${at.slice(0, 16)}:00.000Z`;

/** Where a row stands: the start of its minute where only that is known, and before exact times of that minute. */
type Place = {readonly at: Instant; readonly coarse: 0 | 1; readonly seq: number};

const byPlace = (a: Place, b: Place): number =>
	a.at < b.at ? -1 : a.at > b.at ? 1 : a.coarse !== b.coarse ? a.coarse - b.coarse : a.seq - b.seq;

function eventRow(event: TimelineEvent): TimelineRow & Place {
	const coarse = event.precision !== 'ms' && event.precision !== 's';
	return {
		type: 'event',
		at: coarse ? startOfMinute(event.happenedAt) : event.happenedAt,
		coarse: coarse ? 0 : 1,
		seq: event.seq,
		until: null,
		seqs: [event.seq],
		kind: event.kind,
		approximate: coarse,
		source: event.source,
		actor: event.redacted ? '' : event.actor.name,
		by: event.actor.kind === 'system' ? 'machine' : 'person',
		text: event.redacted ? '(redacted)' : event.text,
		repeats: 1,
		importance: importanceOf(event),
		redacted: event.redacted,
	};
}

/** An author without the address: a report is read by more people than a commit. */
const nameOf = (author: string): string => author.replace(/<[^<>]{0,320}>/g, '').trim();

/** The lead-up that the changes themselves carry, where no event tells of it. */
function changeRows(story: DeployStory): readonly (TimelineRow & Place)[] {
	const told = story.events.filter(({kind}) => kind === 'change').map(({text, data}) => `${text} ${String(data['sha'] ?? '')}`);
	return story.changes.flatMap(change => {
		const {committedAt, sha, repository, subject} = change;
		const short = sha === undefined ? change.id : shortSha(sha);
		if (committedAt === undefined || told.some(text => text.includes(short))) return [];
		return [
			{
				type: 'change' as const,
				at: committedAt,
				coarse: 1 as const,
				seq: 0,
				until: null,
				seqs: [],
				kind: 'change' as const,
				approximate: false,
				source: 'commit',
				actor: nameOf(change.author ?? ''),
				by: 'person' as const,
				text: `${repository} ${short} committed${subject === undefined ? '' : `: ${subject}`}`,
				repeats: 1,
				importance: 'normal' as const,
				redacted: false,
			},
		];
	});
}

/** Texts that differ in numbers only are repeats of one another. */
const shapeOf = (row: TimelineRow): string => `${row.kind}|${row.source}|${row.actor}|${row.text.slice(0, 500).replaceAll(/\d+/g, '#')}`;

/** Neighbours of one shape become one row that says how often and until when. Rows that matter stand alone. */
function fold(rows: readonly TimelineRow[]): readonly TimelineRow[] {
	const folded: TimelineRow[] = [];
	for (const row of rows) {
		const before = folded.at(-1);
		const repeated =
			before !== undefined && row.type === 'event' && row.importance !== 'key' && !row.redacted && shapeOf(before) === shapeOf(row);
		if (before === undefined || !repeated) folded.push(row);
		else folded[folded.length - 1] = {...before, until: row.at, seqs: [...before.seqs, ...row.seqs], repeats: before.repeats + 1};
	}
	return folded;
}

function gapRow(from: Instant, to: Instant): TimelineRow {
	return {
		type: 'gap',
		at: from,
		until: to,
		seqs: [],
		kind: 'gap',
		approximate: false,
		source: 'rule',
		actor: '',
		by: 'machine',
		text: `Nothing is recorded for ${sayDuration(msBetween(from, to))} of the impact.`,
		repeats: 1,
		importance: 'normal',
		redacted: false,
	};
}

const earlier = (a: Instant, b: Instant): Instant => (a < b ? a : b);

/** Puts a row where nothing was recorded for over ten minutes of the impact. */
function withGaps(rows: readonly TimelineRow[], impact: {readonly from: Instant; readonly to: Instant} | null): readonly TimelineRow[] {
	if (impact === null) return rows;
	const result: TimelineRow[] = [];
	let quietSince = impact.from;
	for (const row of rows) {
		const until = earlier(row.at, impact.to);
		if (until > quietSince && msBetween(quietSince, until) > gapMs) result.push(gapRow(quietSince, until));
		result.push(row);
		const last = row.until ?? row.at;
		if (last > quietSince) quietSince = last;
	}
	if (impact.to > quietSince && msBetween(quietSince, impact.to) > gapMs) result.push(gapRow(quietSince, impact.to));
	return result;
}

/** Rows of a story. `impact` marks where silence is worth a row; null: nowhere. */
export function timelineOf(
	story: DeployStory,
	impact: {readonly from: Instant; readonly to: Instant | null} | null,
): readonly TimelineRow[] {
	const placed = [...changeRows(story), ...story.events.map(eventRow)].toSorted(byPlace);
	const rows = placed.map(({coarse: _coarse, seq: _seq, ...row}) => row);
	const window = impact === null ? null : {from: impact.from, to: impact.to ?? addMs(story.asOf, 0)};
	return withGaps(fold(rows), window);
}
