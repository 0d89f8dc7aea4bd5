/** Lists: deploys, incidents and events, as pages and for programs. The same question means the same in both. */
import {deploysPage} from '../../templates/deploys-page.ts';
import {incidentsPage} from '../../templates/incidents-page.ts';
import type {Deps} from '../actions/deps.ts';
import {cursorText, readCursor} from '../cursor.ts';
import {deployNeighbours, deploysFor, gatherDeploys, gatherIncidents, incidentNeighbours, incidentsFor} from '../lists.ts';
import {
	deployListSchema,
	deployQuerySchema,
	eventListSchema,
	eventQuerySchema,
	incidentListSchema,
	incidentQuerySchema,
} from '../schemas/lists.ts';
import {parse} from '../schemas/parse.ts';
import {eventKey, eventKeyKinds, listEvents} from '../stores/event-list.ts';
import type {Route} from './route.ts';
import {sendPage} from './send-page.ts';

const deploysUsual = 100;
const incidentsUsual = 200;
const eventsUsual = 1000;

const listPages = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/deploys', access: 'viewer'},
		async answer({query}, response) {
			const input = await gatherDeploys(deps, query);
			sendPage(response, 'pages/deploys.hbs', deploysPage(input), input.problems.length > 0 ? 422 : 200);
		},
	},
	{
		...{method: 'get', path: '/incidents', access: 'viewer'},
		async answer({query}, response) {
			const input = await gatherIncidents(deps, query);
			sendPage(response, 'pages/incidents.hbs', incidentsPage(input), input.problems.length > 0 ? 422 : 200);
		},
	},
];

export const listRoutes = (deps: Deps): readonly Route[] => [
	...listPages(deps),
	{
		...{method: 'get', path: '/api/v1/deploys', access: 'viewer'},
		doc: {
			...{id: 'listDeploys', summary: 'Attempts at deploys, newest first.', query: deployQuerySchema},
			answers: {200: {schema: deployListSchema}},
		},
		async answer({query}, response) {
			const {limit = deploysUsual, ...asked} = parse(deployQuerySchema, query, 'The question');
			const page = await deploysFor(deps, asked, limit);
			response.json({deploys: page.rows, next: deployNeighbours(page).next});
		},
	},
	{
		...{method: 'get', path: '/api/v1/incidents', access: 'viewer'},
		doc: {
			...{id: 'listIncidents', summary: 'Incidents, newest first.', query: incidentQuerySchema},
			answers: {200: {schema: incidentListSchema}},
		},
		async answer({query}, response) {
			const {limit = incidentsUsual, ...asked} = parse(incidentQuerySchema, query, 'The question');
			const page = await incidentsFor(deps, asked, limit);
			response.json({incidents: page.rows, next: incidentNeighbours(page).next});
		},
	},
	{
		...{method: 'get', path: '/api/v1/events', access: 'viewer'},
		doc: {
			...{id: 'listEvents', summary: 'Events of the timeline, oldest first, as they happened.', query: eventQuerySchema},
			answers: {200: {schema: eventListSchema}},
		},
		async answer({query}, response) {
			const {limit = eventsUsual, after, ...asked} = parse(eventQuerySchema, query, 'The question');
			const filter = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
			const place = after === undefined ? null : readCursor('events', after, eventKeyKinds);
			const {rows, hasNext} = await listEvents(deps.database.read, filter, limit, place);
			const last = rows.at(-1);
			const next = hasNext && last !== undefined ? cursorText('events', {towards: 'next', key: eventKey(last)}) : null;
			response.json({events: rows, next});
		},
	},
];
