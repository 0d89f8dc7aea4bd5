/** What is live where: written when a stage is asked about whose code is there, corrected by what anybody sees. */
import type {Batch, Target} from '../../gate/facts.ts';
import {isOut} from '../../gate/lifecycle.ts';
import {compareVersions} from '../../gate/order/version-branch.ts';
import type {ServiceConfig, StageConfig} from '../config.ts';
import type {DeployAttempt} from '../stores/deploys.ts';
import type {Head} from '../stores/landed.ts';
import {revertName} from '../stores/landed-reverts.ts';
import type {Writing} from './deps.ts';
import {endAsRolledBack, nameOf} from './know-rollback.ts';
import {openIncident} from './open-incident.ts';
import {recheckLanded} from './recheck-landed.ts';
import {revertedNames} from './reverted-names.ts';
import {oweForSeen} from './rollback-debts.ts';

const historyMax = 1000;
const gate = {kind: 'system', name: 'signalbox'} as const;
const short = (sha: string | null): string => (sha === null ? 'nothing known' : sha.slice(0, 7));

type Moved = {readonly from: string | null; readonly to: Target};

/** Puts a group at these commits. A place that goes back to where it was before loses what came to it since. */
async function move(stores: Writing, service: string, group: string, targets: readonly Target[], by: DeployAttempt | null) {
	const since = new Map<Target, Awaited<ReturnType<typeof stores.landed.movedSince>>>();
	for (const target of targets) since.set(target, await stores.landed.movedSince(service, group, target));
	const moved: readonly Moved[] = await stores.landed.moveHeads(service, group, targets, by, stores.at);
	for (const {to} of moved) {
		for (const key of since.get(to) ?? []) await stores.landed.removeBroughtBy(key, group, to.repository, stores.at);
	}
	return moved;
}

/** An *after* hook asks about this stage: the code is there, whatever we answer. */
export async function land(
	stores: Writing,
	service: ServiceConfig,
	stage: StageConfig,
	attempt: DeployAttempt,
	batch: Batch,
): Promise<void> {
	if (stage.name === 'before') return;
	const keys = await stores.changes.ensure(batch.changes);
	let isMoved = false;
	for (const group of stage.groups) {
		const moved = await move(stores, service.name, group, batch.targets, attempt);
		if (moved.length === 0) continue;
		isMoved = true;
		const reached = batch.changes.map(change => change.groups === undefined || change.groups.includes(group));
		await stores.landed.addChanges(
			service.name,
			group,
			keys.filter((_, index) => reached[index]),
			attempt,
			stores.at,
		);
		for (const change of batch.changes.filter((_, index) => reached[index]))
			await stores.landed.markReverted({service: service.name, group}, revertedNames(change), revertName(change), attempt, stores.at);
		const about = {service: service.name, deploy: attempt.deploy, attempt: attempt.attempt, incident: attempt.incident};
		const text = `Live on ${group}: ${moved.map(({from, to}) => `${to.repository} ${short(to.sha)} (was ${short(from)})`).join(', ')}`;
		const data = {group, moved, ...(attempt.rollback ? {rollback: true} : {})};
		stores.say({...about, kind: 'landed', source: 'gate', actor: gate, text, data});
	}
	if (isMoved) await recheckLanded(stores, service);
}

/** A client tells which version each group runs: where that is another one than before, it is an event, and what is live is judged again. */
export async function noteVersions(
	stores: Writing,
	service: ServiceConfig,
	told: Readonly<Record<string, string>> | undefined,
): Promise<void> {
	const moved: string[] = [];
	if (told === undefined) return;
	const before = new Map((await stores.landedVersions.of(service.name)).map(({group, version}) => [group, version]));
	for (const group of service.groups) {
		const version = Object.hasOwn(told, group) ? told[group] : undefined;
		const was = before.get(group);
		if (version === undefined || version === was) continue;
		await stores.landedVersions.set(service.name, group, version, stores.at);
		// The first that is told is no move.
		if (was === undefined) continue;
		const isBack = compareVersions(version, was) < 0;
		stores.say({
			...{kind: 'version_moved', source: 'deployer', actor: gate, service: service.name},
			...{text: `${group} runs ${version}, ${isBack ? 'back from' : 'after'} ${was}`, data: {group, version, before: was}},
		});
		moved.push(group);
	}
	if (moved.length > 0) await recheckLanded(stores, service);
}

