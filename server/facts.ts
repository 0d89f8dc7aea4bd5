/** Gathers facts: everything a rule may look at, as plain data, each read bounded and each failure a value. */
import type {Batch, CanaryHost, Change, Facts, Holding, Instant, LandedChange, Look, Note} from '../gate/facts.ts';
import type {NamePattern} from '../gate/order/moves/patterns.ts';
import {orderLimitsOf, ownPatternsOf} from '../gate/rules/patch-order.ts';
import {type Deps, reading} from './actions/deps.ts';
import type {Beside} from './client/contract.ts';
import type {ServiceConfig, StageConfig} from './config.ts';
import {environmentsFor} from './environment-facts.ts';
import {withoutKeptWords} from './kept-words.ts';
import {landedGroups, withDependents} from './landed-facts.ts';
import {prerequisitesOf, usualProbeMs} from './prerequisites.ts';
import type {Call, DeployAttempt} from './stores/deploys.ts';

export type GatherRequest = {
	readonly service: ServiceConfig;
	readonly stage: StageConfig;
	readonly batch: Batch;
	readonly known: readonly Change[];
	readonly landedChanges: readonly (LandedChange & {readonly group: string})[];
	readonly holdings: readonly Holding[];
	/** What else was read where the changes are. */
	readonly beside: Beside;
	readonly notes: readonly Note[];
	readonly look: Look | null;
	/** How long probes of prerequisites may be waited for; 0: they are not asked. */
	readonly probeMs?: number;
	/** Who deploys, where a person is known to. */
	readonly deployer?: string;
	/** Whether this is the deploy's first stage; without it, whether it is the service's. */
	readonly first?: boolean;
};

/** Paths whose presence an *exclusive*, *drain* or *needs* rule of the policy asks about: the client looks them up where the checkouts are. */
export function probesOf(service: ServiceConfig): {repository: string; path: string}[] {
	const settled = service.policy.rules.find(({rule}) => rule.name === 'patch-order');
	if (!settled) return [];
	const {exclusive, drain, needs} = orderLimitsOf(settled.limits);
	const pairs = [
		...exclusive.flatMap(record => [
			[record['old_repository'], record['old_path']],
			[record['new_repository'], record['new_path']],
		]),
		...drain.flatMap(record => [
			[record['repository'], record['path']],
			[record['reader_repository'], record['reader_path']],
		]),
		...needs.map(record => [record['provider_repository'], record['provider_path']]),
	];
	const probes = pairs.flatMap(([repository, path]) => (repository && path ? [{repository, path}] : []));
	return [...new Map(probes.map(probe => [`${probe.repository} ${probe.path}`, probe])).values()];
}

/** How the team's own framework registers names: the client reads them where the checkouts are. */
export function ownPatterns(service: ServiceConfig): NamePattern[] {
	const settled = service.policy.rules.find(({rule}) => rule.name === 'patch-order');
	return settled ? ownPatternsOf(settled.limits) : [];
}

const besideFacts = ({neighbours, traces, mirrors, wikis}: Beside): Partial<Facts> => ({
	...(neighbours === undefined ? {} : {neighbours}),
	...(traces === undefined ? {} : {traces}),
	...(mirrors === undefined ? {} : {mirrors}),
	...(wikis === undefined ? {} : {wikis}),
});

/** Everything a rule may look at, now. */
export async function gatherFacts(deps: Deps, asked: GatherRequest): Promise<Facts> {
	const stores = reading(deps);
	const request = await withoutKeptWords(asked, names => stores.changes.keptBackAmong(names));
	const at = deps.clock.now();
	const {service, stage} = request;
	const base = deps.baseUrl();
	const known = await withDependents(deps, request);
	const [landed, prerequisites, environments, incidents, overrides] = await Promise.all([
		landedGroups(deps, {...request, known}, probesOf(service)),
		prerequisitesOf(deps, service, request.probeMs ?? usualProbeMs),
		environmentsFor(deps, service, request.batch.changes),
		stores.incidents.list(100, {service: service.name, statuses: ['suspected', 'open', 'mitigated']}),
		stores.overrides.inForce(service.name, at),
	]);
	return {
		version: 1,
		at,
		service: service.name,
		stage: {name: stage.name, first: request.first ?? service.stages[0]?.name === stage.name},
		groups: service.groups,
		batch: request.batch,
		landed,
		known,
		holdings: request.holdings,
		signals: request.look === null ? [] : deps.signals(service.name).map(reader => reader.signal(request.look?.harmFrom ?? at)),
		look: request.look,
		incidents: incidents.map(({id, title, status, openedAt}) => ({
			id,
			title,
			status,
			openedAt,
			...(base === null ? {} : {url: `${base}/incidents/${id}`}),
		})),
		overrides,
		...besideFacts(request.beside),
		...(prerequisites.length === 0 ? {} : {prerequisites}),
		...(environments === undefined ? {} : {environments}),
		...(request.deployer === undefined ? {} : {deployer: request.deployer}),
		notes: request.notes,
	};
}

