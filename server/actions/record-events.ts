/** Takes events from outside into the timeline: acknowledged means on disk, and the same key twice is stored once. */
import type {Actor, NewEvent, TimelineEvent} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import type {Database} from '../stores/database.ts';
import {type Appended, appendBatches, redactEvent} from '../stores/timeline.ts';
import {type Deps, reading, writing} from './deps.ts';
import {asked, madeBefore} from './once.ts';
import {tell} from './tell.ts';

const nearMs = 12 * 60 * 60 * 1000;
const eventsPerTransaction = 1000;
const waitingMax = 20_000;

/** An event that names a service but no incident belongs to the incident of that service that was going on when it happened. */
async function placed(deps: Deps, events: readonly NewEvent[]): Promise<readonly NewEvent[]> {
	const isLoose = (event: NewEvent): boolean =>
		event.source === 'human' && event.service !== null && event.incident === null && event.deploy === null;
	if (!events.some(isLoose)) return events;
	const open = await reading(deps).incidents.list(100, {statuses: ['suspected', 'open', 'mitigated']});
	return events.map(event => {
		if (!isLoose(event)) return event;
		const found = open.find(
			incident => incident.service === event.service && Date.parse(event.happenedAt) - Date.parse(incident.openedAt) > -nearMs,
		);
		return found ? {...event, incident: found.id, deploy: found.deploy, attempt: found.attempt} : event;
	});
}

type Waiting = {readonly events: readonly NewEvent[]; resolve(appended: Appended): void; reject(error: unknown): void};
type Queue = {readonly waiting: Waiting[]; isWriting: boolean};

const queues = new WeakMap<Database, Queue>();

/** The senders whose turn it is: as many as fit one transaction, at least one. */
function takeTurn(waiting: Waiting[]): Waiting[] {
	let count = 0;
	const end = waiting.findIndex(({events}, index) => {
		count += events.length;
		return index > 0 && count > eventsPerTransaction;
	});
	return waiting.splice(0, end === -1 ? waiting.length : end);
}

/** A full disk is full for all; what one sender sent is that one's fault, which the others must not pay for. */
const isForAll = (error: unknown): boolean => error instanceof AppError && error.code === 'unavailable';

async function store(deps: Deps, turn: readonly Waiting[]): Promise<void> {
	try {
		const batches = turn.map(({events}) => events);
		const answers = await deps.database.transact(async transaction => {
			const at = deps.clock.now();
			const appended = await appendBatches(transaction, batches, at);
			await tell(deps, transaction, batches.flat(), at);
			return appended;
		});
		for (const [index, {resolve, reject}] of turn.entries()) {
			const answer = answers[index];
			if (answer) resolve(answer);
			else reject(new Error('an answer is missing'));
		}
	} catch (error) {
		if (turn.length === 1 || isForAll(error)) for (const {reject} of turn) reject(error);
		else for (const one of turn) await store(deps, [one]);
	}
}

async function work(deps: Deps, queue: Queue): Promise<void> {
	queue.isWriting = true;
	while (queue.waiting.length > 0) await store(deps, takeTurn(queue.waiting));
	queue.isWriting = false;
}

/**
 * Senders that come while a transaction is being written share the next one: a commit waits for the disk, and one wait serves all.
 * Each is answered after the commit that holds its events, with its own counts.
 */
export async function recordEvents(deps: Deps, events: readonly NewEvent[]): Promise<Appended> {
	const whole = await placed(deps, events);
	const queue = queues.get(deps.database) ?? {waiting: [], isWriting: false};
	queues.set(deps.database, queue);
	if (queue.waiting.reduce((sum, one) => sum + one.events.length, 0) + whole.length > waitingMax)
		throw new AppError('unavailable', `Over ${waitingMax} events wait to be stored. None of these was; send them again in a moment.`);
	return new Promise((resolve, reject) => {
		queue.waiting.push({events: whole, resolve, reject});
		// `store` tells each sender of its failure, so nothing is left to reject here.
		if (!queue.isWriting) void work(deps, queue);
	});
}

export type Redaction = {readonly seq: number; readonly reason: string; readonly actor: Actor; readonly idempotencyKey?: string};

/** Erases what one event says, for a leaked secret; the chain still verifies. What waits to be told of it goes too. */
export function redact(deps: Deps, {idempotencyKey = deps.newId(), ...question}: Redaction): Promise<void> {
	const {seq, reason, actor} = question;
	return writing(deps, async stores => {
		if ((await madeBefore(stores, idempotencyKey, 'redaction', question)) !== null) return;
		const keys: string[] = [];
		const said = (event: TimelineEvent): NewEvent => {
			keys.push(event.idempotencyKey);
			return {
				...{kind: 'redacted', source: 'human', actor, happenedAt: stores.at, precision: 'ms'},
				...{text: `Event ${seq} was redacted: ${reason}`, data: {seq, ...asked('redaction', question)}},
				...{service: event.service, deploy: event.deploy, attempt: event.attempt, incident: event.incident},
				idempotencyKey,
			};
		};
		await redactEvent(stores.transaction, seq, said, stores.at);
		for (const key of keys) await stores.outbox.forget(key);
	});
}
