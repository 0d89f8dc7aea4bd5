/** What a client must know of a service before it reads changes, and what people do to its deploys. */
import express, {Router} from 'express';
import {allow} from '../actions/allow.ts';
import {changeIncident} from '../actions/change-incident.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {finishDeploy} from '../actions/finish-deploy.ts';
import {nameService} from '../actions/name-service.ts';
import {declareRollback, planRollback, reportRollback} from '../actions/take-back.ts';
import {probesOf} from '../facts.ts';
import {closureSchema, incidentStatusSchema, overrideSchema, rollbackResultSchema, rollbackSchema} from '../schemas/events.ts';
import {parse} from '../schemas/parse.ts';

const historyMax = 500;

export const serviceRoutes = (deps: Deps): Router =>
	Router()
		.use(express.json({limit: '1mb'}))
		.get('/services/:service/landed', async ({params}, response) => {
			const service = nameService(deps.config, params.service);
			const {landed} = reading(deps);
			const [heads, history] = await Promise.all([landed.heads(service.name), landed.history(service.name, historyMax)]);
			response.json({
				service: service.name,
				stages: service.stages.map(({name}) => name),
				groups: service.groups,
				landed: heads,
				history: history.map(({repository, branch, sha}) => ({repository, ...(branch === undefined ? {} : {branch}), sha})),
				probes: probesOf(service),
				// `names` is what stands when nothing is configured: then the client may know better (scap's environment).
				changes: service.changes.from === 'names' ? null : service.changes,
			});
		})
		.post('/services/:service/closures', async ({params, body}, response) => {
			response.status(201).json(await finishDeploy(deps, {...parse(closureSchema, body, 'The closure'), service: params.service}));
		})
		.get('/services/:service/rollback-plan', async ({params, query}, response) => {
			const deploy = typeof query['deploy'] === 'string' ? query['deploy'] : null;
			const reason = typeof query['reason'] === 'string' ? query['reason'] : 'rollback';
			response.json(await planRollback(deps, params.service, deploy, reason));
		})
		.post('/overrides', async ({body}, response) => {
			response.status(201).json(await allow(deps, parse(overrideSchema, body, 'The override')));
		})
		.post('/rollbacks', async ({body}, response) => {
			response.status(201).json(await declareRollback(deps, parse(rollbackSchema, body, 'The rollback')));
		})
		.post('/incidents/:incident/statuses', async ({params, body}, response) => {
			response
				.status(201)
				.json(await changeIncident(deps, {...parse(incidentStatusSchema, body, 'The status'), incident: params.incident}));
		})
		.post('/incidents/:incident/rollbacks', async ({params, body}, response) => {
			await reportRollback(deps, {...parse(rollbackResultSchema, body, 'The result'), incident: params.incident});
			response.status(201).json({incident: params.incident});
		});
