/** Reads everything that is stored about one incident, or one deploy, as the plain data that reports are made from. */
import type {Instant} from '../gate/facts.ts';
import type {AttemptOutcome as StoredOutcome} from '../gate/lifecycle.ts';
import type {TimelineEvent} from '../reports/events.ts';
import type {MeetingStory} from '../reports/meeting.ts';
import type {
	AttemptOutcome,
	AttemptStory,
	ConfounderStory,
	DeployStory,
	IncidentStory,
	OverrideStory,
	Reach,
	RollbackStory,
	SignalReadings,
	StageStory,
} from '../reports/story.ts';
import {type Deps, reading, type Stores} from './actions/deps.ts';
import {planRollback} from './actions/take-back.ts';
import {AppError} from './app-error.ts';
import {exposureUnitOf, sourceOf} from './config/describe-signal.ts';
import type {ServiceConfig} from './config.ts';
import {canaryStageIndex} from './facts.ts';
import type {DeployAttempt} from './stores/deploys.ts';
import type {StoredIncident} from './stores/incidents.ts';
import {findEvents} from './stores/timeline.ts';
import type {StoredVerdict} from './stores/verdicts.ts';

const leadUpMs = 30 * 60_000;
/** A story looks no further than this behind its beginning. */
export const longestMs = 12 * 60 * 60_000;
const aftermathMs = 10 * 60_000;
/** Of a signal that there is no reading of. */
const usualBucketMs = 10_000;

const outcomes: Readonly<Record<StoredOutcome, AttemptOutcome>> = {
	completed: 'finished',
	finished: 'finished',
	'rolled-back': 'rolled_back',
	superseded: 'superseded',
	repeated: 'stopped',
	aborted: 'stopped',
	unknown: 'unknown',
};

/** How an attempt stands, in the words of reports. */
export const deployOutcome = (attempt: DeployAttempt): AttemptOutcome =>
	attempt.outcome === null ? (attempt.state === 'stopped' ? 'stopped' : 'open') : outcomes[attempt.outcome];

const attemptStory = (attempt: DeployAttempt, groups: readonly string[]): AttemptStory => ({
	...{id: attempt.deploy, attempt: attempt.attempt, openedAt: attempt.openedAt, closedAt: attempt.closedAt},
	outcome: deployOutcome(attempt),
	...{groups, targets: attempt.targets},
});

function reachOf(service: ServiceConfig, index: number): Reach {
	const stage = service.stages[index];
	if (stage === undefined || stage.name === 'before' || index < canaryStageIndex(service)) return 'nothing';
	return index === canaryStageIndex(service) && index < service.stages.length - 1 ? 'canaries' : 'everywhere';
}

