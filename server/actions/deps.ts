/** What every action is handed: the wiring of main.ts, and nothing that reads the world by itself. */
import type {Instant, Signal} from '../../gate/facts.ts';
import type {NewEvent} from '../../reports/events.ts';
import type {Clock} from '../clock.ts';
import type {Config} from '../config.ts';
import type {Live} from '../live.ts';
import {actionItemStore} from '../stores/action-items.ts';
import {changeNameStore} from '../stores/change-names.ts';
import {changeStore} from '../stores/changes.ts';
import type {Database, Transaction} from '../stores/database.ts';
import {deployStore} from '../stores/deploys.ts';
import {groupContentStore} from '../stores/group-contents.ts';
import {incidentStore} from '../stores/incidents.ts';
import {landedStore} from '../stores/landed.ts';
import {landedBreakStore} from '../stores/landed-breaks.ts';
import {landedNeedsStore} from '../stores/landed-needs.ts';
import {landedVersionStore} from '../stores/landed-versions.ts';
import {meetingStore} from '../stores/meetings.ts';
import {outboxStore} from '../stores/outbox.ts';
import {overrideStore} from '../stores/overrides.ts';
import {peopleStore} from '../stores/people.ts';
import {prerequisiteStore} from '../stores/prerequisites.ts';
import {pullRequestStore} from '../stores/pull-requests.ts';
import {readingStore} from '../stores/readings.ts';
import {linkStore, sessionStore} from '../stores/sessions.ts';
import {appendBatches} from '../stores/timeline.ts';
import {tokenStore} from '../stores/tokens.ts';
import {trackerStore} from '../stores/trackers.ts';
import {verdictStore} from '../stores/verdicts.ts';
import {tell} from './tell.ts';

/** One thing that a doctor says of a signal. */
export type Proof = {readonly ok: boolean | 'warn'; readonly text: string; readonly remedy: string | null};

/** A signal that is being read: the port that log files (and later Logstash and Prometheus) fill. */
export type SignalReader = {
	readonly name: string;
	/** Closed buckets from an instant on, with the proof that the signal is alive. */
	signal(from: Instant): Signal;
	/** Resolves when a bucket was closed or recomputed, or the abort signal fires. */
	waitForNext(abort: AbortSignal): Promise<void>;
	prove(): Promise<readonly Proof[]>;
	stop(): Promise<void>;
};

export type Deps = {
	readonly config: Config;
	readonly clock: Clock;
	readonly database: Database;
	/** Those who watch a page live. */
	readonly live: Live;
	/** The signals of one service that this process reads. */
	readonly signals: (service: string) => readonly SignalReader[];
	/** Where this service's pages are, without a slash at the end; null where no service runs. */
	readonly baseUrl: () => string | null;
	readonly newId: () => string;
	/** Names this process among those that share the database. */
	readonly processId: string;
	readonly log: (text: string) => void;
};

const storesOn = (sql: Database['read']) => ({
	deploys: deployStore(sql),
	changes: changeStore(sql),
	changeNames: changeNameStore(sql),
	landed: landedStore(sql),
	landedVersions: landedVersionStore(sql),
	groupContents: groupContentStore(sql),
	landedBreaks: landedBreakStore(sql),
	landedNeeds: landedNeedsStore(sql),
	prerequisites: prerequisiteStore(sql),
	verdicts: verdictStore(sql),
	readings: readingStore(sql),
	incidents: incidentStore(sql),
	overrides: overrideStore(sql),
	people: peopleStore(sql),
	links: linkStore(sql),
	sessions: sessionStore(sql),
	tokens: tokenStore(sql),
	meetings: meetingStore(sql),
	actionItems: actionItemStore(sql),
	outbox: outboxStore(sql),
	trackers: trackerStore(sql),
	pullRequests: pullRequestStore(sql),
});

export type Stores = ReturnType<typeof storesOn>;

/** Stores inside a transaction, with the timeline to write to and the instant at which it was begun. */
export type Writing = Stores & {
	readonly at: Instant;
	readonly transaction: Transaction;
	/**
	 * Adds one event; what is left out is filled from the writing. It is written with those said before and after it, at the end of the
	 * transaction at the latest, so the timeline as this transaction reads it may not have it yet.
	 */
	say(event: Sayable): void;
	/** The same for what may have been said before by its idempotency key: written at once, and answers whether it was new. */
	sayOnce(event: Sayable & Pick<NewEvent, 'idempotencyKey'>): Promise<boolean>;
};

export type Sayable = Pick<NewEvent, 'kind' | 'source' | 'actor' | 'text'> & Partial<NewEvent>;

export const reading = (deps: Deps): Stores => storesOn(deps.database.read);

/** Runs `work` in one transaction: a state change, its event and the notices of it are written together or not at all. */
export function writing<T>(deps: Deps, work: (stores: Writing) => Promise<T>): Promise<T> {
	return deps.database.transact(async transaction => {
		const at = deps.clock.now();
		const said: NewEvent[] = [];
		const whole = (event: Sayable): NewEvent => ({
			...{happenedAt: at, precision: 'ms', data: {}, service: null, deploy: null, attempt: null, incident: null},
			...{idempotencyKey: deps.newId()},
			...event,
		});
		const result = await work({
			...storesOn(transaction.sql),
			...{at, transaction},
			say: event => void said.push(whole(event)),
			async sayOnce(event) {
				const [before, once] = [said.splice(0), whole(event)];
				const [, answer] = await appendBatches(transaction, [before, [once]], at);
				await tell(deps, transaction, [...before, once], at);
				return answer !== undefined && answer.stored > 0;
			},
		});
		if (said.length > 0) {
			await appendBatches(transaction, [said], at);
			await tell(deps, transaction, said, at);
		}
		return result;
	});
}
