/** What goes on when nobody asks: undecided evidence is watched, idle deploys are closed, and the end of an impact is measured. */
import {evaluate} from '../../gate/evaluate.ts';
import type {Facts} from '../../gate/facts.ts';
import {idleAttempts} from '../../gate/lifecycle.ts';
import {changeLive, exposureOf} from '../../reports/exposure.ts';
import {signalsNormal} from '../../reports/normal.ts';
import type {Beside} from '../client/contract.ts';
import {canaryStageIndex, gatherFacts, lookAt} from '../facts.ts';
import type {DeployAttempt} from '../stores/deploys.ts';
import type {StoredIncident} from '../stores/incidents.ts';
import {longestMs, readStory} from '../story.ts';
import {type Deps, reading, writing} from './deps.ts';
import {closeAttempt} from './finish-deploy.ts';
import {incidentTitle} from './incident-title.ts';
import {openIncident} from './open-incident.ts';

const signalbox = {kind: 'system', name: 'signalbox'} as const;

/** Closes attempts that nobody asked about for the configured time. */
export async function closeIdle(deps: Deps): Promise<void> {
	const open = await reading(deps).deploys.open();
	const idle = new Set(idleAttempts(open, deps.clock.now(), deps.config.idleCloseMs));
	for (const attempt of open.filter(known => idle.has(known))) {
		await writing(deps, async stores => {
			const current = await stores.deploys.get(attempt);
			if (current && current.state !== 'closed' && current.activeAt === attempt.activeAt)
				await closeAttempt(stores, current, {
					actor: signalbox,
					source: 'rule',
					outcome: 'unknown',
					text: 'nobody has asked about it any more',
				});
		});
	}
}

const besideOf = ({neighbours, traces, mirrors, wikis}: Facts): Beside => ({
	...(neighbours === undefined ? {} : {neighbours}),
	...(traces === undefined ? {} : {traces}),
	...(mirrors === undefined ? {} : {mirrors}),
	...(wikis === undefined ? {} : {wikis}),
});

/** The facts of a watched attempt: those of its undecided verdict, with the readings of now. */
async function watchedFacts(deps: Deps, attempt: DeployAttempt): Promise<Facts | null> {
	const stores = reading(deps);
	const service = deps.config.services.get(attempt.service);
	const verdicts = await stores.verdicts.of(attempt);
	const undecided = verdicts.findLast(({verdict}) => verdict.undecided);
	const stage = service?.stages.find(({name}) => name === undecided?.verdict.stage);
	if (!service || !undecided || !stage) return null;
	const {facts} = undecided;
	const look = lookAt(service, stage, attempt, await stores.deploys.calls(attempt), facts.look?.startedAt ?? attempt.openedAt, true);
	return gatherFacts(deps, {
		service,
		stage,
		batch: facts.batch,
		known: facts.known,
		landedChanges: [],
		holdings: facts.holdings,
		beside: besideOf(facts),
		notes: facts.notes,
		look,
	});
}

/** Goes on with the evidence of deploys that went although undecided: harm opens the incident that the hook could not. */
export async function watchUndecided(deps: Deps): Promise<void> {
	for (const attempt of await reading(deps).deploys.watched()) {
		const service = deps.config.services.get(attempt.service);
		const facts = service ? await watchedFacts(deps, attempt) : null;
		if (!service || !facts) {
			await writing(deps, stores => stores.deploys.setWatch(attempt, 'decided'));
			continue;
		}
		const verdict = evaluate(service.policy, facts);
		const canaryStage = canaryStageIndex(service);
		const wentOn = attempt.stages.some(({stage}) => service.stages.findIndex(({name}) => name === stage) > canaryStage);
		const isOver = wentOn || attempt.state === 'closed' || attempt.rollback;
		if (verdict.verdict !== 'rollback' && verdict.undecided && !isOver) continue;
		await writing(deps, async stores => {
			const current = await stores.deploys.get(attempt);
			if (current?.watch !== 'watching') return;
			await stores.deploys.setWatch(attempt, 'decided');
			const about = {service: service.name, deploy: attempt.deploy, attempt: attempt.attempt, incident: attempt.incident};
			const finding = verdict.findings.find(({rule}) => rule === 'canary-errors') ?? verdict.findings[0];
			const ending =
				verdict.verdict === 'rollback'
					? 'roll back'
					: verdict.undecided
						? 'still undecided; the canaries are no longer apart from the rest'
						: 'no harm seen';
			stores.say({
				...about,
				kind: 'signal',
				source: 'gate',
				actor: signalbox,
				text: `Watched after ${verdict.stage}: ${ending}. ${finding?.because ?? ''}`,
				data: {verdict: verdict.verdict},
			});
			if (verdict.verdict !== 'rollback') return;
			await stores.verdicts.add(deps.newId(), attempt, verdict, facts);
			if (current.state === 'open') await stores.deploys.setState(attempt, 'stopped', null, stores.at);
			await openIncident(stores, current, {
				by: 'gate',
				status: 'open',
				source: 'gate',
				actor: signalbox,
				what: incidentTitle(finding, verdict.stage),
				text: `the watcher says roll back: ${finding?.because ?? ''}`,
			});
		});
	}
}

/** From when on quiet counts as the end: the newest step back that is known, or the moment the incident opened. */
async function quietFrom(deps: Deps, incident: StoredIncident): Promise<string> {
	const rollbacks = await reading(deps).incidents.rollbacks(incident.id);
	return rollbacks.at(-1)?.at ?? incident.openedAt;
}

/** Ends the impact of incidents whose signals are normal again: open ones become mitigated, and hold nobody any more. */
export async function measureEnds(deps: Deps): Promise<void> {
	const stores = reading(deps);
	const going = await stores.incidents.list(100, {statuses: ['suspected', 'open']});
	// A story looks no further, so what it has not shown by then it will not show; a person ends that incident.
	const since = new Date(Date.parse(deps.clock.now()) - longestMs).toISOString();
	for (const incident of going.filter(({normalAt, openedAt}) => normalAt === null && openedAt > since)) {
		const story = await readStory(deps, incident.id);
		const exposure = exposureOf(story);
		if (exposure === null || changeLive(story) === null) continue;
		const normal = signalsNormal(story.readings, await quietFrom(deps, incident), exposure);
		if (!normal.normal) continue;
		await writing(deps, async writer => {
			const current = await writer.incidents.get(incident.id);
			if (!current || current.normalAt !== null) return;
			const status = current.status === 'open' ? 'mitigated' : current.status;
			await writer.incidents.setStatus(incident.id, status, normal.at);
			const about = {service: incident.service, deploy: incident.deploy, attempt: incident.attempt, incident: incident.id};
			writer.say({
				...about,
				kind: 'impact_end',
				source: 'signal',
				actor: signalbox,
				happenedAt: normal.at,
				text: `Signals normal again since ${normal.at.slice(11, 19)}, known at ${normal.knownAt.slice(11, 19)}`,
				data: {normalAt: normal.at, knownAt: normal.knownAt},
			});
			if (status !== current.status)
				writer.say({
					...about,
					kind: 'incident_changed',
					source: 'rule',
					actor: signalbox,
					text: `${incident.id} is mitigated: its signals are normal; it holds no deploy any more`,
				});
		});
	}
}
