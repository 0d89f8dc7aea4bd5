/**
 * Saves one field of the post-mortem form. Nothing typed is lost: each save is stored, whatever comes of it.
 *
 * Whoever saves says which version they started from. Where somebody else changed the field since, the save is kept as a conflict, and
 * both texts are shown to whoever was second; saving again on the newer version settles it.
 */
import type {Instant} from '../../gate/facts.ts';
import {draftOf} from '../../reports/draft.ts';
import type {Actor} from '../../reports/events.ts';
import {fieldOf, type MeetingField} from '../../reports/meeting.ts';
import {prefillsOf} from '../../reports/meeting-prefill.ts';
import {typedText} from '../../reports/plain-text.ts';
import {sayCount} from '../../reports/say.ts';
import {AppError} from '../app-error.ts';
import {sha256} from '../canonical.ts';
import type {FieldUpdate} from '../stores/meetings.ts';
import {readStory} from '../story.ts';
import {type Deps, reading, type Writing, writing} from './deps.ts';
import {aboutMeeting, knownIncident, openMeeting} from './open-meeting.ts';

export type FieldSave = {
	readonly incident: string;
	readonly field: string;
	readonly text: string;
	/** The version that whoever saves started from; 0: the field was never saved. */
	readonly baseVersion: number;
	/** Made when the form was: the same save sent twice is one. */
	readonly opId: string;
	/** What the data said to whoever saved; undefined: find out. */
	readonly generated?: string | null;
	readonly author: Actor;
};

export type FieldSaved = {
	/** `same`: the field said that already. */
	readonly outcome: FieldUpdate['outcome'];
	readonly field: MeetingField;
	/** What the field says now: after a conflict, what somebody else saved. */
	readonly current: {readonly text: string; readonly version: number; readonly by: string; readonly at: Instant} | null;
	/** What was sent, as it was stored. */
	readonly mine: string;
};

/** The field, or a 404 that says which there are. */
export function knownField(id: string): MeetingField {
	const field = fieldOf(id);
	if (field === null) throw new AppError('not-found', `The form has no field ${JSON.stringify(id.slice(0, 100))}; its page lists them.`);
	return field;
}

function textFor(field: MeetingField, typed: string): string {
	const text = field.kind === 'line' ? typedText(typed).replaceAll(/\n\s*/g, ' ') : typedText(typed);
	if (text.length > field.lengthMax)
		throw new AppError(
			'too-large',
			`${field.label}: ${sayCount(text.length)} characters, and ${sayCount(field.lengthMax)} fit. Nothing was stored; shorten it, or put a part into another field.`,
		);
	return text;
}

/** An id used again for another text is another save: a page that came back from the browser's history has the id of the first. */
const laterId = (opId: string, text: string): string => sha256(`${opId}\n${text}`);

type Place = {readonly opId: string; readonly baseVersion: number; readonly known: FieldUpdate | null};

/** Which save this is: one that was stored already, or a new one. */
async function placeOf(stores: Writing, meeting: string, save: FieldSave, text: string): Promise<Place> {
	const first = await stores.meetings.byOp(meeting, save.field, save.opId);
	if (first === null || first.text === text) return {opId: save.opId, baseVersion: save.baseVersion, known: first};
	const opId = laterId(save.opId, text);
	// Whoever saved it has seen their own first text.
	const baseVersion = Math.max(save.baseVersion, first.version ?? 0);
	return {opId, baseVersion, known: await stores.meetings.byOp(meeting, save.field, opId)};
}

/** What comes of a save: the field changes, says it already, or was changed by somebody else since. */
async function outcomeOf(
	stores: Writing,
	meeting: string,
	save: FieldSave,
	text: string,
	current: FieldUpdate | null,
): Promise<FieldUpdate['outcome']> {
	const said = current?.text ?? '';
	if (said === text) return 'same';
	if (save.baseVersion === (current?.version ?? 0)) return 'accepted';
	if (save.baseVersion === 0) return said === '' ? 'accepted' : 'conflict';
	const base = await stores.meetings.current(meeting, save.field, save.baseVersion);
	return base !== null && base.text === said ? 'accepted' : 'conflict';
}

async function store(stores: Writing, save: FieldSave, field: MeetingField, text: string, generated: string | null): Promise<FieldSaved> {
	const incident = await knownIncident(stores, save.incident);
	const meeting = await openMeeting(stores, incident, save.author);
	const seq = await stores.meetings.nextSeq(meeting.id);
	const place = await placeOf(stores, meeting.id, save, text);
	const current = await stores.meetings.current(meeting.id, field.id);
	const shown = (update: FieldUpdate | null) =>
		update === null ? null : {text: update.text, version: update.version ?? 0, by: update.author.name, at: update.at};
	if (place.known !== null) return {outcome: place.known.outcome, field, current: shown(current), mine: place.known.text};
	const outcome = await outcomeOf(stores, meeting.id, {...save, baseVersion: place.baseVersion}, text, current);
	const version = outcome === 'accepted' ? (current?.version ?? 0) + 1 : null;
	const update: FieldUpdate = {
		...{seq, opId: place.opId, field: field.id, baseVersion: place.baseVersion, version, outcome, text, generated},
		...{author: save.author, at: stores.at},
	};
	await stores.meetings.add(meeting.id, update);
	if (version !== null) {
		stores.say({
			...aboutMeeting(incident, save.author),
			...{kind: 'note', text: `"${field.label}" was saved in the post-mortem form (version ${version}).`},
			data: {field: field.id, version, importance: 'noise'},
		});
	}
	return {outcome, field, current: shown(version === null ? current : update), mine: text};
}

/** Saves a field, and answers what came of it; a conflict is an answer, not an error. */
export async function saveField(deps: Deps, save: FieldSave): Promise<FieldSaved> {
	const field = knownField(save.field);
	const text = textFor(field, save.text);
	await knownIncident(reading(deps), save.incident);
	const generated = save.generated === undefined ? await generatedNow(deps, save) : save.generated;
	return writing(deps, stores => store(stores, save, field, text, generated));
}

async function generatedNow(deps: Deps, {incident, field}: FieldSave): Promise<string | null> {
	const story = await readStory(deps, incident);
	return prefillsOf(story, draftOf(story)).get(field)?.text ?? null;
}
