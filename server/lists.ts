/** What lists are asked, understood once for pages and programs; and what the pages of the lists show, gathered. */
import {nearest} from '../gate/nearest.ts';
import type {Station} from '../reports/line-diagram.ts';
import type {DeploysInput, ListedDeploy} from '../templates/deploys-page.ts';
import type {IncidentsInput} from '../templates/incidents-page.ts';
import type {Typed} from '../templates/list-parts.ts';
import type {Deps} from './actions/deps.ts';
import {AppError} from './app-error.ts';
import {cursorText, type ListPlace, readCursor} from './cursor.ts';
import {deployFilterSchema, incidentFilterSchema, momentOf} from './schemas/lists.ts';
import {parse} from './schemas/parse.ts';
import {anyDeploy, type DeployFilter, deployKey, deployKeyKinds, type ListPage, listDeploys, newestVerdicts} from './stores/deploy-list.ts';
import type {DeployAttempt} from './stores/deploys.ts';
import {anyIncident, type IncidentFilter, incidentKey, incidentKeyKinds, listIncidents} from './stores/incident-list.ts';
import {deployOutcome} from './story.ts';

const pageRows = 50;

/** An empty field of a form asks for nothing. */
export const filled = (query: Readonly<Record<string, unknown>>): Record<string, unknown> =>
	Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));

/** What stands in the fields, for a page that shows it again: text as it is, anything else as nothing. */
export const typedIn = (query: Readonly<Record<string, unknown>>): Typed =>
	Object.fromEntries(Object.entries(query).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value.slice(0, 1000)]] : [])));

type Period = {readonly service?: string | undefined; readonly since?: string | undefined; readonly until?: string | undefined};

/** The filter with its moments as instants. A service that neither the configuration nor the past knows is an AppError. */
async function settled<Filter extends Period>(deps: Deps, filter: Filter, isKnown: (service: string) => Promise<boolean>): Promise<Filter> {
	const {service, since, until} = filter;
	const services = [...deps.config.services.keys()];
	if (service !== undefined && !services.includes(service) && !(await isKnown(service))) {
		const near = nearest(service, services);
		throw new AppError(
			'invalid',
			`service: there is none called ${JSON.stringify(service)}${near === null ? '' : `; did you mean ${near}?`} There are: ${services.join(', ') || 'none'}`,
		);
	}
	const now = deps.clock.now();
	return {
		...filter,
		...(since === undefined ? {} : {since: momentOf(since, now, 'first')}),
		...(until === undefined ? {} : {until: momentOf(until, now, 'last')}),
	};
}

/** The list of deploys as it was asked for; what cannot be used is an AppError that names its field. */
export async function deploysFor(
	deps: Deps,
	{after, ...asked}: DeployFilter & {readonly after?: string | undefined},
	limit: number,
): Promise<ListPage<DeployAttempt>> {
	const place = after === undefined ? null : readCursor('deploys', after, deployKeyKinds);
	const filter = await settled(deps, asked, service => anyDeploy(deps.database.read, service));
	return listDeploys(deps.database.read, filter, limit, place);
}

export async function incidentsFor(
	deps: Deps,
	{after, ...asked}: IncidentFilter & {readonly after?: string | undefined},
	limit: number,
): Promise<Awaited<ReturnType<typeof listIncidents>>> {
	const place = after === undefined ? null : readCursor('incidents', after, incidentKeyKinds);
	const filter = await settled(deps, asked, service => anyIncident(deps.database.read, service));
	return listIncidents(deps.database.read, filter, limit, place);
}

/** The cursors of a page's neighbours, from its first and last row. */
export function neighboursOf<Row>(list: string, {rows, hasNext, hasPrevious}: ListPage<Row>, keyOf: (row: Row) => ListPlace['key']) {
	const first = rows[0];
	const last = rows.at(-1);
	return {
		previous: hasPrevious && first !== undefined ? cursorText(list, {towards: 'previous', key: keyOf(first)}) : null,
		next: hasNext && last !== undefined ? cursorText(list, {towards: 'next', key: keyOf(last)}) : null,
	};
}

