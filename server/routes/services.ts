/** What a client must know of a service before it reads changes, and what people do to its deploys. */
import type {Response} from 'express';
import type {Actor} from '../../reports/events.ts';
import {allow} from '../actions/allow.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {finishDeploy} from '../actions/finish-deploy.ts';
import {nameService} from '../actions/name-service.ts';
import {declareRollback, planRollback} from '../actions/take-back.ts';
import {actorOf, callerOf, needMayWrite} from '../caller.ts';
import {probesOf} from '../facts.ts';
import {closureSchema, overrideSchema, rollbackSchema} from '../schemas/events.ts';
import {parse} from '../schemas/parse.ts';
import type {Route} from './route.ts';

const historyMax = 500;
const body = {json: '1mb'};

/** What the client asks before it reads changes: what is live, and where changes are read. */
async function landedAnswer(deps: Deps, name: string) {
	const service = nameService(deps.config, name);
	const {landed} = reading(deps);
	const [heads, history] = await Promise.all([landed.heads(service.name), landed.history(service.name, historyMax)]);
	return {
		service: service.name,
		stages: service.stages.map(stage => stage.name),
		groups: service.groups,
		landed: heads,
		history: history.map(({repository, branch, sha}) => ({repository, ...(branch === undefined ? {} : {branch}), sha})),
		probes: probesOf(service),
		// `names` is what stands when nothing is configured: then the client may know better (scap's environment).
		changes: service.changes.from === 'names' ? null : service.changes,
	};
}

/** Who writes about the service: an unknown one is named as such before anybody is told that they may not write about it. */
function writerOf(deps: Deps, response: Response, service: string, claimed: Actor): Actor {
	needMayWrite(callerOf(response), nameService(deps.config, service).name);
	return actorOf(callerOf(response), claimed);
}

export const serviceRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/api/v1/services/:service/landed', access: 'viewer'},
		async answer({params}, response) {
			response.json(await landedAnswer(deps, String(params['service'])));
		},
	},
	{
		...{method: 'post', path: '/api/v1/services/:service/closures', access: 'deployer', body, scoped: true},
		async answer(request, response) {
			const closure = parse(closureSchema, request.body, 'The closure');
			const service = String(request.params['service']);
			response.status(201).json(await finishDeploy(deps, {...closure, service, actor: writerOf(deps, response, service, closure.actor)}));
		},
	},
	{
		...{method: 'get', path: '/api/v1/services/:service/rollback-plan', access: 'viewer'},
		async answer({params, query}, response) {
			const deploy = typeof query['deploy'] === 'string' ? query['deploy'] : null;
			const reason = typeof query['reason'] === 'string' ? query['reason'] : 'rollback';
			response.json(await planRollback(deps, String(params['service']), deploy, reason));
		},
	},
	{
		...{method: 'post', path: '/api/v1/overrides', access: 'deployer', body, scoped: true},
		async answer(request, response) {
			const asked = parse(overrideSchema, request.body, 'The override');
			response.status(201).json(await allow(deps, {...asked, actor: writerOf(deps, response, asked.service, asked.actor)}));
		},
	},
	{
		...{method: 'post', path: '/api/v1/rollbacks', access: 'deployer', body, scoped: true},
		async answer(request, response) {
			const asked = parse(rollbackSchema, request.body, 'The rollback');
			response.status(201).json(await declareRollback(deps, {...asked, actor: writerOf(deps, response, asked.service, asked.actor)}));
		},
	},
];
