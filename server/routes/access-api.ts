/**
 * People and tokens for programs: what the page People and the commands `user` and `token` do. A secret stands in the first answer to its
 * key, and in no other.
 */
import type {Request, Response} from 'express';
import {changePerson, type PersonChange} from '../actions/change-person.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {invitePersonOnce} from '../actions/invite-person.ts';
import {linkText} from '../actions/link-text.ts';
import {makeTokenOnce} from '../actions/make-token.ts';
import {revokeToken} from '../actions/revoke-token.ts';
import {AppError} from '../app-error.ts';
import {actorOf, callerOf, needAllServices, needMayGive, type Role} from '../caller.ts';
import {sessionsOf} from '../config/sign-in.ts';
import {
	invitationAnswer,
	invitationSchema,
	linkSchema,
	newTokenAnswer,
	newTokenSchema,
	type PersonTold,
	peopleAnswer,
	personAnswer,
	revocationSchema,
	roleSchema,
	stateSchema,
	type TokenTold,
	tokenAnswer,
	tokensAnswer,
} from '../schemas/access.ts';
import {parse} from '../schemas/parse.ts';
import type {Person} from '../stores/people.ts';
import type {Token} from '../stores/tokens.ts';
import type {Route} from './route.ts';

const body = {json: '64kb'};
const where = 'over the HTTP API';
const path = {person: 'The id of a person, as listPeople tells it.', token: 'The id of a token, as listTokens tells it.'};

const personTold = (person: Person): PersonTold => ({...person, state: person.disabledAt === null ? 'active' : 'disabled'});

function tokenTold({clock}: Deps, token: Token): TokenTold {
	const isEnded = token.expiresAt !== null && token.expiresAt <= clock.now();
	return {...token, state: token.revokedAt !== null ? 'revoked' : isEnded ? 'ended' : 'in_force'};
}

/** Nobody changes, or makes a link for, somebody who may do more than they may themselves. */
async function personFor(deps: Deps, {params}: Request, response: Response): Promise<Person> {
	const id = String(params['person']);
	const person = await reading(deps).people.get(id);
	if (!person) throw new AppError('not-found', `There is no person ${id.slice(0, 100)}; GET /api/v1/people tells their ids.`);
	needMayGive(callerOf(response), person.role);
	return person;
}

type Write = Pick<ReturnType<typeof linkSchema.parse>, 'actor' | 'idempotencyKey'>;
const whoDoes = (response: Response, {actor, idempotencyKey}: Write) => ({
	actor: actorOf(callerOf(response), actor),
	...{where, idempotencyKey},
});

async function invite(deps: Deps, response: Response, write: Write, asked: {readonly name: string; readonly role: Role | null}) {
	if (!sessionsOf(deps.config).links)
		throw new AppError('conflict', 'No link would be taken: `links: false` stands in «sign_in». The proxy lets people in.');
	const {person, secret, expiresAt} = await invitePersonOnce(deps, {...asked, ...whoDoes(response, write)});
	const link = secret === null ? null : linkText(deps, secret);
	response
		.set('cache-control', 'no-store')
		.status(201)
		.json({person: personTold(person), link, expiresAt});
}

async function change(deps: Deps, request: Request, response: Response, write: Write, wanted: PersonChange): Promise<void> {
	const {id} = await personFor(deps, request, response);
	const person = await changePerson(deps, {id}, {change: wanted, evenLastAdmin: false, ...whoDoes(response, write)});
	response.json(personTold(person));
}

const peopleApi = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/api/v1/people', access: 'admin'},
		doc: {
			...{id: 'listPeople', summary: 'Who may sign in, with which role, and who was shut out.'},
			answers: {200: {schema: peopleAnswer}},
		},
		async answer(_request, response) {
			needAllServices(callerOf(response));
			response.json({people: (await reading(deps).people.list()).map(personTold)});
		},
	},
	{
		...{method: 'post', path: '/api/v1/people', access: 'admin', body},
		doc: {
			...{id: 'invitePerson', summary: 'Let somebody in: a person with a role, and a sign-in link that is told once.'},
			...{body: invitationSchema, answers: {201: {schema: invitationAnswer}}},
		},
		async answer(request, response) {
			const {name, role, ...write} = parse(invitationSchema, request.body, 'The invitation');
			needMayGive(callerOf(response), role);
			await invite(deps, response, write, {name, role});
		},
	},
	{
		...{method: 'post', path: '/api/v1/people/:person/links', access: 'admin', body},
		doc: {
			...{id: 'makeSignInLink', summary: 'A new sign-in link for somebody known, told once; links made before are void.'},
			...{path, body: linkSchema, answers: {201: {schema: invitationAnswer}}},
		},
		async answer(request, response) {
			const write = parse(linkSchema, request.body, 'The request');
			const {name} = await personFor(deps, request, response);
			await invite(deps, response, write, {name, role: null});
		},
	},
	{
		...{method: 'put', path: '/api/v1/people/:person/role', access: 'admin', body},
		doc: {
			...{id: 'setPersonRole', summary: 'Give somebody another role; every session and link of theirs ends.'},
			...{path, body: roleSchema, answers: {200: {schema: personAnswer}}},
		},
		async answer(request, response) {
			const {role, ...write} = parse(roleSchema, request.body, 'The role');
			needMayGive(callerOf(response), role);
			await change(deps, request, response, write, {role});
		},
	},
	{
		...{method: 'put', path: '/api/v1/people/:person/state', access: 'admin', body},
		doc: {
			...{id: 'setPersonState', summary: 'Shut somebody out at once, or let them in again.'},
			...{path, body: stateSchema, answers: {200: {schema: personAnswer}}},
		},
		async answer(request, response) {
			const {state, ...write} = parse(stateSchema, request.body, 'The state');
			await change(deps, request, response, write, {disabled: state === 'disabled'});
		},
	},
];

const tokenApi = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/api/v1/tokens', access: 'admin'},
		doc: {
			...{id: 'listTokens', summary: 'The tokens of programs, without their secrets.'},
			answers: {200: {schema: tokensAnswer}},
		},
		async answer(_request, response) {
			needAllServices(callerOf(response));
			response.json({tokens: (await reading(deps).tokens.list()).map(token => tokenTold(deps, token))});
		},
	},
	{
		...{method: 'post', path: '/api/v1/tokens', access: 'admin', body},
		doc: {
			...{id: 'makeToken', summary: 'Make a token for a program; its text is told once.'},
			...{body: newTokenSchema, answers: {201: {schema: newTokenAnswer}}},
		},
		async answer(request, response) {
			const {name, role, services, forMs, ...write} = parse(newTokenSchema, request.body, 'The token');
			needMayGive(callerOf(response), role);
			const asked = {name, role, services: services ?? [], forMs};
			const {token, text} = await makeTokenOnce(deps, {...asked, ...whoDoes(response, write)});
			response
				.set('cache-control', 'no-store')
				.status(201)
				.json({token: tokenTold(deps, token), text});
		},
	},
	{
		...{method: 'post', path: '/api/v1/tokens/:token/revocation', access: 'admin', body},
		doc: {
			...{id: 'revokeToken', summary: 'Take a token back: the next request with it is refused.'},
			...{path, body: revocationSchema, answers: {200: {schema: tokenAnswer}}},
		},
		async answer(request, response) {
			const write = parse(revocationSchema, request.body, 'The revocation');
			const token = await revokeToken(deps, {id: String(request.params['token']), ...whoDoes(response, write)});
			response.json(tokenTold(deps, token));
		},
	},
];

export const accessRoutes = (deps: Deps): readonly Route[] => [...peopleApi(deps), ...tokenApi(deps)];