/** Nothing of this attempt was asked about a later stage: further hosts may be asked about the first one when the canaries are long out. */
export const isFirstStage = (service: ServiceConfig, stage: StageConfig, attempt: Pick<DeployAttempt, 'stages'>): boolean =>
	service.stages[0]?.name === stage.name && attempt.stages.every(asked => asked.stage === stage.name);

/** The stage from which on canaries run the new code: the one called `canaries`, or the first that is not `before`. */
export const canaryStageIndex = (service: ServiceConfig): number => {
	const named = service.stages.findIndex(stage => stage.name === 'canaries');
	return named >= 0 ? named : service.stages.findIndex(stage => stage.name !== 'before');
};

const shortHost = (host: string): string => host.split('.')[0] ?? host;

/** From when each canary surely runs the new code: its own call after the code came, or the deploy host's call for all of them. */
export function canariesHeard(service: ServiceConfig, calls: readonly Call[]): CanaryHost[] {
	const from = canaryStageIndex(service);
	const isCanary = (host: string): boolean =>
		service.hosts.canaries.some(canary => canary === host || shortHost(canary) === shortHost(host));
	const after = calls.filter(call => call.stage !== 'before');
	const {deployHost} = service;
	const isDeployHost = ({host}: Call): boolean =>
		deployHost === null
			? !isCanary(host) && !service.hosts.baseline.some(other => shortHost(other) === shortHost(host))
			: shortHost(host) === shortHost(deployHost);
	const forAll = after.filter(call => isDeployHost(call) && service.stages.findIndex(stage => stage.name === call.stage) >= from);
	const heard = service.hosts.canaries.map((host): CanaryHost => {
		const own = after.filter(call => call.host === host || shortHost(call.host) === shortHost(host));
		// A call made again by a second machine of that name: the later one counts, since which of them is the canary cannot be known.
		const machines = new Set(own.map(call => call.machine));
		const times = [...own, ...forAll].map(call => call.firstAt).sort();
		const since =
			machines.size > 1
				? own
						.map(call => call.firstAt)
						.sort()
						.at(-1)
				: times[0];
		return since === undefined ? {host, since: null} : {host, since, by: 'call'};
	});
	const known = heard.filter(({since}) => since !== null);
	// With the quorum heard, those that stay silent are left out rather than waited for.
	return known.length >= service.quorum ? known : heard;
}

/** The look at the canaries that this stage has; null where no canary runs the new code yet, or there are none. */
export function lookAt(
	service: ServiceConfig,
	stage: StageConfig,
	attempt: DeployAttempt,
	calls: readonly Call[],
	startedAt: Instant,
	final: boolean,
): Look | null {
	const index = service.stages.findIndex(({name}) => name === stage.name);
	if (stage.name === 'before' || index < canaryStageIndex(service) || service.hosts.canaries.length === 0) return null;
	const earlier = attempt.stages.filter(
		({stage: name, verdictAt}) => verdictAt !== null && service.stages.findIndex(known => known.name === name) < index,
	);
	const answeredAt = earlier
		.map(({verdictAt}) => verdictAt ?? attempt.openedAt)
		.sort()
		.at(-1);
	// Further hosts may have been asked about `before` again since: harm counts from before this stage was first asked about.
	const askedAt = attempt.stages.find(asked => asked.stage === stage.name)?.askedAt ?? attempt.openedAt;
	const harmFrom = [answeredAt ?? attempt.openedAt, askedAt].sort()[0] ?? attempt.openedAt;
	return {startedAt, harmFrom, canaries: canariesHeard(service, calls), baseline: service.hosts.baseline, final};
}
