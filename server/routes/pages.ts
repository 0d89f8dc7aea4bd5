/** The pages: the board, one deploy, one incident. Server-rendered, without script. */
import express, {Router} from 'express';
import {boardPage} from '../../templates/board-page.ts';
import {deployPage} from '../../templates/deploy-page.ts';
import {incidentPage} from '../../templates/incident-page.ts';
import {assetsFolder, render} from '../../templates/render.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {draftReport, type ReportFormat} from '../actions/draft-report.ts';
import {planRollback} from '../actions/take-back.ts';
import {AppError} from '../app-error.ts';
import {gatherBoard} from '../board.ts';
import {readDeployStory, readStory} from '../story.ts';

const mediaTypes: Readonly<Record<ReportFormat, string>> = {md: 'text/markdown; charset=utf-8', json: 'application/json; charset=utf-8'};

const formatOf = (value: unknown): ReportFormat => {
	if (value === undefined || value === 'md') return 'md';
	if (value === 'json') return 'json';
	throw new AppError('invalid', `There is no format ${JSON.stringify(value)}; the formats are md and json.`);
};

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

export const pageRoutes = (deps: Deps): Router =>
	Router()
		.use('/assets', express.static(assetsFolder(), {maxAge: '1h', index: false}))
		.get('/', async (_request, response) => {
			response.type('html').send(render('pages/board.hbs', boardPage(await gatherBoard(deps))));
		})
		.get('/deploys/:deploy', async ({params}, response) => {
			const attempts = await reading(deps).deploys.attemptsOf(params.deploy);
			const attempt = attempts.at(-1);
			if (!attempt) throw new AppError('not-found', `There is no deploy ${params.deploy.slice(0, 100)}.`);
			const known = attempt.incident === null ? null : await reading(deps).incidents.get(attempt.incident);
			const incident = known === null ? null : {id: known.id, title: known.title};
			response
				.type('html')
				.send(render('pages/deploy.hbs', deployPage(await readDeployStory(deps, attempt), {now: deps.clock.now(), incident})));
		})
		.get('/incidents/:incident.md', async ({params}, response) => {
			response.type(mediaTypes.md).send(await draftReport(deps, params.incident, 'md'));
		})
		.get('/incidents/:incident.json', async ({params}, response) => {
			response.type(mediaTypes.json).send(await draftReport(deps, params.incident, 'json'));
		})
		.get('/incidents/:incident', async ({params}, response) => {
			const story = await readStory(deps, params.incident);
			const isBack = story.deploy?.outcome === 'rolled_back';
			const rollback = isBack ? null : await rollbackOf(deps, story.service, story.deploy?.id ?? null);
			response.type('html').send(render('pages/incident.hbs', incidentPage(story, {now: deps.clock.now(), rollback})));
		});

/** Incidents and their reports for programs. */
export const incidentRoutes = (deps: Deps): Router =>
	Router()
		.get('/incidents', async (_request, response) => {
			response.json({incidents: await reading(deps).incidents.list(200)});
		})
		.get('/incidents/:incident', async ({params}, response) => {
			const incident = await reading(deps).incidents.get(params.incident);
			if (!incident) throw new AppError('not-found', `There is no incident ${params.incident.slice(0, 100)}.`);
			response.json({...incident, rollbacks: await reading(deps).incidents.rollbacks(incident.id)});
		})
		.get('/incidents/:incident/report', async ({params, query}, response) => {
			const format = formatOf(query['format']);
			response.type(mediaTypes[format]).send(await draftReport(deps, params.incident, format));
		});
