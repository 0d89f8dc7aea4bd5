/**
 * Both neighbours of now, looked at again: when what a group runs has moved, what is live there is judged once more. What lost what it
 * needs is said once, and said again when it stands. It runs in the transaction that moved something, so that of several processes one
 * says it, and a restart changes nothing.
 */
import type {Change, Facts, Holding, LandedChange, LandedGroup} from '../../gate/facts.ts';
import type {OrderRules} from '../../gate/order/path-rules.ts';
import {brokenRules} from '../../gate/order/still-kept.ts';
import {type BrokenLanded, brokenLanded, brokenText} from '../../gate/order/still-stands.ts';
import {isAhead, isRun} from '../../gate/order/version-branch.ts';
import {orderLimitsOf} from '../../gate/rules/patch-order.ts';
import {sha256} from '../canonical.ts';
import type {ServiceConfig} from '../config.ts';
import {namesBy} from '../stores/change-names.ts';
import type {LandedBreak} from '../stores/landed-breaks.ts';
import type {KeyedChange, LandedEntry} from '../stores/landed-needs.ts';
import {type ContentsOf, contentsAt} from './contents-at.ts';
import type {Writing} from './deps.ts';

const gate = {kind: 'system', name: 'signalbox'} as const;
const needyMax = 5000;
const namedMax = 10_000;
const ruledMax = 2000;
const saidMax = 50;

/** The live changes that say what they need or what needs them, and every change that they name. */
async function neededAndNeedy(stores: Writing, service: string): Promise<KeyedChange[]> {
	const needy = await stores.landedNeeds.withNeeds(service, needyMax);
	if (needy.length === 0) return [];
	const names = needy.flatMap(({key, change}) =>
		namesBy(key, change).flatMap(({kind, reference}) => (kind === 'reverts' ? [] : [reference])),
	);
	const named = await stores.landedNeeds.named([...new Set(names)], namedMax);
	const all = [...new Map([...needy, ...named].map(one => [one.key, one])).values()];
	return [...all, ...(await stores.landedNeeds.sameAs(all, namedMax))];
}

/** How a row of the ledger stands on a group that runs this version: what was picked to a newer branch waits there. */
function asRun({key: _key, group, ...entry}: LandedEntry, version: string | undefined): LandedChange {
	if (entry.revertedBy !== undefined || !isAhead(entry.branch, version)) return entry;
	return {...entry, revertedBy: `${group} runs ${version}, and it was picked to ${entry.branch}`};
}

async function landedNow(
	stores: Writing,
	service: string,
	changes: readonly KeyedChange[],
	contents: (group: string, version: string | undefined) => ContentsOf,
): Promise<{landed: LandedGroup[]; holdings: Holding[]}> {
	const [entries, versions, heads] = [
		await stores.landedNeeds.entries(service, changes),
		await stores.landedVersions.of(service),
		await stores.landed.heads(service),
	];
	const holdings: Holding[] = [];
	// In the order in which the groups were reached first.
	const landed = [...new Set([...heads, ...entries].map(({group}) => group))].map(group => {
		const version = versions.find(one => one.group === group)?.version;
		const seen = contents(group, version);
		holdings.push(...seen.holdings);
		return {
			group,
			...(version === undefined ? {} : {version}),
			heads: heads.filter(head => head.group === group && isRun(head.branch, version)),
			changes: [...entries.filter(entry => entry.group === group).map(entry => asRun(entry, version)), ...seen.changes],
		};
	});
	return {landed, holdings};
}

type Seen = {readonly landed: readonly LandedGroup[]; readonly holdings: readonly Holding[]};

const factsOf = (service: string, at: string, known: readonly Change[], {landed, holdings}: Seen): Facts => ({
	...{version: 1, at, service, stage: {name: 'landed', first: false}, groups: landed.map(({group}) => group)},
	...{batch: {changes: [], atomic: true, targets: [], rollback: 'no'}, landed, known, holdings, signals: [], look: null},
	...{incidents: [], overrides: [], notes: []},
});

