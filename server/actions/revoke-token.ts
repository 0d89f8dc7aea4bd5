/** Takes a token back: the next request with it is refused. */
import type {Actor} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import type {Token} from '../stores/tokens.ts';
import {type Deps, writing} from './deps.ts';

export function revokeToken(deps: Deps, {id, actor, where}: {id: string; actor: Actor; where: string}): Promise<Token> {
	return writing(deps, async stores => {
		const token = await stores.tokens.get(id);
		if (!token) throw new AppError('not-found', `There is no token ${id.slice(0, 60)}; \`signalbox token list\` shows their ids.`);
		if (token.revokedAt !== null) return token;
		await stores.tokens.revoke(id, stores.at);
		stores.say({
			...{kind: 'access_changed', source: 'human', actor},
			text: `The token ${token.name} (${id}) was revoked ${where}`,
			data: {token: id, name: token.name},
		});
		return {...token, revokedAt: stores.at};
	});
}
