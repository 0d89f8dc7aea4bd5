/** What the board shows, gathered: incidents, deploys, signals, and what is owed. */
import type {Signal} from '../gate/facts.ts';
import {stationsOf} from '../reports/line-diagram.ts';
import type {BoardDeploy, BoardInput, BoardSignal} from '../templates/board-page.ts';
import {type Deps, reading} from './actions/deps.ts';
import {storyNames} from './replay/story-names.ts';
import type {DeployAttempt} from './stores/deploys.ts';
import {deployOutcome, readOutline} from './story.ts';

const deploysShown = 12;
const incidentsShown = 50;
const freshMs = 60_000;

const exampleConfig = (url: string): string => `url: ${url}
services:
  app:
    groups: [production]
    changes: {from: git, checkouts: [{path: /srv/app, repository: app}]}
    hosts: {canaries: [app1], baseline: [app2, app3]}
    signals:
      errors:
        log: {path: /var/log/app/error.jsonl, format: json, zone: UTC}
        match: {levels: [ERROR]}
`;

async function boardDeploy(deps: Deps, attempt: DeployAttempt): Promise<BoardDeploy> {
	const outline = await readOutline(deps, attempt);
	const newest = outline.stages
		.flatMap(stage => stage.verdicts)
		.sort((a, b) => (a.at < b.at ? -1 : 1))
		.at(-1);
	const worst = newest?.findings[0];
	return {
		...{id: attempt.deploy, attempt: attempt.attempt, service: attempt.service, openedAt: attempt.openedAt, closedAt: attempt.closedAt},
		outcome: deployOutcome(attempt),
		stations: stationsOf(outline),
		verdict: newest
			? {
					word: newest.verdict,
					undecided: newest.undecided,
					stage: newest.stage,
					at: newest.at,
					because: worst?.because ?? '',
					remedy: worst?.remedy ?? null,
				}
			: null,
	};
}

/** In one line, whether 0 errors of this signal would mean anything now. */
function lifeOf(signal: Signal): {alive: boolean; why: string} {
	const {proof} = signal;
	if (proof.failure !== undefined) return {alive: false, why: proof.failure};
	if ('missing' in proof.matchedOnBaseline) return {alive: false, why: proof.matchedOnBaseline.missing};
	if (proof.matchedOnBaseline.count === 0) return {alive: false, why: 'the query matched nothing on the baseline in a day'};
	if (typeof proof.lagMs !== 'number') return {alive: false, why: proof.lagMs.missing};
	if (proof.lagMs > freshMs) return {alive: false, why: `its newest event is ${Math.round(proof.lagMs / 1000)} s old`};
	const silent = proof.canaries.filter(({newestAt}) => newestAt === null).map(({host}) => host);
	if (silent.length > 0) return {alive: false, why: `never heard from ${silent.slice(0, 5).join(', ')}`};
	return {alive: true, why: `${proof.matchedOnBaseline.count} matched on the baseline in a day`};
}

function boardSignals(deps: Deps): BoardSignal[] {
	const now = deps.clock.now();
	return [...deps.config.services.keys()].flatMap(service =>
		deps.signals(service).map(reader => {
			const signal = reader.signal(now);
			const {newestAt, lagMs} = signal.proof;
			const newest =
				[newestAt.canary, newestAt.baseline]
					.filter(at => at !== null)
					.sort()
					.at(-1) ?? null;
			return {service, name: reader.name, ...lifeOf(signal), newestAt: newest, lagMs: typeof lagMs === 'number' ? lagMs : null};
		}),
	);
}

export async function gatherBoard(deps: Deps): Promise<BoardInput> {
	const stores = reading(deps);
	const incidents = await stores.incidents.list(incidentsShown, {statuses: ['suspected', 'open', 'mitigated']});
	const recent = await stores.deploys.recent(deploysShown);
	return {
		now: deps.clock.now(),
		services: [...deps.config.services.keys()],
		configFile: deps.config.file ?? './signalbox.yaml or /etc/signalbox.yaml',
		exampleConfig: exampleConfig(deps.baseUrl() ?? 'http://localhost:8420'),
		stories: storyNames(),
		incidents: incidents.map(({id, title, status, openedAt, service}) => ({id, title, status, openedAt, service})),
		deploys: await Promise.all(recent.map(attempt => boardDeploy(deps, attempt))),
		signals: boardSignals(deps),
		owed: incidents
			.filter(({normalAt}) => normalAt !== null)
			.map(({id, normalAt, openedAt}) => ({
				text: `Finish the report of ${id}, and pay what its rollback left`,
				href: `/incidents/${id}`,
				since: normalAt ?? openedAt,
			})),
	};
}