function stageStories(service: ServiceConfig, attempt: DeployAttempt, verdicts: readonly StoredVerdict[]): StageStory[] {
	return service.stages.map(({name, groups}, index) => {
		const asked = attempt.stages.find(({stage}) => stage === name);
		const later = attempt.stages
			.filter(({stage}) => service.stages.findIndex(known => known.name === stage) > index)
			.map(({askedAt}) => askedAt)
			.sort()[0];
		const passedAt = asked?.verdict === 'go' ? (asked.verdictAt ?? null) : (later ?? null);
		const mine = verdicts.filter(({verdict}) => verdict.stage === name).map(({verdict}) => verdict);
		return {name, reach: reachOf(service, index), groups, askedAt: asked?.askedAt ?? null, passedAt, verdicts: mine};
	});
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** What let something pass: `allow` ahead of the hook, `--force`, or going on over a "no". */
function overrideStories(events: readonly TimelineEvent[]): OverrideStory[] {
	return events
		.filter(({kind}) => kind === 'gate_overridden')
		.map(event => {
			const isAllow = 'until' in event.data;
			const reason = text(event.data['reason']) ?? event.text;
			return {
				rule: text(event.data['rule']),
				stage: text(event.data['stage']),
				at: event.happenedAt,
				by: event.actor.name,
				reason,
				how: isAllow ? 'allow' : 'force',
				seq: event.seq,
			};
		});
}

/** Each row of the ledger is one word about an attempt: begun, and ended or not. */
async function rollbackStories(stores: Stores, incident: string, events: readonly TimelineEvent[]): Promise<RollbackStory[]> {
	const rows = await stores.incidents.rollbacks(incident);
	const started = events.filter(({kind}) => kind === 'rollback_started').map(({happenedAt}) => happenedAt);
	const ended = rows.filter(row => row.verified !== null);
	const short = (targets: readonly {repository: string; sha: string}[]): string =>
		targets.map(({repository, sha}) => `${repository.split('/').at(-1)} ${sha.slice(0, 7)}`).join(', ') || 'what was live before';
	const finished = ended.map((row): RollbackStory => {
		const at = started.filter(time => time <= row.at).at(-1) ?? row.at;
		return {
			at,
			finishedAt: row.at,
			outcome: row.verified === 'yes' ? 'done' : 'failed',
			from: short(row.from),
			to: short(row.to),
			verified: row.verified === 'yes',
			by: row.by.name,
		};
	});
	const last = rows.at(-1);
	const isRunning = last !== undefined && last.verified === null;
	return isRunning
		? [
				...finished,
				{at: last.at, finishedAt: null, outcome: 'running', from: short(last.from), to: short(last.to), verified: null, by: last.by.name},
			]
		: finished;
}

/** Events of the deploy, of the incident, and of its service around it, each once. */
async function eventsOf(
	deps: Deps,
	attempt: DeployAttempt | null,
	incident: StoredIncident | null,
	from: Instant,
	to: Instant,
): Promise<TimelineEvent[]> {
	const sql = deps.database.read;
	const service = attempt?.service ?? incident?.service;
	const lists = await Promise.all([
		attempt ? findEvents(sql, {deploy: attempt.deploy, attempt: attempt.attempt}) : [],
		incident ? findEvents(sql, {incident: incident.id}) : [],
		service ? findEvents(sql, {service, from, to}, 2000) : [],
	]);
	const bySeq = new Map(lists.flat().map(event => [event.seq, event]));
	return [...bySeq.values()].sort((a, b) => (a.happenedAt === b.happenedAt ? a.seq - b.seq : a.happenedAt < b.happenedAt ? -1 : 1));
}

async function readingsOf(stores: Stores, service: ServiceConfig, from: Instant, to: Instant): Promise<SignalReadings[]> {
	return Promise.all(
		service.signals.map(async signal => {
			const {bucketMs, buckets} = await stores.readings.between(service.name, signal.name, from, to);
			return {
				...{name: signal.name, counts: signal.counts, exposureUnit: exposureUnitOf(signal)},
				...{source: sourceOf(signal), bucketMs: bucketMs ?? usualBucketMs, buckets},
			};
		}),
	);
}

/** Other deploys that were out in the same time: confounders, not causes. */
async function confoundersOf(stores: Stores, attempt: DeployAttempt | null, from: Instant, to: Instant): Promise<ConfounderStory[]> {
	const recent = await stores.deploys.recent(200);
	return recent
		.filter(
			other =>
				other.deploy !== attempt?.deploy &&
				!other.rollback &&
				other.openedAt < to &&
				(other.closedAt ?? to) > from &&
				other.stages.some(({stage}) => stage !== 'before'),
		)
		.map(other => ({
			deploy: `${other.deploy}/${other.attempt}`,
			service: other.service,
			at: other.openedAt,
			until: other.closedAt,
			what: `deploy of ${other.service}`,
		}));
}

const shifted = (at: Instant, ms: number): Instant => new Date(Date.parse(at) + ms).toISOString();

/**
 * The end of the time that a story looks at: a while after the signals were normal, or after a deploy without an incident was closed;
 * where neither is known, as far as anything is looked at.
 */
function windowEnd(incident: StoredIncident | null, attempt: DeployAttempt | null): Instant {
	const ends = [incident?.normalAt, attempt?.closedAt].filter((at): at is Instant => typeof at === 'string').sort();
	const last = ends.at(-1);
	const isOver = incident === null || incident.normalAt !== null;
	if (isOver && last !== undefined) return shifted(last, aftermathMs);
	return shifted(incident?.openedAt ?? attempt?.openedAt ?? '1970-01-01T00:00:00.000Z', longestMs);
}

const newestOf = (events: readonly TimelineEvent[]): DeployStory['head'] => {
	const last = events.reduce<TimelineEvent | null>((best, event) => (best === null || event.seq > best.seq ? event : best), null);
	return last === null ? null : {seq: last.seq, hash: last.hash};
};

async function deployStory(deps: Deps, attempt: DeployAttempt | null, incident: StoredIncident | null): Promise<DeployStory> {
	const stores = reading(deps);
	const serviceName = attempt?.service ?? incident?.service ?? '';
	const service = deps.config.services.get(serviceName);
	const start = attempt?.openedAt ?? incident?.openedAt ?? deps.clock.now();
	const from = shifted(start, -leadUpMs);
	const to = windowEnd(incident, attempt);
	const events = await eventsOf(deps, attempt, incident, from, to);
	const verdicts = attempt ? await stores.verdicts.of(attempt) : [];
	const others = attempt ? (await stores.deploys.attemptsOf(attempt.deploy)).filter(other => other.attempt !== attempt.attempt) : [];
	const groups = service?.groups ?? [];
	const known = verdicts.flatMap(({facts}) => facts.known);
	const landed = (await stores.landed.history(serviceName, 500)).filter(head => head.since < to && (head.until ?? to) > from);
	const newest =
		events
			.map(({recordedAt}) => recordedAt)
			.sort()
			.at(-1) ?? start;
	return {
		asOf: newest,
		service: serviceName,
		deploy: attempt ? attemptStory(attempt, groups) : null,
		otherAttempts: others.map(other => attemptStory(other, groups)),
		changes: attempt ? await stores.changes.batchOf(attempt.deploy) : [],
		known: [...new Map(known.map(change => [`${change.repository} ${change.sha ?? change.id}`, change])).values()],
		stages: attempt && service ? stageStories(service, attempt, verdicts) : [],
		overrides: overrideStories(events),
		events,
		readings: service ? await readingsOf(stores, service, from, to) : [],
		landed: landed.map(({group, repository, branch, sha, since, until, deploy}) => ({
			group,
			repository,
			branch: branch ?? null,
			sha,
			since,
			until,
			deploy,
		})),
		rollbacks: incident ? await rollbackStories(stores, incident.id, events) : [],
		confounders: await confoundersOf(stores, attempt, from, to),
		// The hash of the story's own newest event: it does not move with what others record, and `verify --head` finds it.
		head: newestOf(events),
	};
}

/** How far a deploy's attempt came: what its line is drawn from, without the events and readings of its story. */
export async function readOutline(deps: Deps, attempt: DeployAttempt): Promise<Pick<DeployStory, 'deploy' | 'stages'>> {
	const service = deps.config.services.get(attempt.service);
	const verdicts = await reading(deps).verdicts.of(attempt);
	return {deploy: attemptStory(attempt, service?.groups ?? []), stages: service ? stageStories(service, attempt, verdicts) : []};
}

/** The story of one deploy's attempt. */
export const readDeployStory = (deps: Deps, attempt: DeployAttempt): Promise<DeployStory> => deployStory(deps, attempt, null);

/** What people wrote in the post-mortem form; null where nobody opened it. */
async function meetingStory(stores: Stores, incident: string): Promise<MeetingStory | null> {
	const meeting = await stores.meetings.get(incident);
	if (!meeting) return null;
	const [answers, items] = await Promise.all([stores.meetings.answers(meeting.id), stores.actionItems.list({incident})]);
	return {questionSet: meeting.questionSet, openedAt: meeting.openedAt, answers, items};
}

/** The story of one incident; a 404 where there is none. */
export async function readStory(deps: Deps, id: string): Promise<IncidentStory> {
	const stores = reading(deps);
	const incident = await stores.incidents.get(id);
	if (!incident) throw new AppError('not-found', `There is no incident ${id.slice(0, 100)}.`);
	const attempt = incident.deploy === null ? null : await stores.deploys.get({deploy: incident.deploy, attempt: incident.attempt ?? 1});
	const story = await deployStory(deps, attempt, incident);
	const meeting = await meetingStory(stores, id);
	const isBack = story.rollbacks.length > 0;
	const plan = isBack && attempt ? await planRollback(deps, incident.service, attempt.deploy, 'rollback').catch(() => null) : null;
	return {
		...story,
		incident: {id: incident.id, title: incident.title, status: incident.status, openedAt: incident.openedAt, openedBy: incident.openedBy},
		meeting,
		owed: meeting === null ? await stores.actionItems.list({incident: id}) : [],
		debts: (plan?.debt ?? []).map(debt => ({text: debt, done: false})),
	};
}
