/** The plan for taking a deploy back: what to run, in which order, what to know before, and what is owed afterwards. Nothing is recorded. */
import type {Change, Facts, Target} from '../../gate/facts.ts';
import {isOut} from '../../gate/lifecycle.ts';
import type {DoorRules} from '../../gate/order/one-way.ts';
import {planTakeBack, revertsOf, type TakeBack, tracesBack} from '../../gate/order/take-back.ts';
import {nameOf as nameOfChange} from '../../gate/order/wording.ts';
import {orderLimitsOf} from '../../gate/rules/patch-order.ts';
import {doorRulesOf} from '../../gate/rules/way-back.ts';
import {AppError} from '../app-error.ts';
import type {CheckoutConfig, ServiceConfig} from '../config.ts';
import {gatherFacts} from '../facts.ts';
import type {DeployAttempt} from '../stores/deploys.ts';
import {type Deps, reading, type Stores} from './deps.ts';
import {nameOf} from './know-rollback.ts';
import {type Debt, debtsOf} from './rollback-debts.ts';
import {warningsOf} from './rollback-warnings.ts';

export type RollbackStep = {readonly command: string; readonly why: string};
/** A checkout and the commit whose contents it must have afterwards. */
export type RollbackTarget = {readonly path: string; readonly repository: string; readonly sha: string};

/** A change as the plan names it. */
export type PlannedChange = {
	readonly id: string;
	readonly repository: string;
	readonly sha: string | null;
	readonly changeId: string | null;
	readonly subject: string | null;
};

export type RollbackPlan = {
	readonly service: string;
	readonly deploy: string;
	readonly attempt: number;
	readonly incident: string | null;
	/** Where to run it; null where the configuration names no deploy host. */
	readonly host: string | null;
	readonly steps: readonly RollbackStep[];
	readonly targets: readonly RollbackTarget[];
	readonly sideEffects: readonly string[];
	/** What is owed afterwards. */
	readonly debt: readonly string[];
	/** What to know before anything is run, the worst first; whoever prints the plan prints these first. */
	readonly warnings: readonly string[];
	/** What is taken back, the first to go first: dependents before what they stand on. */
	readonly order: readonly PlannedChange[];
	/** What stays live and stands on what goes. */
	readonly standing: readonly {
		readonly groups: readonly string[];
		readonly stays: PlannedChange | null;
		/** Per group, all that stands on it directly or through others, in the order in which to take it back. */
		readonly dependents: readonly {readonly group: string; readonly changes: readonly PlannedChange[]}[];
		readonly on: string;
		readonly because: string;
	}[];
	/** What is not safe to take back; `rule` null: its own footer says so. */
	readonly oneWay: readonly {readonly change: string; readonly reason: string; readonly rule: string | null}[];
	/** What must go back together with something else; without companions this plan does not move the other side. */
	readonly together: readonly {
		readonly change: string;
		readonly rule: string;
		readonly repository: string;
		readonly path: string | null;
		readonly companions: readonly string[];
	}[];
	/** Groups that go back, and what moves with them. */
	readonly moves: {
		readonly groups: readonly string[];
		readonly also: readonly {readonly what: readonly string[]; readonly because: string}[];
	};
	readonly debts: readonly Debt[];
};

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
const short = (sha: string | undefined): string => (sha ?? '').slice(0, 7);
const baseName = (repository: string): string => repository.split('/').at(-1) ?? repository;

const checkoutOf = (service: ServiceConfig, {repository, branch}: Pick<Target, 'repository' | 'branch'>): CheckoutConfig | null =>
	service.changes.from === 'git'
		? (service.changes.checkouts.find(
				checkout => checkout.repository === repository && (checkout.branch === null || branch === undefined || checkout.branch === branch),
			) ?? null)
		: null;

/** The attempt named, or the newest one of the service that is out and is no rollback itself. */
export async function attemptToTakeBack(stores: Stores, service: ServiceConfig, deploy: string | null): Promise<DeployAttempt> {
	const recent = deploy === null ? await stores.deploys.recent(50, service.name) : (await stores.deploys.attemptsOf(deploy)).reverse();
	const found = recent.find(attempt => attempt.service === service.name && isOut(attempt) && !attempt.rollback);
	if (found) return found;
	throw new AppError(
		'not-found',
		deploy === null
			? `Nothing of ${service.name} is out that could be taken back: no deploy has been asked about after \`before\`.`
			: `${deploy} is no deploy of ${service.name} that is out; \`signalbox rollback --service ${service.name} --plan\` names the newest.`,
	);
}

