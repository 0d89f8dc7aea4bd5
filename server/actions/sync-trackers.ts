/**
 * Makes the issues that were asked for, and follows their state: closed is done, opened again is open again, gone is said. One request
 * after another, beside the poll loop, which does not wait for it.
 */
import type {NewEvent} from '../../reports/events.ts';
import type {ActionItem, ItemStatus} from '../../reports/meeting-items.ts';
import {addMs, msBetween} from '../../reports/say.ts';
import {issueText, markerOf} from '../../templates/issue-text.ts';
import {backoffMs} from '../backoff.ts';
import {githubOf} from '../github.ts';
import type {GithubApi} from '../integrations/github/client.ts';
import {createIssue, findIssue, type Issue, readIssue} from '../integrations/github/issues.ts';
import {type Trouble, troubleOf} from '../integrations/github/trouble.ts';
import type {StoredIncident} from '../stores/incidents.ts';
import type {StoredTracker, TrackerChange} from '../stores/trackers.ts';
import {type Deps, reading, type Writing, writing} from './deps.ts';

/** Longer than all requests about one item together. */
const leaseMs = 120_000;
const inTurnMax = 20;
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** How often an issue is asked about: unchanged ones cost GitHub nothing, by their ETag. */
const everyMs = {open: 2 * minuteMs, closed: 15 * minuteMs, lost: dayMs};
const triedForMs = 3 * dayMs;
/** What GitHub's clock may be behind ours. */
const skewMs = 5 * minuteMs;

const signalbox = {kind: 'system', name: 'signalbox'} as const;

export type TrackerSync = {
	/** A step of the poll loop: begins what is due. */
	step(): Promise<void>;
	idle(): Promise<void>;
	stop(): Promise<void>;
};

type Place = {
	readonly deps: Deps;
	readonly api: GithubApi;
	readonly tracker: StoredTracker;
	readonly item: ActionItem;
	readonly incident: StoredIncident;
	readonly abort: AbortSignal;
};

const keyOf = ({repository, number}: Pick<Issue, 'repository' | 'number'>): string => `${repository}#${number}`;

/** What was found out, with what is said of it, in one transaction; nothing where another process took it over meanwhile. */
function conclude(
	{deps, tracker}: Place,
	change: TrackerChange,
	work: (stores: Writing) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
	return writing(deps, async stores => {
		if (await stores.trackers.end(tracker.item, deps.processId, change)) await work(stores);
	});
}

const about = ({item, incident}: Place): Pick<NewEvent, 'kind' | 'service' | 'deploy' | 'attempt' | 'incident'> => ({
	...{kind: 'follow_up', service: incident.service, deploy: incident.deploy, attempt: incident.attempt, incident: item.incident},
});

const setTracker = (stores: Writing, {item}: Place, issue: Issue): Promise<void> =>
	stores.actionItems.setTracker(item.id, {system: 'github', key: keyOf(issue), url: issue.url, state: issue.state, syncedAt: stores.at});

/** Makes the issue, or finds the one that an attempt made whose answer nobody heard. */
async function make(place: Place): Promise<void> {
	const {deps, api, tracker, item, incident, abort} = place;
	const {repository, labels, askedAt} = tracker;
	const text = issueText({...item, item: item.id, incident, base: deps.config.url ?? deps.baseUrl()});
	const marker = markerOf(incident.id, item.id);
	const isFirst = tracker.attempts <= 1 && tracker.since === askedAt;
	const found = isFirst ? null : await findIssue(api, {repository, marker, since: addMs(askedAt, -skewMs)}, abort);
	const issue = found ?? (await createIssue(api, {repository, ...text, labels}, abort));
	const next = {state: 'linked', attempts: 0, reason: null, etag: null, issueState: 'open'} as const;
	const change = {...next, repository: issue.repository, number: issue.number, dueAt: deps.clock.now()};
	await conclude(place, change, async stores => {
		await setTracker(stores, place, issue);
		stores.say({
			...{...about(place), source: 'human', actor: tracker.askedBy, text: `${item.id} is ${keyOf(issue)}: ${issue.title}`},
			data: {item: item.id, tracker: keyOf(issue), url: issue.url},
		});
	});
}

type Follow = {readonly status: ItemStatus; readonly words: string; readonly reason: string | null};

/** What an issue's change of state makes of its item; null where the item stays as people left it. */
function followed(item: ActionItem, issue: Issue, before: StoredTracker['issueState']): Follow | null {
	if (issue.state === before) return null;
	const by = issue.closedBy === null ? '' : ` by ${issue.closedBy}`;
	const isOver = item.status === 'done' || item.status === 'verified' || item.status === 'not_doing';
	if (issue.state === 'open') return isOver ? {status: 'open', words: 'was opened again', reason: null} : null;
	if (isOver) return null;
	if (issue.why === 'not_planned' || issue.why === 'duplicate') {
		const words = `was closed${by} as ${issue.why.replace('_', ' ')}`;
		return {status: 'not_doing', words, reason: `${keyOf(issue)} ${words}`};
	}
	return {status: 'done', words: `was closed${by}`, reason: null};
}

