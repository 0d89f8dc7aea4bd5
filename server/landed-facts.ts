/** What is landed, as facts: for each group what matters to a batch, and the live changes that stand on what it takes back. */
import type {Change, LandedChange, LandedGroup, Target} from '../gate/facts.ts';
import {isAhead, isRun} from '../gate/order/version-branch.ts';
import {type Deps, reading} from './actions/deps.ts';
import {revertedNames} from './actions/reverted-names.ts';
import type {Beside} from './client/contract.ts';
import type {ServiceConfig} from './config.ts';
import {namesBy, waysToName} from './stores/change-names.ts';

const landedChangesMax = 20_000;
const relevantMax = 2000;
// What names a change in a message: a Change-Id or a commit, whole or shortened.
const nameInMessage = /\b(?:I[0-9a-f]{8,40}|[0-9a-f]{7,40})\b/g;
const messageReadMax = 65_536;
const namesMax = 5000;
const dependentsMax = 200;
const revertedMax = 200;

export type LandedQuestion = {
	readonly service: ServiceConfig;
	readonly batch: {readonly changes: readonly Change[]};
	readonly known: readonly Change[];
	readonly landedChanges: readonly (LandedChange & {readonly group: string})[];
	readonly beside: Beside;
};

function namesIn(changes: readonly Change[]): Set<string> {
	const names = new Set<string>();
	for (const change of changes) {
		for (const name of [change.sha, change.changeId, change.patchId]) if (name !== undefined) names.add(name);
		for (const [name] of (change.message ?? '').slice(0, messageReadMax).matchAll(nameInMessage)) {
			if (names.size >= namesMax) return names;
			names.add(name);
		}
	}
	return names;
}

/** Keeps the landed changes that a footer, a rule or the batch itself could mean; short names match by prefix. */
function relevant(landed: readonly LandedChange[], changes: readonly Change[], repositories: ReadonlySet<string>): LandedChange[] {
	const names = namesIn(changes);
	const prefixes = new Set([...names].map(name => name.slice(0, name.startsWith('I') ? 9 : 7)));
	const isNamed = (name: string | undefined): boolean => name !== undefined && prefixes.has(name.slice(0, name.startsWith('I') ? 9 : 7));
	const matters = (change: LandedChange): boolean =>
		isNamed(change.changeId) ||
		isNamed(change.sha) ||
		(change.patchId !== undefined && names.has(change.patchId)) ||
		repositories.has(change.repository);
	return landed.filter(matters).slice(0, relevantMax);
}

const isSame = (one: LandedChange, other: LandedChange): boolean =>
	one.repository === other.repository &&
	(one.sha === undefined || other.sha === undefined
		? one.changeId !== undefined && one.changeId === other.changeId
		: one.sha === other.sha);

/** What a checkout's history tells of a group weighs more than the ledger of deploys, which knows since when and through which deploy. */
function withFound(ledger: readonly LandedChange[], finds: LandedQuestion['landedChanges'], group: string): LandedChange[] {
	const found = finds
		.filter(find => find.group === group)
		.map(({group: _group, ...find}): LandedChange => {
			const {since, deploy} = ledger.find(known => isSame(known, find)) ?? {};
			const source = find.source ?? 'git';
			return {...(since === undefined ? {} : {since}), ...(deploy === undefined ? {} : {deploy}), ...find, source};
		});
	return [...found, ...ledger.filter(known => !found.some(find => isSame(known, find)))];
}

/** What is known to be live on each group of the service. A change picked to a branch that is newer than the group's version is not. */
export async function landedGroups(
	deps: Deps,
	{service, batch, known, landedChanges, beside}: LandedQuestion,
	probes: readonly {readonly repository: string}[],
): Promise<LandedGroup[]> {
	const {landed, landedVersions} = reading(deps);
	const repositories = new Set(probes.map(({repository}) => repository));
	const [heads, stored, ...changesOf] = await Promise.all([
		landed.heads(service.name),
		landedVersions.of(service.name),
		...service.groups.map(group => landed.changes(service.name, group, landedChangesMax)),
	]);
	const told = beside.versions ?? {};
	const asked = [...batch.changes, ...known];
	return service.groups.map((group, index) => {
		const version = told[group] ?? stored.find(one => one.group === group)?.version;
		const ledger = relevant(changesOf[index] ?? [], asked, repositories).filter(({branch}) => !isAhead(branch, version));
		const own = heads.filter(head => head.group === group && isRun(head.branch, version));
		const isKnown = ({repository, branch}: Target): boolean =>
			own.some(head => head.repository === repository && (head.branch ?? '') === (branch ?? ''));
		const derived = (beside.heads ?? []).filter(head => head.group === group && !isKnown(head));
		return {
			group,
			...(version === undefined ? {} : {version}),
			heads: [...own, ...derived].map(({repository, branch, sha}) => ({repository, ...(branch === undefined ? {} : {branch}), sha})),
			changes: withFound(ledger, landedChanges, group),
		};
	});
}

/**
 * The known changes, and with them those that are live on some group and stand on what the batch takes back: the ledger knows their
 * messages, so that what still stands on it can be said without anybody having named them.
 */
export async function withDependents(deps: Deps, {service, batch, known}: LandedQuestion): Promise<readonly Change[]> {
	const said = [...new Set(batch.changes.flatMap(revertedNames))].slice(0, revertedMax);
	if (said.length === 0) return known;
	const {landedNeeds, changeNames} = reading(deps);
	const named = await landedNeeds.named(said, revertedMax);
	const reverted = [...named, ...(await landedNeeds.sameAs(named, revertedMax))];
	const ways = [...new Set([...said, ...reverted.flatMap(({change}) => waysToName(change))])];
	const needing = await landedNeeds.byKeys(await changeNames.naming('depends-on', ways, dependentsMax));
	const neededBy = reverted.flatMap(({key, change}) =>
		namesBy(key, change).flatMap(({kind, reference}) => (kind === 'needed-by' ? [reference] : [])),
	);
	const told = await landedNeeds.named(neededBy.slice(0, dependentsMax), dependentsMax);
	const live = await landedNeeds.liveOf(service.name, [...needing, ...told]);
	const nameOf = ({repository, sha, id, branch}: Change): string => `${repository} ${sha ?? id} ${branch ?? ''}`;
	const present = new Set([...batch.changes, ...known].map(nameOf));
	const added = [...reverted, ...live].map(({change}) => change).filter(change => !present.has(nameOf(change)));
	return [...known, ...new Map(added.map(change => [nameOf(change), change])).values()];
}
