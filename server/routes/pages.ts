/** The pages: the board, one deploy, one incident. Server-rendered, and readable without script. */
import {boardPage} from '../../templates/board-page.ts';
import type {Deps} from '../actions/deps.ts';
import {reportFormats, reportMedia} from '../actions/draft-report.ts';
import {gatherBoard} from '../board.ts';
import type {Route} from './route.ts';
import {sendPage} from './send-page.ts';
import {sendReport} from './send-report.ts';
import {showDeploy} from './show-deploy.ts';
import {showIncident} from './show-incident.ts';

/** An attempt's number in an address; null: none is named. What is no number is none that a deploy has. */
const attemptIn = (value: unknown): number | null => (value === undefined || value === '' ? null : Number(value));

export const pageRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/', access: 'viewer'},
		async answer(_request, response) {
			sendPage(response, 'pages/board.hbs', boardPage(await gatherBoard(deps)));
		},
	},
	{
		...{method: 'get', path: '/deploys/:deploy', access: 'viewer'},
		async answer({params, query}, response) {
			const shown = {attempt: attemptIn(query['attempt']), still: query['still'] === '1', posted: null, status: 200};
			await showDeploy(deps, response, String(params['deploy']), shown);
		},
	},
	...reportFormats.map(
		(format): Route => ({
			...{method: 'get', path: `/incidents/:incident.${reportMedia[format].ending}`, access: 'viewer'},
			async answer({params}, response) {
				await sendReport(deps, response, String(params['incident']), format);
			},
		}),
	),
	{
		...{method: 'get', path: '/incidents/:incident', access: 'viewer'},
		async answer({params}, response) {
			await showIncident(deps, response, String(params['incident']), {posted: null, status: 200});
		},
	},
];