async function follow(place: Place, issue: Issue, moved: boolean): Promise<void> {
	const {tracker, item} = place;
	const before = tracker.number === null ? null : `${tracker.repository}#${tracker.number}`;
	const change = {
		...({state: 'linked', attempts: 0, reason: null, repository: issue.repository, number: issue.number} as const),
		...{etag: moved ? null : issue.etag, issueState: issue.state, dueAt: addMs(place.deps.clock.now(), everyMs[issue.state])},
	};
	await conclude(place, change, async stores => {
		await setTracker(stores, place, issue);
		const data = {item: item.id, tracker: keyOf(issue), url: issue.url, state: issue.state};
		if (moved && before !== keyOf(issue))
			stores.say({
				...about(place),
				source: 'rule',
				actor: signalbox,
				text: `${before} is ${keyOf(issue)} now: ${item.id} goes on there`,
				data,
			});
		const current = (await stores.actionItems.get(item.id)) ?? item;
		const next = followed(current, issue, tracker.issueState);
		if (next === null) return;
		const closed = issue.state === 'closed';
		const author = closed && issue.closedBy !== null ? ({kind: 'person', name: issue.closedBy} as const) : signalbox;
		const at = (closed ? issue.closedAt : null) ?? issue.updatedAt;
		const opId = `github ${keyOf(issue)} ${issue.state} ${at}`;
		const isNew = await stores.actionItems.setStatus(item.id, {status: next.status, reason: next.reason, author, at: stores.at, opId});
		if (!isNew) return;
		const text = `${item.id} is ${next.status.replace('_', ' ')}: ${keyOf(issue)} ${next.words}`;
		await stores.sayOnce({
			...about(place),
			source: 'human',
			actor: author,
			happenedAt: at,
			precision: 's',
			text,
			data,
			idempotencyKey: opId,
		});
	});
}

async function sync(place: Place): Promise<void> {
	const {deps, api, tracker, abort} = place;
	if (tracker.number === null) return make(place);
	const key = {repository: tracker.repository, number: tracker.number};
	const read = await readIssue(api, key, tracker.etag, abort);
	if (read.kind === 'read') return follow(place, read.issue, read.moved);
	await conclude(place, {attempts: 0, reason: null, dueAt: addMs(deps.clock.now(), everyMs[tracker.issueState ?? 'open'])});
}

/** Nothing is lost: what was linked stays so, and it is said once what is the matter. */
async function note(place: Place, trouble: Trouble): Promise<void> {
	const {deps, tracker, item} = place;
	const now = deps.clock.now();
	const isMaking = tracker.number === null;
	const hint = isMaking && trouble.kind === 'gone' ? ': there is no such repository, or the token may not see it' : '';
	const reason = `${trouble.reason}${hint}`;
	const say = (stores: Writing, text: string, data: Readonly<Record<string, unknown>>): void =>
		stores.say({...about(place), source: 'rule', actor: signalbox, text, data: {item: item.id, ...data}});
	if (trouble.kind === 'limited')
		return conclude(place, {attempts: Math.max(0, tracker.attempts - 1), reason, dueAt: addMs(now, trouble.afterMs)});
	const isOver = isMaking && msBetween(tracker.since, now) >= triedForMs;
	if (isMaking && (trouble.kind !== 'away' || isOver)) {
		return conclude(place, {state: 'failed', reason}, async stores =>
			say(stores, `${item.id} could not become an issue in ${tracker.repository}: ${reason}`, {tracker: tracker.repository}),
		);
	}
	if (trouble.kind === 'gone') {
		const change = {state: 'lost', reason, etag: null, dueAt: addMs(now, everyMs.lost)} as const;
		return conclude(place, change, async stores => {
			if (tracker.state === 'lost') return;
			const key = `${tracker.repository}#${tracker.number}`;
			if (item.tracker !== null) await stores.actionItems.setTracker(item.id, {...item.tracker, state: 'lost', syncedAt: stores.at});
			say(stores, `${key}, the issue of ${item.id}, is not there any more, or not for this token: ${reason}`, {tracker: key});
		});
	}
	await conclude(place, {reason, dueAt: addMs(now, backoffMs(tracker.attempts))});
}

/** Answers how long nothing more is to be asked. */
async function turn(deps: Deps, api: GithubApi, id: string, abort: AbortSignal): Promise<number> {
	const tracker = await writing(deps, ({trackers, at}) => trackers.claim(id, deps.processId, at, addMs(at, leaseMs)));
	if (tracker === null) return 0;
	const {actionItems, incidents} = reading(deps);
	const item = await actionItems.get(id);
	const incident = item === null ? null : await incidents.get(item.incident);
	if (!item || !incident) throw new Error(`the action item ${id} of a tracker is not there`);
	const place: Place = {deps, api, tracker, item, incident, abort};
	try {
		await sync(place);
		return 0;
	} catch (error) {
		// Stopped half way, nobody knows whether it was made; that it was tried stays known, so that it is looked for first.
		if (abort.aborted) {
			await conclude(place, {dueAt: deps.clock.now()});
			return 0;
		}
		const trouble = troubleOf(error, deps.clock.now());
		await note(place, trouble);
		deps.log(`${id}, an issue of ${tracker.repository}: ${trouble.reason}`);
		return trouble.kind === 'limited' ? trouble.afterMs : 0;
	}
}

export function trackerSync(deps: Deps): TrackerSync {
	const abort = new AbortController();
	let going: Promise<void> | null = null;
	let pausedUntilMs = 0;

	const work = async (api: GithubApi): Promise<void> => {
		for (const {item} of await reading(deps).trackers.due(deps.clock.now(), inTurnMax)) {
			if (abort.signal.aborted) return;
			const pauseMs = await turn(deps, api, item, abort.signal);
			if (pauseMs === 0) continue;
			// GitHub asks everybody with this token to wait, not only about this issue.
			pausedUntilMs = deps.clock.monotonicMs() + pauseMs;
			return;
		}
	};

	return {
		step() {
			const api = githubOf(deps.config);
			if (api === null || going !== null || abort.signal.aborted || deps.clock.monotonicMs() < pausedUntilMs) return Promise.resolve();
			going = work(api)
				.catch((error: unknown) =>
					deps.log(`following issues failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
				)
				.finally(() => {
					going = null;
				});
			return Promise.resolve();
		},
		async idle() {
			await going;
		},
		async stop() {
			abort.abort();
			await going;
		},
	};
}
