/** The pages: the board, one deploy, one incident. Server-rendered, and readable without script. */
import {boardPage} from '../../templates/board-page.ts';
import {deployPage} from '../../templates/deploy-page.ts';
import {incidentPage} from '../../templates/incident-page.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {reportFormats, reportMedia} from '../actions/draft-report.ts';
import {planRollback} from '../actions/take-back.ts';
import {AppError} from '../app-error.ts';
import {gatherBoard} from '../board.ts';
import {readDeployStory, readStory} from '../story.ts';
import type {Route} from './route.ts';
import {sendPage} from './send-page.ts';
import {sendReport} from './send-report.ts';

/** What to run to take the incident's deploy back; null where nothing is known to run, or it is back already. */
async function rollbackOf(deps: Deps, service: string, deploy: string | null) {
	if (deploy === null) return null;
	try {
		const {steps, sideEffects} = await planRollback(deps, service, deploy, 'rollback');
		return steps.length === 0 ? null : {commands: steps.map(({command}) => command), sideEffects};
	} catch (error) {
		if (error instanceof AppError) return null;
		throw error;
	}
}

export const pageRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/', access: 'viewer'},
		async answer(_request, response) {
			sendPage(response, 'pages/board.hbs', boardPage(await gatherBoard(deps)));
		},
	},
	{
		...{method: 'get', path: '/deploys/:deploy', access: 'viewer'},
		async answer({params}, response) {
			const id = String(params['deploy']);
			const attempts = await reading(deps).deploys.attemptsOf(id);
			const attempt = attempts.at(-1);
			if (!attempt) throw new AppError('not-found', `There is no deploy ${id.slice(0, 100)}.`);
			const known = attempt.incident === null ? null : await reading(deps).incidents.get(attempt.incident);
			const incident = known === null ? null : {id: known.id, title: known.title};
			sendPage(response, 'pages/deploy.hbs', deployPage(await readDeployStory(deps, attempt), {now: deps.clock.now(), incident}));
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
			const story = await readStory(deps, String(params['incident']));
			const isBack = story.deploy?.outcome === 'rolled_back';
			const rollback = isBack ? null : await rollbackOf(deps, story.service, story.deploy?.id ?? null);
			sendPage(response, 'pages/incident.hbs', incidentPage(story, {now: deps.clock.now(), rollback}));
		},
	},
];
