/**
 * A write and its key: what was asked is kept beside the event that the write made, as a hash. The same question under the same key gets the
 * answer of the first time and does nothing again; another one is a conflict, and nothing of it is stored.
 */
import type {TimelineEvent} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import {canonical, sha256} from '../canonical.ts';
import {findByKey} from '../stores/timeline.ts';
import type {Writing} from './deps.ts';

/** What the event of a write carries in its data, so that the same question is known again. */
export const asked = (what: string, question: object): {readonly asked: string} => ({asked: sha256(canonical({what, question}))});

export const keyTaken = (): AppError =>
	new AppError('conflict', 'The idempotency key was used for something else. Nothing was stored; send it with a key of its own.');

/** The event that this very question made before; null: it is new. Throws AppError `conflict` where the key stands for another one. */
export async function madeBefore(stores: Writing, key: string, what: string, question: object): Promise<TimelineEvent | null> {
	const before = await findByKey(stores.transaction.sql, key);
	if (before === null) return null;
	if (before.data['asked'] !== asked(what, question).asked) throw keyTaken();
	return before;
}