/** The groups that this attempt moved, and nobody moved after it, are back where they were. `service`: as configured, where it still is. */
export async function restoreLanded(stores: Writing, service: ServiceConfig | undefined, attempt: DeployAttempt): Promise<void> {
	const heads = await stores.landed.heads(attempt.service);
	for (const {group, repository, branch, from, to} of await stores.landed.before(attempt.service, attempt)) {
		const isStillThere = heads.some(
			head => head.group === group && head.repository === repository && (head.branch ?? '') === branch && head.sha === to,
		);
		if (from === null || !isStillThere) continue;
		const back: Target = {repository, ...(branch === '' ? {} : {branch}), sha: from};
		const moved = await move(stores, attempt.service, group, [back], null);
		if (moved.length === 0) continue;
		await stores.landed.removeBroughtBy(attempt, group, repository, stores.at);
		stores.say({
			...{service: attempt.service, deploy: attempt.deploy, attempt: attempt.attempt, incident: attempt.incident},
			...{kind: 'landed', source: 'gate', actor: gate, text: `Back on ${group}: ${repository} ${short(from)}`},
			data: {group, moved, rollback: true},
		});
	}
	if (service !== undefined) await recheckLanded(stores, service);
}

const samePlace = (head: Head, target: Target): boolean =>
	head.repository === target.repository && (head.branch ?? '') === (target.branch ?? '');

/**
 * A host says which commits it runs now: where the ledger says otherwise, the ledger is wrong, and the correction is an event. A commit
 * that the ledger knows from some groups corrects those alone, since the host may be of them; one that it never saw is taken to be
 * everywhere. With `learnOnly`, what the ledger knows stays as it is. Returns the attempts whose code is gone again: they were taken back, and nobody said so.
 */
export async function correctLanded(
	stores: Writing,
	service: ServiceConfig,
	live: readonly Target[],
	learnOnly = false,
): Promise<DeployAttempt[]> {
	if (live.length === 0) return [];
	const gone = new Map<string, DeployAttempt>();
	let isMoved = false;
	const history = await stores.landed.history(service.name, historyMax);
	for (const target of live) {
		const seen = history.filter(head => samePlace(head, target) && head.sha === target.sha);
		for (const group of service.groups) {
			const current = history.find(head => head.until === null && head.group === group && samePlace(head, target));
			const wasHere = seen.some(head => head.group === group);
			if (current?.sha === target.sha || (current && (learnOnly || (seen.length > 0 && !wasHere)))) continue;
			const [moved] = await move(stores, service.name, group, [target], null);
			if (!moved) continue;
			isMoved = true;
			const owner =
				current?.deploy && current.attempt ? await stores.deploys.get({deploy: current.deploy, attempt: current.attempt}) : null;
			if (owner && wasHere) gone.set(nameOf(owner), owner);
			sayCorrected(stores, service, group, moved, owner, wasHere);
		}
	}
	if (isMoved) await recheckLanded(stores, service);
	return [...gone.values()];
}

function sayCorrected(
	stores: Writing,
	service: ServiceConfig,
	group: string,
	moved: Moved,
	owner: DeployAttempt | null,
	wasHere: boolean,
): void {
	const {from, to} = moved;
	const said =
		from === null
			? `${to.repository} ${short(to.sha)} is live on ${group}, as a host reports`
			: `Correction: ${to.repository} on ${group} is at ${short(to.sha)}, as a host reports; the ledger said ${short(from)}`;
	stores.say({
		...{kind: 'landed', source: 'deployer', actor: gate, service: service.name},
		...{deploy: owner?.deploy ?? null, attempt: owner?.attempt ?? null, incident: owner?.incident ?? null},
		...{text: said, data: {group, moved: [moved], ...(wasHere ? {rollback: true} : {})}},
	});
}

/**
 * A host runs what was live before this attempt: it was taken back, and nobody said so. Its outcome is put right, and what it was taken
 * back for is suspected to be an incident: that holds nobody, since it may be long over.
 */
export async function noteSeenBack(stores: Writing, attempt: DeployAttempt, host: string): Promise<void> {
	const about = {service: attempt.service, deploy: attempt.deploy, attempt: attempt.attempt, incident: attempt.incident};
	if (attempt.outcome !== 'rolled-back') {
		await endAsRolledBack(stores, attempt);
		const text = `${nameOf(attempt)} is closed: rolled-back, since ${host} runs what was live before it`;
		stores.say({...about, kind: 'deploy_finished', source: 'gate', actor: gate, text, data: {outcome: 'rolled-back', host}});
	}
	if (attempt.rollback || !isOut(attempt)) return;
	const incident = await openIncident(stores, attempt, {
		...{by: 'gate', status: 'suspected', source: 'gate', actor: gate, what: `deploy ${nameOf(attempt)} was taken back`},
		text: `${host} runs what was live before ${nameOf(attempt)}: it was taken back, and nobody said so`,
	});
	// That it is gone from a host is sure, whatever became of the reason: the branch would bring it again.
	await oweForSeen(stores, attempt, {incident, reason: `${host} runs what was live before it`, author: gate});
}
