/**
 * Sends what the outbox holds. A step of the poll loop starts it and does not wait: a target that never answers delays neither the others
 * nor what the loop does beside. At least once: a message is marked after it was sent, and carries the same id when it is sent again.
 */
import {messageOf} from '../../reports/notice.ts';
import {addMs, msBetween, sayDuration} from '../../reports/say.ts';
import {mailText, slackBody} from '../../templates/notice-text.ts';
import {AppError} from '../app-error.ts';
import {backoffMs} from '../backoff.ts';
import {readSecret} from '../config/secret.ts';
import type {NoticeTarget} from '../config.ts';
import {type Delivery, failed, retry} from '../integrations/delivery.ts';
import {sendMail} from '../integrations/smtp/send-mail.ts';
import {postWebhook} from '../integrations/webhook/post-webhook.ts';
import type {NoticeEnd, StoredNotice} from '../stores/outbox.ts';
import {type Deps, reading, writing} from './deps.ts';

/** Targets that are being sent to at once. */
const atOnceMax = 8;
/** Messages sent to one target before others have their turn. */
const inTurnMax = 20;
const attemptMs = 10_000;
/** An attempt is over long before; only whoever died with it leaves it this long. */
const leaseMs = 60_000;
const dayMs = 24 * 60 * 60 * 1000;
const triedForMs = 3 * dayMs;
const retryAfterMaxMs = dayMs;
const keptMs = 90 * dayMs;
const tidyEveryMs = 60 * 60 * 1000;

export type NoticeSender = {
	/** A step of the poll loop: begins sending what is due. */
	step(): Promise<void>;
	/** Resolves when nothing is being sent any more. */
	idle(): Promise<void>;
	/** Gives up the attempts that are going on; they are made again later. */
	stop(): Promise<void>;
};

/** Where people find the pages: as the configuration says, since what this process listens on may be known to nobody else. */
const baseOf = (deps: Deps): string | null => deps.config.url ?? deps.baseUrl();

type Claimed = {readonly id: string; readonly notices: readonly StoredNotice[]; readonly head: StoredNotice};

/** The domain of a message id: of the sender's address, as mail servers do. */
const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

async function attempt(deps: Deps, target: NoticeTarget, {id, notices, head}: Claimed, abort: AbortSignal): Promise<Delivery> {
	const message = messageOf(notices.flatMap(({words}) => words ?? []));
	if (message === null) return failed('what it told of was redacted');
	const sending = {id, target: target.name, base: baseOf(deps)};
	const {via} = target;
	const ca = via.caFile === null ? null : readSecret(via.caFile, `ca_file of ${target.name}`);
	if (via.kind === 'webhook') {
		const url = readSecret(via.urlFile, `url_file of ${target.name}`);
		return postWebhook({...{url, ca, id, abort, timeoutMs: attemptMs, now: deps.clock.now}, body: slackBody(message, sending)});
	}
	const {host, port, tls, user, passwordFile, from, to} = via;
	const login =
		user === null || passwordFile === null ? null : {user, password: readSecret(passwordFile, `password_file of ${target.name}`)};
	const domain = domainOf(from.address);
	const thread = head.thread === null ? null : `${head.thread}@${domain}`;
	const mail = {...mailText(message, sending), from, to, delivered: head.delivered, messageId: `${id}@${domain}`, thread};
	return sendMail({host, port, tls, ca, login}, mail, attemptMs, abort);
}

function endOf(deps: Deps, delivery: Delivery, head: StoredNotice): NoticeEnd {
	const {delivered} = delivery;
	if (delivery.outcome === 'sent') return {state: 'sent', reason: delivery.note, delivered};
	if (delivery.outcome === 'failed') return {state: 'failed', reason: delivery.reason, delivered};
	const now = deps.clock.now();
	const lastAt = addMs(head.since, triedForMs);
	if (now >= lastAt) {
		const tried = `given up after ${sayDuration(msBetween(head.since, now))} and ${head.attempts} attempts`;
		return {state: 'failed', reason: `${delivery.reason}; ${tried}`, delivered};
	}
	const waitMs = Math.max(backoffMs(head.attempts), Math.min(retryAfterMaxMs, delivery.afterMs ?? 0));
	return {state: 'waiting', reason: delivery.reason, dueAt: addMs(now, Math.min(waitMs, msBetween(now, lastAt))), delivered};
}

async function sendOne(deps: Deps, target: NoticeTarget, claimed: Claimed, abort: AbortSignal): Promise<boolean> {
	const delivery = await attempt(deps, target, claimed, abort).catch((error: unknown): Delivery => {
		if (error instanceof AppError) return retry(error.message);
		// Nothing that is wrong with one message may keep the next from its target.
		deps.log(`notice ${claimed.id}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
		return failed('a bug in Signalbox; the log of the service names it');
	});
	// Stopped half way, nobody knows whether it arrived; the next process sends it again.
	const end: NoticeEnd =
		abort.aborted && delivery.outcome === 'retry'
			? {state: 'waiting', reason: 'the service stopped while it was being sent', dueAt: deps.clock.now(), delivered: delivery.delivered}
			: endOf(deps, delivery, claimed.head);
	await writing(deps, stores => stores.outbox.end(claimed.id, deps.processId, end, stores.at));
	if (end.state !== 'sent')
		deps.log(`notice ${claimed.id} to ${target.name} ${end.state === 'failed' ? 'failed' : 'waits'}: ${end.reason}`);
	return end.state !== 'waiting';
}

/** Sends in order until nothing is due, or the target must be left alone for a while. */
async function serve(deps: Deps, target: NoticeTarget, abort: AbortSignal): Promise<void> {
	for (let turn = 0; turn < inTurnMax && !abort.aborted; turn += 1) {
		const notices = await writing(deps, ({outbox, at}) => outbox.claim(target.name, deps.processId, at, addMs(at, leaseMs)));
		const [head] = notices;
		if (!head || !(await sendOne(deps, target, {id: head.message ?? head.id, notices, head}, abort))) return;
	}
}

export function noticeSender(deps: Deps): NoticeSender {
	const abort = new AbortController();
	const going = new Map<string, Promise<void>>();
	const names = [...deps.config.notices.keys()];
	let tidiedMs = Number.NEGATIVE_INFINITY;

	const start = (target: NoticeTarget): void => {
		const job = serve(deps, target, abort.signal)
			.catch((error: unknown) => deps.log(`sending to ${target.name} failed: ${error instanceof Error ? error.message : String(error)}`))
			.finally(() => going.delete(target.name));
		going.set(target.name, job);
	};

	const tidy = async (): Promise<void> => {
		if (deps.clock.monotonicMs() - tidiedMs < tidyEveryMs) return;
		tidiedMs = deps.clock.monotonicMs();
		await writing(deps, async ({outbox, at}) => {
			await outbox.failOthers(names, addMs(at, -triedForMs), at);
			await outbox.prune(addMs(at, -keptMs));
		});
	};

	return {
		async step() {
			await tidy();
			for (const name of await reading(deps).outbox.dueTargets(names, deps.clock.now())) {
				const target = deps.config.notices.get(name);
				if (target && !going.has(name) && going.size < atOnceMax && !abort.signal.aborted) start(target);
			}
		},
		async idle() {
			await Promise.all(going.values());
		},
		async stop() {
			abort.abort();
			await Promise.all(going.values());
		},
	};
}