/** The commit each checkout was at before this attempt. */
async function previousHeads(stores: Stores, service: ServiceConfig, attempt: DeployAttempt): Promise<Map<string, string>> {
	const previous = new Map<string, string>();
	for (const head of await stores.landed.heads(service.name)) previous.set(`${head.repository} ${head.branch ?? ''}`, head.sha);
	for (const moved of await stores.landed.before(service.name, attempt))
		if (moved.from !== null) previous.set(`${moved.repository} ${moved.branch}`, moved.from);
	return previous;
}

const settledLimits = (service: ServiceConfig, name: string) => service.policy.rules.find(({rule}) => rule.name === name)?.limits ?? {};

/** The graph backwards, by the ledger as it is now and by what the newest verdict of this attempt knew. */
export async function takeBackOf(deps: Deps, service: ServiceConfig, attempt: DeployAttempt): Promise<TakeBack> {
	const stores = reading(deps);
	const batch = await stores.changes.batchOf(attempt.deploy);
	const judged: Facts | undefined = (await stores.verdicts.of(attempt)).at(-1)?.facts;
	const stage = service.stages.at(-1) ?? {name: 'production', groups: []};
	const reverts = {changes: revertsOf(batch), atomic: judged?.batch.atomic ?? service.atomic, targets: [], rollback: 'said' as const};
	const known = new Map([...batch, ...(judged?.known ?? [])].map(change => [`${change.repository} ${change.sha ?? change.id}`, change]));
	const traces = judged === undefined ? undefined : tracesBack(judged, batch);
	const facts = await gatherFacts(deps, {
		...{service, stage, batch: reverts, known: [...known.values()], landedChanges: [], holdings: []},
		...{beside: traces === undefined ? {} : {traces}, notes: [], look: null},
	});
	const doors: DoorRules = doorRulesOf(settledLimits(service, 'way-back'));
	return planTakeBack(facts, batch, {order: orderLimitsOf(settledLimits(service, 'patch-order')), doors});
}

/** One `git revert` for each run of changes of one checkout, dependents before what they stand on. */
function revertSteps(service: ServiceConfig, {order, doors}: TakeBack): RollbackStep[] {
	const runs: {checkout: CheckoutConfig; changes: Change[]}[] = [];
	for (const change of order) {
		const checkout = checkoutOf(service, change);
		// What is no commit would reach a shell as words of its own.
		if (checkout === null || change.sha === undefined || !/^[0-9a-f]{7,64}$/i.test(change.sha)) continue;
		const last = runs.at(-1);
		if (last?.checkout.path === checkout.path) last.changes.push(change);
		else runs.push({checkout, changes: [change]});
	}
	const isDoor = (change: Change): boolean => doors.some(door => door.change === change);
	return runs.map(({checkout, changes}) => ({
		command: `git -C ${quote(checkout.path)} revert --no-edit ${changes.map(change => change.sha).join(' ')}`,
		why:
			`takes ${changes.map(change => `${baseName(change.repository)} ${short(change.sha)}`).join(', ')} out again` +
			`${changes.some(isDoor) ? '; NOT SAFE TO TAKE BACK, see the first lines' : ''}`,
	}));
}

/** The groups that this attempt moved, and what goes back with them. */
async function movesOf(stores: Stores, service: ServiceConfig, attempt: DeployAttempt): Promise<RollbackPlan['moves']> {
	const moved = new Set((await stores.landed.before(service.name, attempt)).map(({group}) => group));
	const groups = moved.size === 0 ? service.groups : service.groups.filter(group => moved.has(group));
	const declared = service.rollback.movesToo
		.filter(({group}) => groups.includes(group))
		.map(({group, also, text}) => ({
			what: also,
			because: `Taking ${group} back moves ${also.join(', ')} too${text === '' ? '' : `: ${text}`}`,
		}));
	// They share the checkout, so what is put back there is put back for them as well.
	const shared = (await stores.landed.heads(service.name)).filter(
		head =>
			!groups.includes(head.group) &&
			attempt.targets.some(
				({repository, branch, sha}) => repository === head.repository && (branch ?? '') === (head.branch ?? '') && sha === head.sha,
			),
	);
	const derived = [...new Set(shared.map(({group}) => group))].map(group => ({
		what: [group],
		because: `${group} runs the same ${shared
			.filter(head => head.group === group)
			.map(({repository, sha}) => `${baseName(repository)} ${short(sha)}`)
			.join(', ')} and goes back with it`,
	}));
	return {groups, also: [...declared, ...derived]};
}

