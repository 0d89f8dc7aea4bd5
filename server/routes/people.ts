/** The page on which admins let people in and out. A link that was made is shown on the answer, once. */
import type {Response} from 'express';
import {peoplePage} from '../../templates/people-page.ts';
import type {PeoplePage} from '../../templates/people-views.ts';
import {changePerson, type PersonChange} from '../actions/change-person.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {type Invitation, invitePerson} from '../actions/invite-person.ts';
import {linkText} from '../actions/link-text.ts';
import {AppError} from '../app-error.ts';
import {actorOf, callerOf, needAllServices, needMayGive} from '../caller.ts';
import {sessionsOf} from '../config/sign-in.ts';
import {parse} from '../schemas/parse.ts';
import {inviteFormSchema, roleFormSchema, stateFormSchema} from '../schemas/people.ts';
import type {Route} from './route.ts';
import {sendPage} from './send-page.ts';

const body = {form: '64kb'};
const where = 'on the page People';

/** What was just made stands on top, and on no page again. */
export async function sendPeople(deps: Deps, response: Response, made: PeoplePage['made'] = null): Promise<void> {
	const {people, tokens} = reading(deps);
	if (made !== null) response.set('cache-control', 'no-store');
	const view = peoplePage({
		...{now: deps.clock.now(), you: callerOf(response).name, made},
		...{people: await people.list(), tokens: await tokens.list()},
		...{services: [...deps.config.services.keys()], links: sessionsOf(deps.config).links},
	});
	sendPage(response, 'pages/people.hbs', view, made === null ? 200 : 201);
}

async function invite(deps: Deps, response: Response, asked: {readonly name: string; readonly role: Invitation['person']['role'] | null}) {
	if (!sessionsOf(deps.config).links) throw new AppError('conflict', 'Links are switched off: `links: false` of «sign_in».');
	if (asked.role !== null) needMayGive(callerOf(response), asked.role);
	const {person, secret, expiresAt} = await invitePerson(deps, {...asked, actor: actorOf(callerOf(response)), where});
	await sendPeople(deps, response, {
		title: `The sign-in link of ${person.name}`,
		secret: linkText(deps, secret),
		note: `It works once, until ${expiresAt.slice(0, 10)} ${expiresAt.slice(11, 16)} UTC, and is shown only now. Give it to ${person.name} where nobody else reads it.`,
	});
}

async function change(deps: Deps, response: Response, id: string, wanted: PersonChange): Promise<void> {
	if ('role' in wanted) needMayGive(callerOf(response), wanted.role);
	await changePerson(deps, {id}, {change: wanted, actor: actorOf(callerOf(response)), where, evenLastAdmin: false});
	response.redirect(303, '/people');
}

export const peopleRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/people', access: 'admin'},
		answer(_request, response) {
			needAllServices(callerOf(response));
			return sendPeople(deps, response);
		},
	},
	{
		...{method: 'post', path: '/people', access: 'admin', body},
		answer: (request, response) => invite(deps, response, parse(inviteFormSchema, request.body, 'The invitation')),
	},
	{
		...{method: 'post', path: '/people/:person/links', access: 'admin', body},
		async answer({params}, response) {
			const person = await reading(deps).people.get(String(params['person']));
			if (!person) throw new AppError('not-found', 'There is no such person.');
			await invite(deps, response, {name: person.name, role: null});
		},
	},
	{
		...{method: 'post', path: '/people/:person/role', access: 'admin', body},
		answer: (request, response) =>
			change(deps, response, String(request.params['person']), parse(roleFormSchema, request.body, 'The role')),
	},
	{
		...{method: 'post', path: '/people/:person/state', access: 'admin', body},
		answer(request, response) {
			const {state} = parse(stateFormSchema, request.body, 'The form');
			return change(deps, response, String(request.params['person']), {disabled: state === 'out'});
		},
	},
];
