/** What landed on the earlier environments of a service, from the ledger of this installation. */
import type {Change, LandedChange, LandedGroup, Target} from '../gate/facts.ts';
import {type Deps, reading} from './actions/deps.ts';
import type {EnvironmentConfig, ServiceConfig} from './config.ts';

const landedChangesMax = 20_000;
const relevantMax = 2000;

type Names = Readonly<Record<'sha' | 'changeId' | 'patchId', ReadonlySet<string>>>;

const changeIdLine = /^\s*change-id:\s*(i[0-9a-f]{40})\s*$/gim;

function namesOf(changes: readonly Change[]): Names {
	const names = {sha: new Set<string>(), changeId: new Set<string>(), patchId: new Set<string>()};
	for (const {sha, changeId, patchId, message} of changes) {
		if (sha !== undefined) names.sha.add(sha);
		if (changeId !== undefined) names.changeId.add(changeId);
		if (patchId !== undefined) names.patchId.add(patchId);
		for (const [, id] of (message ?? '').matchAll(changeIdLine)) names.changeId.add(`I${(id ?? '').slice(1).toLowerCase()}`);
	}
	return names;
}

const isNamed = (change: LandedChange, names: Names): boolean =>
	(change.sha !== undefined && names.sha.has(change.sha)) ||
	(change.changeId !== undefined && names.changeId.has(change.changeId)) ||
	(change.patchId !== undefined && names.patchId.has(change.patchId));

async function environmentFacts(deps: Deps, {name, service, groups}: EnvironmentConfig, names: Names): Promise<LandedGroup> {
	const {landed} = reading(deps);
	const heads = await landed.heads(service);
	const inIt =
		groups.length > 0 ? groups : [...new Set([...(deps.config.services.get(service)?.groups ?? []), ...heads.map(head => head.group)])];
	const changes = await Promise.all(inIt.map(group => landed.changes(service, group, landedChangesMax)));
	const targets = heads
		.filter(({group}) => inIt.includes(group))
		.map(({repository, branch, sha}): Target => ({repository, ...(branch === undefined ? {} : {branch}), sha}));
	return {
		group: name,
		heads: [...new Map(targets.map(target => [JSON.stringify(target), target])).values()],
		changes: changes
			.flat()
			.filter(change => isNamed(change, names))
			.slice(0, relevantMax),
	};
}

/** One entry for each environment, with what of the batch was on any of its groups; undefined where the service has none. */
export async function environmentsFor(
	deps: Deps,
	{environments}: ServiceConfig,
	changes: readonly Change[],
): Promise<readonly LandedGroup[] | undefined> {
	if (environments.length === 0) return undefined;
	const names = namesOf(changes);
	return Promise.all(environments.map(environment => environmentFacts(deps, environment, names)));
}
