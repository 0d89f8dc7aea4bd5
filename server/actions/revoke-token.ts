/** Takes a token back: the next request with it is refused. */
import type {Actor} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import type {Token} from '../stores/tokens.ts';
import {type Deps, writing} from './deps.ts';
import {asked, madeBefore} from './once.ts';

/** `where` says where it was asked, for the timeline; the key is that of whoever may ask again without knowing the answer. */
export type Revocation = {readonly id: string; readonly actor: Actor; readonly where: string; readonly idempotencyKey?: string};

export function revokeToken(deps: Deps, {idempotencyKey = deps.newId(), ...request}: Revocation): Promise<Token> {
	const {id, actor, where} = request;
	return writing(deps, async stores => {
		const token = await stores.tokens.get(id);
		if (!token) throw new AppError('not-found', `There is no token ${id.slice(0, 60)}; \`signalbox token list\` shows their ids.`);
		if ((await madeBefore(stores, idempotencyKey, 'revocation', request)) !== null || token.revokedAt !== null) return token;
		await stores.tokens.revoke(id, stores.at);
		stores.say({
			...{kind: 'access_changed', source: 'human', actor, idempotencyKey},
			text: `The token ${token.name} (${id}) was revoked ${where}`,
			data: {token: id, name: token.name, ...asked('revocation', request)},
		});
		return {...token, revokedAt: stores.at};
	});
}
