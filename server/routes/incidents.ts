/** Incidents and their reports for programs. */
import {changeIncident} from '../actions/change-incident.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {reportFormats} from '../actions/draft-report.ts';
import {reportRollback} from '../actions/take-back.ts';
import {AppError} from '../app-error.ts';
import {incidentStatusSchema, rollbackResultSchema} from '../schemas/events.ts';
import {parse} from '../schemas/parse.ts';
import type {Route} from './route.ts';
import {sendReport} from './send-report.ts';

const body = {json: '1mb'};

function formatOf(value: unknown) {
	const wanted = value === undefined ? 'md' : value;
	const found = reportFormats.find(format => format === wanted);
	if (found === undefined)
		throw new AppError('invalid', `There is no format ${JSON.stringify(value)}; the formats are ${reportFormats.join(', ')}.`);
	return found;
}

export const incidentRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/api/v1/incidents/:incident', access: 'viewer'},
		async answer({params}, response) {
			const id = String(params['incident']);
			const incident = await reading(deps).incidents.get(id);
			if (!incident) throw new AppError('not-found', `There is no incident ${id.slice(0, 100)}.`);
			response.json({...incident, rollbacks: await reading(deps).incidents.rollbacks(incident.id)});
		},
	},
	{
		...{method: 'get', path: '/api/v1/incidents/:incident/report', access: 'viewer'},
		async answer({params, query}, response) {
			await sendReport(deps, response, String(params['incident']), formatOf(query['format']));
		},
	},
	{
		...{method: 'post', path: '/api/v1/incidents/:incident/statuses', access: 'editor', body},
		async answer(request, response) {
			const change = parse(incidentStatusSchema, request.body, 'The status');
			response.status(201).json(await changeIncident(deps, {...change, incident: String(request.params['incident'])}));
		},
	},
	{
		...{method: 'post', path: '/api/v1/incidents/:incident/rollbacks', access: 'deployer', body},
		async answer(request, response) {
			const incident = String(request.params['incident']);
			await reportRollback(deps, {...parse(rollbackResultSchema, request.body, 'The result'), incident});
			response.status(201).json({incident});
		},
	},
];
