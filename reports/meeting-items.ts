/** Action items as a meeting makes them: who does what by when, and whether that is enough to count on. */
import type {Instant} from '../gate/facts.ts';
import type {ActionKind} from './actions.ts';

export const itemStatuses = ['proposed', 'agreed', 'open', 'done', 'verified', 'not_doing'] as const;
export type ItemStatus = (typeof itemStatuses)[number];

export const itemKinds: readonly ActionKind[] = ['prevent', 'detect', 'mitigate', 'fix', 'process', 'document'];

/** The same item in a tracker of tasks, and how it stood there when it was last asked. */
export type ItemTracker = {
	readonly system: string;
	readonly key: string;
	readonly url: string;
	readonly state: string;
	readonly syncedAt: Instant;
};

/** What people write of an item. */
export type ItemContents = {
	/** As it stands in `(task T182731)`. */
	readonly task: string | null;
	readonly owner: string | null;
	readonly text: string;
	/** `2017-12-21`. */
	readonly due: string | null;
	readonly kind: ActionKind | null;
	/** How anybody can tell that it is done. */
	readonly doneWhen: string | null;
	readonly status: ItemStatus;
	/** Why it is not done; null unless the status is `not_doing`. */
	readonly reason: string | null;
};

/** What a rule proposed, as it stood then. */
export type ItemProposal = {readonly text: string; readonly because: string; readonly paste: string | null};

export type ActionItem = ItemContents & {
	/** `INC-2026-0007-A3`. */
	readonly id: string;
	readonly incident: string;
	/** Order among all items of the incident. */
	readonly position: number;
	/** Id of the item that it is part of. */
	readonly parent: string | null;
	/** `rollback`: it is owed since a deploy was taken back. */
	readonly from: 'rule' | 'meeting' | 'human' | 'rollback';
	/** What the rule proposed, word for word; null where no rule did. */
	readonly proposal: ItemProposal | null;
	/** Counts changes by people, from 1. */
	readonly version: number;
	readonly tracker: ItemTracker | null;
	readonly changedBy: string;
	readonly changedAt: Instant;
};

export const itemsMax = 200;
export const itemTextMax = 2000;
export const itemWordMax = 250;

/** An item where it stands: under which others, with what it has from them. */
export type PlacedItem = {
	readonly item: ActionItem;
	/** 0 for an item of its own. */
	readonly depth: number;
	/** Its own, or that of the item it is part of. */
	readonly owner: string | null;
	readonly due: string | null;
	/** What it lacks to be counted on: `an owner`, `a due date`. */
	readonly lacks: readonly string[];
};

/** Items in the order of reading: each followed by its parts. One whose parent is nowhere stands by itself. */
export function placedItems(items: readonly ActionItem[]): readonly PlacedItem[] {
	const ids = new Set(items.map(({id}) => id));
	const placed = new Set<string>();
	const under = (parent: PlacedItem | null): readonly PlacedItem[] =>
		items
			.filter(({id, parent: of}) => !placed.has(id) && (parent === null ? of === null || !ids.has(of) : of === parent.item.id))
			.toSorted((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1))
			.flatMap(item => {
				placed.add(item.id);
				const owner = item.owner ?? parent?.owner ?? null;
				const due = item.due ?? parent?.due ?? null;
				const isOver = item.status === 'done' || item.status === 'verified' || item.status === 'not_doing';
				const lacks = isOver ? [] : [...(owner === null ? ['an owner'] : []), ...(due === null ? ['a due date'] : [])];
				const here: PlacedItem = {item, depth: parent === null ? 0 : parent.depth + 1, owner, due, lacks};
				return [here, ...under(here)];
			});
	return under(null);
}

/** Agreed is said with an owner and a due date; until then it is proposed, whatever was chosen. */
export function settledStatus(status: ItemStatus, owner: string | null, due: string | null): ItemStatus {
	if (status !== 'proposed' && status !== 'agreed') return status;
	return owner !== null && due !== null ? 'agreed' : 'proposed';
}

/** Whether a text is a day of the calendar, such as `2017-12-21`. */
export function isDay(text: string): boolean {
	if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
	const at = new Date(`${text}T00:00:00.000Z`);
	return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