export const deployNeighbours = (page: ListPage<DeployAttempt>) => neighboursOf('deploys', page, deployKey);
export const incidentNeighbours = (page: Awaited<ReturnType<typeof listIncidents>>) => neighboursOf('incidents', page, incidentKey);

/** The stations of an attempt without its verdicts: the last word of each stage stands with the stage. */
function stationsOf(deps: Deps, attempt: DeployAttempt): Station[] {
	const configured = deps.config.services.get(attempt.service)?.stages.map(({name}) => name) ?? [];
	const asked = attempt.stages.map(({stage}) => stage);
	const names = [...configured, ...asked.filter(stage => !configured.includes(stage))];
	const reached = names.findLastIndex(name => asked.includes(name));
	const isBack = attempt.outcome === 'rolled-back';
	return names.map((stage, index) => {
		const known = attempt.stages.find(one => one.stage === stage);
		const isHere = index === reached && stage !== 'before';
		return {
			...{stage, at: known?.verdictAt ?? null, train: isHere && !isBack, turnedBack: isHere && isBack},
			signal: known?.verdict ?? 'none',
		};
	});
}

async function listedDeploys(deps: Deps, attempts: readonly DeployAttempt[]): Promise<ListedDeploy[]> {
	const verdicts = await newestVerdicts(deps.database.read, attempts);
	return attempts.map(attempt => {
		const newest = verdicts.get(`${attempt.deploy}/${attempt.attempt}`);
		const worst = newest?.findings[0];
		return {
			...{id: attempt.deploy, attempt: attempt.attempt, service: attempt.service, incident: attempt.incident},
			...{openedAt: attempt.openedAt, closedAt: attempt.closedAt, outcome: deployOutcome(attempt)},
			watching: attempt.watch === 'watching',
			takesBack: attempt.rollback ? (attempt.takesBack ?? '') : null,
			stations: stationsOf(deps, attempt),
			verdict:
				newest === undefined
					? null
					: {
							...{word: newest.verdict, undecided: newest.undecided, stage: newest.stage, at: newest.at},
							because: worst === undefined || worst.outcome === 'pass' ? 'every check passed' : worst.because,
							remedy: worst?.remedy ?? null,
						},
		};
	});
}

/** The problems that a filter has, or none: what is wrong is told on the page itself, beside what was typed. */
export async function withProblems<T>(work: () => Promise<T>, empty: T): Promise<{found: T; problems: readonly string[]}> {
	try {
		return {found: await work(), problems: []};
	} catch (error) {
		if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
		return {found: empty, problems: error.problems.length > 0 ? error.problems : [error.message]};
	}
}

const none = {rows: [], hasNext: false, hasPrevious: false};

export async function gatherDeploys(deps: Deps, query: Readonly<Record<string, unknown>>): Promise<DeploysInput> {
	const {found, problems} = await withProblems(
		async () => deploysFor(deps, parse(deployFilterSchema, filled(query), 'The filter'), pageRows),
		none as ListPage<DeployAttempt>,
	);
	return {
		...{now: deps.clock.now(), services: [...deps.config.services.keys()], typed: typedIn(query), problems},
		deploys: await listedDeploys(deps, found.rows),
		neighbours: deployNeighbours(found),
		any: found.rows.length > 0 || (await anyDeploy(deps.database.read)),
	};
}

export async function gatherIncidents(deps: Deps, query: Readonly<Record<string, unknown>>): Promise<IncidentsInput> {
	const {found, problems} = await withProblems(
		async () => incidentsFor(deps, parse(incidentFilterSchema, filled(query), 'The filter'), pageRows),
		none as Awaited<ReturnType<typeof listIncidents>>,
	);
	return {
		...{now: deps.clock.now(), services: [...deps.config.services.keys()], typed: typedIn(query), problems},
		incidents: found.rows,
		neighbours: incidentNeighbours(found),
		any: found.rows.length > 0 || (await anyIncident(deps.database.read)),
	};
}