const hashOf = (group: string, {key}: BrokenLanded): string => sha256(`${group}\n${key}`);

/** Says what was not so at the last look, of the groups of which that is true, and keeps it. */
async function sayBroken(stores: Writing, service: string, broken: readonly BrokenLanded[], known: ReadonlySet<string>): Promise<void> {
	let news = 0;
	for (const one of broken) {
		const groups = one.groups.filter(group => !known.has(hashOf(group, one)));
		if (groups.length === 0) continue;
		const {change, remedy} = one;
		const because = brokenText(one, groups);
		for (const group of groups) await stores.landedBreaks.add({service, group, key: hashOf(group, one), because, remedy, since: stores.at});
		news += 1;
		if (news > saidMax) continue;
		stores.say({
			...{kind: 'landed_broken', source: 'rule', actor: gate, service},
			...{text: because, data: {change: change.sha ?? change.changeId ?? change.id, repository: change.repository, groups, remedy}},
		});
	}
	if (news > saidMax)
		stores.say({
			...{kind: 'landed_broken', source: 'rule', actor: gate, service},
			text: `${news - saidMax} more changes of ${service} are live without what they need: the board lists them.`,
			data: {remedy: `signalbox landed --service ${service}`},
		});
}

function sayMended(stores: Writing, service: string, ended: readonly LandedBreak[]): void {
	const byText = new Map<string, string[]>();
	for (const {because, group} of ended) byText.set(because, [...(byText.get(because) ?? []), group]);
	for (const [because, groups] of [...byText].slice(0, saidMax))
		stores.say({
			...{kind: 'landed_mended', source: 'rule', actor: gate, service},
			text: `Over on ${groups.join(', ')}: ${because}`,
			data: {groups},
		});
}

/** The order rules that the policy of a service declares; null: none. */
function rulesOf({policy}: Pick<ServiceConfig, 'policy'>): OrderRules | null {
	const settled = policy.rules.find(({rule}) => rule.name === 'patch-order');
	if (settled === undefined) return null;
	const rules = orderLimitsOf(settled.limits);
	return rules.exclusive.length + rules.drain.length + rules.needs.length === 0 ? null : rules;
}

/** The changes of the repositories that the rules speak of. */
function ruledChanges(stores: Writing, service: string, {exclusive, drain, needs = []}: OrderRules): Promise<KeyedChange[]> {
	const fields = ['old_repository', 'new_repository', 'repository', 'reader_repository', 'provider_repository'];
	const named = [...exclusive, ...drain, ...needs].flatMap(record => fields.flatMap(field => record[field] ?? []));
	return stores.landedNeeds.ofRepositories(service, [...new Set(named)], ruledMax);
}

/** Judges what is live of a service again. Inside the transaction that moved something, after everything that it moves. */
export async function recheckLanded(stores: Writing, {name: service, ...config}: Pick<ServiceConfig, 'name' | 'policy'>): Promise<void> {
	const open = await stores.landedBreaks.open(service);
	const rules = rulesOf(config);
	const needy = await neededAndNeedy(stores, service);
	const ruled = rules === null ? [] : await ruledChanges(stores, service, rules);
	if (needy.length + ruled.length + open.length === 0) return;
	const contents = contentsAt(await stores.groupContents.of(service));
	const judged = async (changes: readonly KeyedChange[]): Promise<Facts> =>
		factsOf(
			service,
			stores.at,
			changes.map(({change}) => change),
			await landedNow(stores, service, changes, contents),
		);
	const broken = [
		...(needy.length === 0 ? [] : brokenLanded(await judged(needy))),
		...(rules === null || ruled.length === 0 ? [] : brokenRules(await judged(ruled), rules)),
	];
	await sayBroken(stores, service, broken, new Set(open.map(({key}) => key)));
	const still = new Set(broken.flatMap(one => one.groups.map(group => hashOf(group, one))));
	const ended = open.filter(({key}) => !still.has(key));
	await stores.landedBreaks.end(
		ended.map(({id}) => id),
		stores.at,
	);
	sayMended(stores, service, ended);
}
