/** Whether the service can work, for whoever watches over it, and how large its database is. */
import type {Deps} from '../actions/deps.ts';
import {problemOf, sendProblem} from '../problem.ts';
import {databaseSchema} from '../schemas/database.ts';
import {databaseSize} from '../stores/size.ts';
import {chainHead} from '../stores/timeline.ts';
import type {Route} from './route.ts';

export const healthRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/healthz', access: 'anyone'},
		async answer(_request, response) {
			try {
				await chainHead(deps.database.read);
				response.type('text').send('ok\n');
			} catch (error) {
				// Whoever asks here is a program, also where it says that it would take a page.
				sendProblem(response, problemOf(error, deps.log));
			}
		},
	},
	{
		...{method: 'get', path: '/api/v1/database', access: 'viewer'},
		doc: {
			...{id: 'readDatabase', summary: 'How large the database is, and how fast it grows.'},
			answers: {200: {schema: databaseSchema}},
		},
		async answer(_request, response) {
			response.json(await databaseSize(deps.database, deps.clock.now()));
		},
	},
];
