/** Everything that was ever saved in one field, newest first: what stood, what stands, and what lost. */
import type {Instant} from '../gate/facts.ts';
import type {MeetingField} from '../reports/meeting.ts';
import {plainLines, plainText} from '../reports/plain-text.ts';
import {sayCount, sayDateTime} from '../reports/say.ts';
import type {MeetingHistoryPage} from './meeting-views.ts';
import type {Pill} from './views.ts';

export type HistoryUpdate = {
	readonly outcome: 'accepted' | 'same' | 'conflict';
	readonly version: number | null;
	readonly baseVersion: number;
	readonly text: string;
	readonly by: string;
	readonly at: Instant;
};

const pills: Readonly<Record<HistoryUpdate['outcome'] | 'current', Pill>> = {
	current: {tone: 'good', letter: '✓', word: 'Stands now'},
	accepted: {tone: 'unknown', letter: '–', word: 'Stood before'},
	same: {tone: 'unknown', letter: '=', word: 'Said the same'},
	conflict: {tone: 'watch', letter: 'C', word: 'Came second, kept here'},
};

/** `updates` are the newest ones; `count` is how many there are in all. */
export function meetingHistoryPage(
	field: MeetingField,
	{
		now,
		incident,
		updates,
		count,
	}: {readonly now: Instant; readonly incident: string; readonly updates: readonly HistoryUpdate[]; readonly count: number},
): MeetingHistoryPage {
	const newest = Math.max(0, ...updates.map(({version}) => version ?? 0));
	const left = count - updates.length;
	const saves = `${sayCount(count)} ${count === 1 ? 'save' : 'saves'}`;
	return {
		shell: {title: `History: ${field.label}`, refresh: false, madeAt: sayDateTime(now), at: 'meeting'},
		incident: {id: plainText(incident), href: `/incidents/${encodeURIComponent(incident)}/meeting`},
		back: `/incidents/${encodeURIComponent(incident)}/meeting#field-${field.id}`,
		label: field.label,
		sentence:
			count === 0
				? 'Nobody has saved anything in it yet.'
				: left > 0
					? `${saves}; the newest ${sayCount(updates.length)} are shown.`
					: `${saves}.`,
		updates: updates.map(({outcome, version, baseVersion, text, by, at}) => ({
			pill: pills[outcome === 'accepted' && version === newest ? 'current' : outcome],
			title: version === null ? 'No version of its own' : `Version ${version}`,
			who: plainText(by),
			time: {iso: at, text: sayDateTime(at)},
			base: baseVersion === 0 ? 'written from an empty field' : `written from version ${baseVersion}`,
			text: plainLines(text),
		})),
	};
}
