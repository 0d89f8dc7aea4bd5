/** Things outside git: how each stands, and ticking them, for programs and as a page. */
import type {Request, Response} from 'express';
import type {Prerequisite} from '../../gate/facts.ts';
import {type PrerequisitesInput, prerequisitesPage} from '../../templates/prerequisites-page.ts';
import type {Deps} from '../actions/deps.ts';
import {nameService} from '../actions/name-service.ts';
import {tickPrerequisite} from '../actions/tick-prerequisite.ts';
import {actorOf, callerOf, needMayWrite} from '../caller.ts';
import type {ServiceConfig} from '../config.ts';
import {prerequisitesOf, usualProbeMs} from '../prerequisites.ts';
import {readForm} from '../schemas/acts.ts';
import {parse} from '../schemas/parse.ts';
import {prerequisitesAnswer, tickedAnswer, tickFormSchema, tickSchema} from '../schemas/prerequisites.ts';
import {overridesQuerySchema} from '../schemas/queries.ts';
import {act, keyOf} from './acts.ts';
import type {Route} from './route.ts';
import {sendPage} from './send-page.ts';

const isProbed = ({prerequisites}: ServiceConfig, name: string): boolean =>
	prerequisites.some(one => one.name === name && one.probe !== null);

const answerOf = (service: ServiceConfig, {name, text, group, met, by, reason, at}: Prerequisite) => ({
	...{name, text, group: group ?? null, met: typeof met === 'object' ? null : met, missing: typeof met === 'object' ? met.missing : null},
	...{probed: isProbed(service, name), by: by ?? null, reason: reason ?? null, at: at ?? null},
});

async function show(
	deps: Deps,
	response: Response,
	service: string | null,
	posted: PrerequisitesInput['posted'],
	status: number,
): Promise<void> {
	const services = service === null ? [...deps.config.services.values()] : [nameService(deps.config, service)];
	const gathered = await Promise.all(
		services.map(async one => ({
			name: one.name,
			prerequisites: (await prerequisitesOf(deps, one, usualProbeMs)).map(row => ({...row, probed: isProbed(one, row.name)})),
		})),
	);
	const input = {now: deps.clock.now(), services: gathered, posted, key: deps.newId().slice(0, 40)};
	sendPage(response, 'pages/prerequisites.hbs', prerequisitesPage(input), status);
}

async function tickByForm(deps: Deps, request: Request, response: Response): Promise<void> {
	const service = nameService(deps.config, String(request.params['service']));
	const caller = callerOf(response);
	needMayWrite(caller, service.name);
	await act(request, response, {
		name: 'tick',
		read: readForm(tickFormSchema, request.body),
		work: ({name, group, state, reason, key}) => {
			const tick = {name, group: group === '' ? null : group, met: state === 'met', reason};
			return tickPrerequisite(deps, {...tick, service: service.name, actor: actorOf(caller), idempotencyKey: keyOf({key, ...tick})});
		},
		onwards: `/prerequisites?service=${encodeURIComponent(service.name)}`,
		again: (posted, status) => show(deps, response, service.name, {...posted, service: service.name}, status),
	});
}

export const prerequisiteRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/prerequisites', access: 'viewer'},
		async answer({query}, response) {
			await show(deps, response, parse(overridesQuerySchema, query, 'The question').service ?? null, null, 200);
		},
	},
	{
		...{method: 'post', path: '/prerequisites/:service', access: 'deployer', body: {form: '64kb'}, scoped: true},
		answer: (request, response) => tickByForm(deps, request, response),
	},
	{
		...{method: 'get', path: '/api/v1/services/:service/prerequisites', access: 'viewer'},
		doc: {
			...{id: 'listPrerequisites', summary: 'Things outside git that changes of a service may need, and how each stands.'},
			answers: {200: {schema: prerequisitesAnswer}},
		},
		async answer({params}, response) {
			const service = nameService(deps.config, String(params['service']));
			const rows = await prerequisitesOf(deps, service, usualProbeMs);
			response.json({service: service.name, prerequisites: rows.map(row => answerOf(service, row))});
		},
	},
	{
		...{method: 'post', path: '/api/v1/services/:service/prerequisites', access: 'deployer', body: {json: '64kb'}, scoped: true},
		doc: {
			...{id: 'tickPrerequisite', summary: 'Says that a thing outside git is there, or no longer is, and why.', body: tickSchema},
			answers: {201: {schema: tickedAnswer}},
		},
		async answer(request, response) {
			const service = nameService(deps.config, String(request.params['service'])).name;
			needMayWrite(callerOf(response), service);
			const tick = parse(tickSchema, request.body, 'The tick');
			response.status(201).json(await tickPrerequisite(deps, {...tick, service, actor: actorOf(callerOf(response), tick.actor)}));
		},
	},
];
