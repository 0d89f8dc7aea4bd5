/** Changes one action item. As with fields: a change from an older version is kept as a conflict, and both are shown. */
import type {Actor} from '../../reports/events.ts';
import {type ActionItem, type ItemContents, isDay, settledStatus} from '../../reports/meeting-items.ts';
import {typedText} from '../../reports/plain-text.ts';
import {AppError} from '../app-error.ts';
import {canonical, sha256} from '../canonical.ts';
import type {ItemUpdate} from '../stores/action-items.ts';
import {type Deps, type Stores, type Writing, writing} from './deps.ts';
import {aboutMeeting, knownIncident} from './open-meeting.ts';

export type ItemChange = {
	readonly incident: string;
	readonly item: string;
	/** What is to change; what is left out stays as it is in the base version. */
	readonly contents: Partial<ItemContents>;
	readonly baseVersion: number;
	readonly opId: string;
	readonly author: Actor;
};

export type ItemChanged = {
	readonly outcome: ItemUpdate['outcome'];
	/** As it stands now: after a conflict, as somebody else left it. */
	readonly current: ActionItem;
	readonly mine: ItemContents;
};

const oneLine = (text: string): string => typedText(text).replaceAll(/\n\s*/g, ' ').trim();
const orNull = (text: string | null): string | null => {
	const line = text === null ? '' : oneLine(text);
	return line === '' ? null : line;
};

/** Contents as they are stored: one line each, nothing empty, a status that its owner and its date bear out. */
export function settledContents(contents: ItemContents, parent: Pick<ActionItem, 'owner' | 'due'> | null): ItemContents {
	const text = oneLine(contents.text);
	if (text === '') throw new AppError('invalid', 'An action item needs a text: what is to be done.');
	const due = orNull(contents.due);
	if (due !== null && !isDay(due))
		throw new AppError('invalid', `${JSON.stringify(due.slice(0, 40))} is no day: a due date is written 2017-12-21.`);
	const owner = orNull(contents.owner);
	const reason = orNull(contents.reason);
	if (contents.status === 'not_doing' && reason === null)
		throw new AppError('invalid', 'Say why it is not going to be done: the reason is kept in the report.');
	const status = settledStatus(contents.status, owner ?? parent?.owner ?? null, due ?? parent?.due ?? null);
	return {
		...{task: orNull(contents.task), owner, text, due, kind: contents.kind, doneWhen: orNull(contents.doneWhen), status},
		reason: status === 'not_doing' ? reason : null,
	};
}

export const contentsOf = ({task, owner, text, due, kind, doneWhen, status, reason}: ItemContents): ItemContents => ({
	...{task, owner, text, due, kind, doneWhen, status, reason},
});

/** The item of that incident, or a 404. */
export async function knownItem(stores: Stores, incident: string, id: string): Promise<ActionItem> {
	const item = await stores.actionItems.get(id);
	if (!item || item.incident !== incident)
		throw new AppError('not-found', `${incident.slice(0, 100)} has no action item ${id.slice(0, 100)}.`);
	return item;
}

async function store(stores: Writing, change: ItemChange): Promise<ItemChanged> {
	const incident = await knownIncident(stores, change.incident);
	await knownItem(stores, incident.id, change.item);
	const seq = await stores.actionItems.nextSeq(change.item);
	const current = await knownItem(stores, incident.id, change.item);
	const parent = current.parent === null ? null : await stores.actionItems.get(current.parent);
	const base =
		change.baseVersion === current.version ? current : (await stores.actionItems.atVersion(change.item, change.baseVersion))?.contents;
	const mine = settledContents({...contentsOf(base ?? current), ...change.contents}, parent);
	const first = await stores.actionItems.byOp(change.item, change.opId);
	const isLater = first !== null && canonical(first.contents) !== canonical(mine);
	// An id used again for something else is another change: a page that came back from the browser's history has the id of the first.
	const opId = isLater ? sha256(`${change.opId}\n${canonical(mine)}`) : change.opId;
	const known = isLater ? await stores.actionItems.byOp(change.item, opId) : first;
	if (known !== null) return {outcome: known.outcome, current, mine: known.contents};
	const baseVersion = isLater ? Math.max(change.baseVersion, first.version ?? 0) : change.baseVersion;
	const isSame = canonical(contentsOf(current)) === canonical(mine);
	const outcome = isSame ? 'same' : baseVersion === current.version ? 'accepted' : 'conflict';
	const version = outcome === 'accepted' ? current.version + 1 : null;
	await stores.actionItems.update(current.id, {
		seq,
		opId,
		baseVersion,
		version,
		outcome,
		contents: mine,
		author: change.author,
		at: stores.at,
	});
	if (version === null) return {outcome, current, mine};
	stores.say({
		...aboutMeeting(incident, change.author),
		...{kind: 'follow_up', text: `Action item ${current.id} is ${mine.status.replaceAll('_', ' ')} (version ${version}).`},
		data: {item: current.id, version, status: mine.status, importance: 'noise'},
	});
	return {outcome, mine, current: {...current, ...mine, version, changedBy: change.author.name, changedAt: stores.at}};
}

export const changeActionItem = (deps: Deps, change: ItemChange): Promise<ItemChanged> => writing(deps, stores => store(stores, change));
