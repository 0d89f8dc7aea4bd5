/** What a client must know of a service before it reads changes, and what people do to its deploys. */
import type {Response} from 'express';
import type {Actor} from '../../reports/events.ts';
import {allow} from '../actions/allow.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {finishDeploy} from '../actions/finish-deploy.ts';
import {nameService} from '../actions/name-service.ts';
import {declareRollback, planRollback} from '../actions/take-back.ts';
import {actorOf, callerOf, needMayWrite} from '../caller.ts';
import {ownPatterns, probesOf} from '../facts.ts';
import {allowedAnswer, closureAnswer, landedAnswer, overridesAnswer, servicesAnswer} from '../schemas/answers.ts';
import {closureSchema, overrideSchema, rollbackSchema} from '../schemas/events.ts';
import {parse} from '../schemas/parse.ts';
import {overridesQuerySchema, planQuerySchema} from '../schemas/queries.ts';
import {rollbackPlan} from '../schemas/rollback-plan.ts';
import type {Route} from './route.ts';

const historyMax = 500;
const body = {json: '1mb'};

/** What the client asks before it reads changes: what is live, and where changes are read. */
async function whatLanded(deps: Deps, name: string) {
	const service = nameService(deps.config, name);
	const {landed} = reading(deps);
	const [heads, history] = await Promise.all([landed.heads(service.name), landed.history(service.name, historyMax)]);
	return {
		service: service.name,
		stages: service.stages.map(stage => stage.name),
		groups: service.groups,
		landed: heads,
		history: history.map(({group, repository, branch, sha, since}) => ({
			...{group, repository, ...(branch === undefined ? {} : {branch}), sha, since},
		})),
		probes: probesOf(service),
		patterns: ownPatterns(service),
		// `names` is what stands when nothing is configured: then the client may know better (scap's environment).
		changes: service.changes.from === 'names' ? null : service.changes,
	};
}

/** Who writes about the service: an unknown one is named as such before anybody is told that they may not write about it. */
function writerOf(deps: Deps, response: Response, service: string, claimed: Actor): Actor {
	needMayWrite(callerOf(response), nameService(deps.config, service).name);
	return actorOf(callerOf(response), claimed);
}

const listServices = ({config}: Deps) =>
	[...config.services.values()].map(({name, groups, stages, deployHost, policy, signals}) => ({
		...{name, groups, deployHost},
		stages: stages.map(stage => ({name: stage.name, groups: stage.groups})),
		rules: policy.rules.map(({rule}) => rule.name),
		signals: signals.map(signal => signal.name),
	}));

async function listOverrides(deps: Deps, service: string | undefined) {
	const names = service === undefined ? [...deps.config.services.keys()] : [nameService(deps.config, service).name];
	const now = deps.clock.now();
	const found = await Promise.all(
		names.map(async name =>
			(await reading(deps).overrides.inForce(name, now)).map(({rule = null, by, reason, until}) => ({
				service: name,
				rule,
				by,
				reason,
				until,
			})),
		),
	);
	return found.flat();
}

const aboutService = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/api/v1/services', access: 'viewer'},
		doc: {
			...{id: 'listServices', summary: 'The services of the configuration, with their groups, stages, rules and signals.'},
			answers: {200: {schema: servicesAnswer}},
		},
		answer(_request, response) {
			response.json({services: listServices(deps)});
		},
	},
	{
		...{method: 'get', path: '/api/v1/services/:service/landed', access: 'viewer'},
		doc: {
			...{id: 'getLanded', summary: 'What is live on each group of a service, and where its changes are read.'},
			answers: {200: {schema: landedAnswer}},
		},
		async answer({params}, response) {
			response.json(await whatLanded(deps, String(params['service'])));
		},
	},
	{
		...{method: 'post', path: '/api/v1/services/:service/closures', access: 'deployer', body, scoped: true},
		doc: {
			...{id: 'finishDeploys', summary: 'Closes every open deploy of a service: somebody says that they ended.', body: closureSchema},
			answers: {201: {schema: closureAnswer}},
		},
		async answer(request, response) {
			const closure = parse(closureSchema, request.body, 'The closure');
			const service = String(request.params['service']);
			response.status(201).json(await finishDeploy(deps, {...closure, service, actor: writerOf(deps, response, service, closure.actor)}));
		},
	},
];

export const serviceRoutes = (deps: Deps): readonly Route[] => [
	...aboutService(deps),
	{
		...{method: 'get', path: '/api/v1/services/:service/rollback-plan', access: 'viewer'},
		doc: {
			...{id: 'planRollback', summary: 'The commands that take a deploy back. Nothing is recorded.', query: planQuerySchema},
			answers: {200: {schema: rollbackPlan}},
		},
		async answer({params, query}, response) {
			const {deploy = null, reason = 'rollback'} = parse(planQuerySchema, query, 'The question');
			response.json(await planRollback(deps, String(params['service']), deploy, reason));
		},
	},
	{
		...{method: 'get', path: '/api/v1/overrides', access: 'viewer'},
		doc: {
			...{id: 'listOverrides', summary: 'Overrides that are in force now.', query: overridesQuerySchema},
			answers: {200: {schema: overridesAnswer}},
		},
		async answer({query}, response) {
			response.json({overrides: await listOverrides(deps, parse(overridesQuerySchema, query, 'The question').service)});
		},
	},
	{
		...{method: 'post', path: '/api/v1/overrides', access: 'deployer', body, scoped: true},
		doc: {
			...{id: 'allow', summary: 'Lets a rule stop no deploy of a service for a while, ahead of the hook.', body: overrideSchema},
			answers: {201: {schema: allowedAnswer}},
		},
		async answer(request, response) {
			const asked = parse(overrideSchema, request.body, 'The override');
			response.status(201).json(await allow(deps, {...asked, actor: writerOf(deps, response, asked.service, asked.actor)}));
		},
	},
	{
		...{method: 'post', path: '/api/v1/rollbacks', access: 'deployer', body, scoped: true},
		doc: {
			...{id: 'declareRollback', body: rollbackSchema},
			summary: 'Says that a deploy is taken back: records the decision, opens the incident, answers the commands.',
			answers: {201: {schema: rollbackPlan}},
		},
		async answer(request, response) {
			const asked = parse(rollbackSchema, request.body, 'The rollback');
			response.status(201).json(await declareRollback(deps, {...asked, actor: writerOf(deps, response, asked.service, asked.actor)}));
		},
	},
];
