/** The tokens of programs, as admins make and revoke them on the page People. */
import type {Deps} from '../actions/deps.ts';
import {makeToken} from '../actions/make-token.ts';
import {revokeToken} from '../actions/revoke-token.ts';
import {actorOf, callerOf, needMayGive} from '../caller.ts';
import {parse} from '../schemas/parse.ts';
import {tokenFormSchema} from '../schemas/people.ts';
import {sendPeople} from './people.ts';
import type {Route} from './route.ts';

const body = {form: '64kb'};
const where = 'on the page People';
const dayMs = 86_400_000;

export const tokenRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'post', path: '/tokens', access: 'admin', body},
		async answer(request, response) {
			const {name, role, services, days} = parse(tokenFormSchema, request.body, 'The token');
			const caller = callerOf(response);
			needMayGive(caller, role);
			const actor = actorOf(caller);
			const {token, text} = await makeToken(deps, {name, role, services, forMs: days === '' ? null : Number(days) * dayMs, actor, where});
			const note =
				'It is shown only now. Put it into a file that only the program reads, and name that with «token_file»; or set SIGNALBOX_TOKEN.';
			await sendPeople(deps, response, {title: `The token ${token.name}`, secret: text, note});
		},
	},
	{
		...{method: 'post', path: '/tokens/:token/revocation', access: 'admin', body},
		async answer(request, response) {
			await revokeToken(deps, {id: String(request.params['token']), actor: actorOf(callerOf(response)), where});
			response.redirect(303, '/people');
		},
	},
];