const planned = (change: Pick<Change, 'repository'> & Partial<Change>): PlannedChange => ({
	...{id: change.id ?? change.sha ?? change.changeId ?? '', repository: change.repository},
	...{sha: change.sha ?? null, changeId: change.changeId ?? null, subject: change.subject ?? null},
});

const readBack = ({order, standing, doors, bound}: TakeBack): Pick<RollbackPlan, 'order' | 'standing' | 'oneWay' | 'together'> => ({
	order: order.map(planned),
	standing: standing.map(({groups, stays, dependents, on, because}) => ({
		...{groups, stays: stays === null ? null : planned(stays), on: on.id, because},
		dependents: dependents.map(({group, changes}) => ({group, changes: changes.map(planned)})),
	})),
	oneWay: doors.map(({change, reason, rule}) => ({change: change.id, reason, rule})),
	together: bound.map(({change, rule, other, companions}) => ({
		...{change: change.id, rule, repository: other.repository, path: other.path},
		companions: companions.map(({id}) => id),
	})),
});

async function targetsOf(stores: Stores, service: ServiceConfig, attempt: DeployAttempt) {
	const previous = await previousHeads(stores, service, attempt);
	const targets: RollbackTarget[] = [];
	const previousShas: string[] = [];
	for (const target of attempt.targets) {
		const sha = previous.get(`${target.repository} ${target.branch ?? ''}`);
		if (sha === undefined || sha === target.sha) continue;
		previousShas.push(sha);
		const checkout = checkoutOf(service, target);
		if (checkout !== null) targets.push({path: checkout.path, repository: target.repository, sha});
	}
	return {targets, previous: previousShas[0] ?? ''};
}

/** The whole plan for one attempt; `back` as `takeBackOf` made it. */
export async function planFor(
	stores: Stores,
	service: ServiceConfig,
	attempt: DeployAttempt,
	reason: string,
	back: TakeBack,
): Promise<RollbackPlan> {
	const {targets, previous} = await targetsOf(stores, service, attempt);
	const words: Readonly<Record<string, string>> = {deploy: nameOf(attempt), service: service.name, reason, previous};
	const fill = (command: string): string =>
		command.replace(/\{(deploy|service|reason|previous)\}/g, (_whole, word: string) => quote(words[word] ?? ''));
	const moves = await movesOf(stores, service, attempt);
	const debts = debtsOf(back.order, {
		deploy: nameOf(attempt),
		reason,
		checkout: change => {
			const checkout = checkoutOf(service, change);
			return checkout === null ? null : {git: `git -C ${quote(checkout.path)}`, branch: checkout.branch};
		},
	});
	return {
		...{service: service.name, deploy: attempt.deploy, attempt: attempt.attempt, incident: attempt.incident, host: service.deployHost},
		steps: [...revertSteps(service, back), ...service.rollback.commands.map(command => ({command: fill(command), why: 'puts that live'}))],
		targets,
		sideEffects: [...service.rollback.sideEffects, ...moves.also.map(({because}) => because)],
		debt: [
			...debts.map(({text}) => text),
			`Name the fix: a footer \`Fixes-Incident: ${attempt.incident ?? 'the incident'}\` lets it pass while the incident is open`,
		],
		warnings: [
			...(attempt.outcome === 'rolled-back'
				? [`TAKEN BACK ALREADY: ${nameOf(attempt)} counts as rolled back; run this only where that was not enough`]
				: []),
			...warningsOf(back, nameOfChange),
		],
		...readBack(back),
		moves,
		debts,
	};
}

/** The plan alone: nothing is recorded. */
export async function planRollback(deps: Deps, service: ServiceConfig, deploy: string | null, reason: string): Promise<RollbackPlan> {
	const stores = reading(deps);
	const attempt = await attemptToTakeBack(stores, service, deploy);
	return planFor(stores, service, attempt, reason, await takeBackOf(deps, service, attempt));
}
