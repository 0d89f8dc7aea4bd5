/** A person sends a notice once more, or gives it up; those that went out as one message go with it. */
import type {Actor} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import type {StoredNotice} from '../stores/outbox.ts';
import {type Deps, type Writing, writing} from './deps.ts';

export type NoticeChange = {readonly id: string; readonly actor: Actor; readonly idempotencyKey: string};

/** The notice as it stands after the change. Asked again with the same key, nothing changes any more. */
function change(
	deps: Deps,
	{id, actor, idempotencyKey}: NoticeChange,
	text: (notice: StoredNotice) => string,
	work: (stores: Writing, notice: StoredNotice) => Promise<void>,
): Promise<StoredNotice> {
	return writing(deps, async stores => {
		const notice = await stores.outbox.get(id);
		if (!notice) throw new AppError('not-found', `There is no notice ${id.slice(0, 100)}.`);
		const isNew = await stores.sayOnce({kind: 'note', source: 'human', actor, text: text(notice), data: {notice: id}, idempotencyKey});
		if (isNew) await work(stores, notice);
		return (await stores.outbox.get(id)) ?? notice;
	});
}

/** Due at once, with three days before it again. */
export const sendNoticeAgain = (deps: Deps, request: NoticeChange): Promise<StoredNotice> =>
	change(
		deps,
		request,
		({id, target}) => `Notice ${id} to ${target} is sent again`,
		async (stores, notice) => {
			if (notice.state === 'sent') throw new AppError('conflict', `Notice ${notice.id} was delivered; there is nothing to send again.`);
			if (!deps.config.notices.has(notice.target))
				throw new AppError('conflict', `The configuration has no target ${notice.target} any more: nothing can be sent there.`);
			await stores.outbox.sendAgain(notice, stores.at);
		},
	);

export const giveUpNotice = (deps: Deps, request: NoticeChange): Promise<StoredNotice> =>
	change(
		deps,
		request,
		({id, target}) => `Notice ${id} to ${target} is given up`,
		async (stores, notice) => {
			if (notice.state === 'sent') throw new AppError('conflict', `Notice ${notice.id} was delivered; there is nothing to give up.`);
			const reason = `given up by ${request.actor.name}${notice.reason === null ? '' : `; before: ${notice.reason}`}`;
			await stores.outbox.giveUp(notice, reason, stores.at);
		},
	);
