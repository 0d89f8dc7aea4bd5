/** What the board shows, gathered: incidents, deploys, signals, and what is owed. */
import {stationsOf} from '../reports/line-diagram.ts';
import type {BoardDeploy, BoardInput, BoardSignal} from '../templates/board-page.ts';
import {type Deps, reading} from './actions/deps.ts';
import {openDebts} from './owed.ts';
import {storyNames} from './replay/story-names.ts';
import {lifeOf, newestOf} from './signal-life.ts';
import type {DeployAttempt} from './stores/deploys.ts';
import {deployOutcome, readOutline} from './story.ts';

const deploysShown = 12;
const incidentsShown = 50;

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

function boardSignals(deps: Deps): BoardSignal[] {
	const now = deps.clock.now();
	return [...deps.config.services.keys()].flatMap(service =>
		deps.signals(service).map(reader => {
			const signal = reader.signal(now);
			const {lagMs} = signal.proof;
			return {service, name: reader.name, ...lifeOf(signal), newestAt: newestOf(signal), lagMs: typeof lagMs === 'number' ? lagMs : null};
		}),
	);
}

export async function gatherBoard(deps: Deps): Promise<BoardInput> {
	const stores = reading(deps);
	const incidents = await stores.incidents.list(incidentsShown, {statuses: ['suspected', 'open', 'mitigated']});
	const recent = await stores.deploys.recent(deploysShown);
	const broken = (await stores.landedBreaks.open()).filter(({service}) => deps.config.services.has(service));
	return {
		now: deps.clock.now(),
		services: [...deps.config.services.keys()],
		configFile: deps.config.file ?? './signalbox.yaml or /etc/signalbox.yaml',
		exampleConfig: exampleConfig(deps.baseUrl() ?? 'http://localhost:8420'),
		stories: storyNames(),
		incidents: incidents.map(({id, title, status, openedAt, service}) => ({id, title, status, openedAt, service})),
		broken: broken.map(({service, group, because, remedy, since}) => ({service, group, because, remedy, since})),
		deploys: await Promise.all(recent.map(attempt => boardDeploy(deps, attempt))),
		signals: boardSignals(deps),
		owed: [
			...(await openDebts(stores)),
			...incidents
				.filter(({normalAt}) => normalAt !== null)
				.map(({id, normalAt, openedAt}) => ({text: `Finish the report of ${id}`, href: `/incidents/${id}`, since: normalAt ?? openedAt})),
		],
	};
}
