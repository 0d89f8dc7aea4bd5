/** Whether whoever was let in would be let in still: for answers that go on, as a live page's do. */
import {type Deps, reading} from '../actions/deps.ts';
import {hashOf, readToken} from '../secret.ts';
import type {Found} from './find-caller.ts';

/** A function that looks anew at each call: the token is in force, the session has not ended, the person was not shut out. */
export function stillWelcome(deps: Deps, {session, key}: Found, authorization: string | undefined): () => Promise<boolean> {
	const [, shown = ''] = /^Bearer +([!-~]+)$/i.exec(authorization ?? '') ?? [];
	const token = readToken(shown);
	const person = /^person (.+)$/.exec(key)?.[1];
	return async () => {
		const {sessions, tokens, people} = reading(deps);
		if (key.startsWith('token ') && token !== null) return (await tokens.find(token.id, hashOf(token.secret), deps.clock.now())) !== null;
		if (session !== null) return (await sessions.find(session, deps.clock.now())) !== null;
		if (person !== undefined) return (await people.get(person))?.disabledAt === null;
		// This machine, which is always here.
		return true;
	};
}
