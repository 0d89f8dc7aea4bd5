/** Incidents and their reports for programs. */
import type {Response} from 'express';
import type {Actor} from '../../reports/events.ts';
import {changeIncident} from '../actions/change-incident.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {reportFormats, reportMedia} from '../actions/draft-report.ts';
import {reportRollback} from '../actions/take-back.ts';
import {AppError} from '../app-error.ts';
import {actorOf, callerOf, needMayWrite} from '../caller.ts';
import {incidentAnswer, incidentNamed, reportText, statusAnswer} from '../schemas/answers.ts';
import {draft} from '../schemas/draft.ts';
import {incidentStatusSchema, rollbackResultSchema} from '../schemas/events.ts';
import {parse} from '../schemas/parse.ts';
import {reportQuerySchema} from '../schemas/queries.ts';
import type {Route} from './route.ts';
import {sendReport} from './send-report.ts';

const body = {json: '1mb'};

/** The formats of a report that are text, by media type. */
const asText = Object.fromEntries(
	reportFormats.filter(format => format !== 'json').map(format => [reportMedia[format].media.split(';')[0] ?? '', reportText]),
);

/** Who writes about the incident, which its service decides; what is not there is said to be that. */
export async function incidentWriter(deps: Deps, response: Response, id: string, claimed: Actor | null = null): Promise<Actor> {
	const incident = await reading(deps).incidents.get(id);
	if (!incident) throw new AppError('not-found', `There is no incident ${id.slice(0, 100)}.`);
	needMayWrite(callerOf(response), incident.service);
	return actorOf(callerOf(response), claimed);
}

export const incidentRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/api/v1/incidents/:incident', access: 'viewer'},
		doc: {
			...{id: 'getIncident', summary: 'One incident, with every attempt at taking its deploy back.'},
			answers: {200: {schema: incidentAnswer}},
		},
		async answer({params}, response) {
			const id = String(params['incident']);
			const incident = await reading(deps).incidents.get(id);
			if (!incident) throw new AppError('not-found', `There is no incident ${id.slice(0, 100)}.`);
			response.json({...incident, rollbacks: await reading(deps).incidents.rollbacks(incident.id)});
		},
	},
	{
		...{method: 'get', path: '/api/v1/incidents/:incident/report', access: 'viewer'},
		doc: {
			...{id: 'getReport', query: reportQuerySchema, answers: {200: {schema: draft, others: asText}}},
			summary: 'The report of an incident, drafted from what is recorded. The same state gives the same bytes.',
		},
		async answer({params, query}, response) {
			const {format = 'md'} = parse(reportQuerySchema, query, 'The question');
			await sendReport(deps, response, String(params['incident']), format);
		},
	},
	{
		...{method: 'post', path: '/api/v1/incidents/:incident/statuses', access: 'editor', body, scoped: true},
		doc: {
			...{id: 'setIncidentStatus', summary: 'Says what an incident is now.', body: incidentStatusSchema},
			answers: {201: {schema: statusAnswer}},
		},
		async answer(request, response) {
			const change = parse(incidentStatusSchema, request.body, 'The status');
			const incident = String(request.params['incident']);
			const actor = await incidentWriter(deps, response, incident, change.actor);
			response.status(201).json(await changeIncident(deps, {...change, incident, actor}));
		},
	},
	{
		...{method: 'post', path: '/api/v1/incidents/:incident/rollbacks', access: 'deployer', body, scoped: true},
		doc: {
			...{id: 'reportRollback', summary: 'Says that an attempt at taking back began, or how it ended.', body: rollbackResultSchema},
			answers: {201: {schema: incidentNamed}},
		},
		async answer(request, response) {
			const incident = String(request.params['incident']);
			const result = parse(rollbackResultSchema, request.body, 'The result');
			const actor = await incidentWriter(deps, response, incident, result.actor);
			await reportRollback(deps, {...result, incident, actor});
			response.status(201).json({incident});
		},
	},
];
