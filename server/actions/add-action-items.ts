/** Adds action items: typed as minutes write them, one by one, or taken over from what rules propose. */
import type {ProposedAction} from '../../reports/actions.ts';
import {draftOf} from '../../reports/draft.ts';
import type {Actor} from '../../reports/events.ts';
import {type ActionItem, type ItemContents, itemsMax, itemTextMax} from '../../reports/meeting-items.ts';
import {type ItemLine, parseItemLines} from '../../reports/meeting-lines.ts';
import {typedText} from '../../reports/plain-text.ts';
import {AppError} from '../app-error.ts';
import {canonical, sha256} from '../canonical.ts';
import type {StoredIncident} from '../stores/incidents.ts';
import {readStory} from '../story.ts';
import {settledContents} from './change-action-item.ts';
import {type Deps, type Writing, writing} from './deps.ts';
import {aboutMeeting, knownIncident, openMeeting} from './open-meeting.ts';

type Addition = {readonly incident: string; readonly opId: string; readonly author: Actor};
/** An item to be: `parent` is an id that is there already, or the place in this list of the item that it is part of. */
type NewItem = {
	readonly contents: ItemContents;
	readonly parent: string | number | null;
	readonly from: ActionItem['from'];
	readonly proposal: ActionItem['proposal'];
};

const nothing: ItemContents = {task: null, owner: null, text: '', due: null, kind: null, doneWhen: null, status: 'proposed', reason: null};

/** Lines as items, each under the nearest one before it that is less deep. */
function itemsOf(lines: readonly ItemLine[]): NewItem[] {
	const above: number[] = [];
	return lines.map(({depth, task, owner, text, done}, index) => {
		above.length = depth;
		const parent = above.at(-1) ?? null;
		above.push(index);
		const tooLong = text.length > itemTextMax || (task?.length ?? 0) > 250 || (owner?.length ?? 0) > 250;
		if (tooLong)
			throw new AppError('too-large', `Line ${index + 1} is longer than ${itemTextMax} characters; nothing was stored. Shorten it.`);
		return {parent, from: 'meeting', proposal: null, contents: {...nothing, task, owner, text, status: done ? 'done' : 'proposed'}};
	});
}

/** Stores items in one transaction with their event. What was added under this id before is answered again. */
async function add(
	stores: Writing,
	{incident: id, opId, author}: Addition,
	typed: string,
	items: readonly NewItem[],
): Promise<readonly string[]> {
	const incident = await knownIncident(stores, id);
	const meeting = await openMeeting(stores, incident, author);
	// Whoever holds the meeting's next place is alone at it, so what is read from here on stays as it is.
	await stores.meetings.nextSeq(meeting.id);
	const before = await stores.actionItems.addition(incident.id, opId);
	if (before !== null && before.typed === typed) return before.items;
	const ownId = before === null ? opId : sha256(`${opId}\n${typed}`);
	const again = before === null ? null : await stores.actionItems.addition(incident.id, ownId);
	if (again !== null) return again.items;
	const count = await stores.actionItems.count(incident.id);
	if (count + items.length > itemsMax)
		throw new AppError(
			'too-large',
			`${incident.id} has ${count} action items, and ${itemsMax} fit; nothing was stored. Put the rest into a task.`,
		);
	const ids: string[] = [];
	const added: ActionItem[] = [];
	for (const [index, {contents, parent, from, proposal}] of items.entries()) {
		const position = await stores.actionItems.nextPosition(incident.id);
		const above = typeof parent === 'number' ? (added[parent] ?? null) : parent === null ? null : await stores.actionItems.get(parent);
		if (typeof parent === 'string' && above?.incident !== incident.id)
			throw new AppError('not-found', `${incident.id} has no action item ${parent.slice(0, 100)} to be part of.`);
		const item = {
			...settledContents(contents, above),
			...{id: `${incident.id}-A${position}`, incident: incident.id, position, parent: above?.id ?? null, from, proposal},
		};
		await stores.actionItems.add(item, author, stores.at, `${ownId}/${index}`.slice(-255));
		added.push({...item, version: 1, tracker: null, changedBy: author.name, changedAt: stores.at});
		ids.push(item.id);
	}
	await stores.actionItems.keepAddition(incident.id, {opId: ownId, items: ids, typed, author, at: stores.at});
	sayAdded(stores, incident, author, added);
	return ids;
}

function sayAdded(stores: Writing, incident: StoredIncident, author: Actor, added: readonly ActionItem[]): void {
	if (added.length === 0) return;
	const what = added.length === 1 ? `Action item ${added[0]?.id} was added.` : `${added.length} action items were added.`;
	stores.say({
		...aboutMeeting(incident, author),
		...{kind: 'follow_up', text: what, data: {items: added.map(({id}) => id), importance: 'noise'}},
	});
}

/** Adds what was typed, one item a line; answers the ids. */
export function addTypedItems(deps: Deps, addition: Addition & {readonly typed: string}): Promise<readonly string[]> {
	const typed = typedText(addition.typed);
	const items = itemsOf(parseItemLines(typed));
	return writing(deps, stores => add(stores, addition, typed, items));
}

/** Adds one item that a program describes; answers its id. */
export async function addActionItem(
	deps: Deps,
	addition: Addition & {readonly contents: ItemContents; readonly parent: string | null},
): Promise<string> {
	const {contents, parent} = addition;
	const item: NewItem = {contents, parent, from: 'human', proposal: null};
	const [id] = await writing(deps, stores => add(stores, addition, canonical({contents, parent}), [item]));
	if (id === undefined) throw new Error('an item was added without an id');
	return id;
}

const isProposal = (one: Pick<ProposedAction, 'text' | 'because'>, other: Pick<ProposedAction, 'text' | 'because'>): boolean =>
	one.text === other.text && one.because === other.because;

/** Takes over what a rule proposes, or turns it down with a reason; either way it is no longer offered. Answers the item's id. */
export async function decideProposal(
	deps: Deps,
	decision: Addition & {readonly proposal: Pick<ProposedAction, 'text' | 'because'>; readonly isTaken: boolean; readonly reason: string},
): Promise<string> {
	const {incident, proposal: wanted, isTaken, reason} = decision;
	const proposed = draftOf(await readStory(deps, incident)).actions.content.find(each => isProposal(each, wanted));
	return writing(deps, async stores => {
		const meeting = await openMeeting(stores, await knownIncident(stores, incident), decision.author);
		await stores.meetings.nextSeq(meeting.id);
		const items = await stores.actionItems.list({incident});
		const before = items.find(({proposal}) => proposal !== null && isProposal(proposal, wanted));
		// Two people pressed at once, or one twice: it is decided, and stands in the list.
		if (before) return before.id;
		if (!proposed) throw new AppError('conflict', 'That is no longer proposed: what happened says something else by now. Reload the page.');
		const {text, kind, because, paste} = proposed;
		const contents: ItemContents = {...nothing, text, kind, status: isTaken ? 'proposed' : 'not_doing', reason: isTaken ? null : reason};
		const item: NewItem = {contents, parent: null, from: 'rule', proposal: {text, because, paste}};
		const [id] = await add(stores, decision, canonical({text, because, isTaken, reason}), [item]);
		if (id === undefined) throw new Error('a proposal was decided without an item');
		return id;
	});
}
