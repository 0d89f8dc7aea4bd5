/** Makes a token for a program. Its text is answered once and kept nowhere. */
import type {Actor} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import type {Role} from '../caller.ts';
import {hashOf, newSecret, newTokenId, tokenText} from '../secret.ts';
import type {Token} from '../stores/tokens.ts';
import {plus} from './choose-look.ts';
import {type Deps, type Writing, writing} from './deps.ts';
import {nameService} from './name-service.ts';
import {asked, keyTaken, madeBefore} from './once.ts';

const longestMs = 10 * 366 * 86_400_000;
const servicesMax = 100;

export type TokenRequest = {
	readonly name: string;
	readonly role: Role;
	/** Empty: all services. */
	readonly services: readonly string[];
	/** Null: until it is revoked. */
	readonly forMs: number | null;
	readonly actor: Actor;
	/** For the timeline: `at the command line`. */
	readonly where: string;
};

function checkRequest(deps: Deps, {name, services, forMs}: TokenRequest): void {
	if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,49}$/.test(name))
		throw new AppError(
			'invalid',
			'A token needs a name that says whose it is, such as ci-deploys: letters, digits, dots, _ and -, 50 at most.',
		);
	if (services.length > servicesMax) throw new AppError('invalid', `A token is limited to ${servicesMax} services at most, or to none.`);
	for (const service of services) nameService(deps.config, service);
	if (forMs !== null && (forMs < 60_000 || forMs > longestMs))
		throw new AppError('invalid', 'A token lasts from one minute to ten years: 90d. Without an end it lasts until it is revoked.');
}

type Made = {readonly token: Token; readonly text: string};
/** The key of the event of a write, and what it carries so that the same question is known again. */
type Once = {readonly idempotencyKey: string; readonly data: Readonly<Record<string, unknown>>};

async function make(stores: Writing, {name, role, services: named, forMs, actor, where}: TokenRequest, more: Once): Promise<Made> {
	const services = named.length === 0 ? null : [...new Set(named)];
	if (await stores.tokens.isNamed(name, stores.at))
		throw new AppError(
			'conflict',
			`A token called ${name} is in force already: two of one name could not be told apart. Revoke it first, or take another name.`,
		);
	const secret = newSecret();
	const made = {
		...{id: newTokenId(), name, role, services, madeAt: stores.at, madeBy: actor.name},
		expiresAt: forMs === null ? null : plus(stores.at, forMs),
	};
	await stores.tokens.add({...made, hash: hashOf(secret)});
	const about = services === null ? 'every service' : services.join(', ');
	stores.say({
		...{kind: 'access_changed', source: 'human', actor, idempotencyKey: more.idempotencyKey},
		text: `The token ${name} (${made.id}) was made ${where}: ${role}, may write about ${about}${made.expiresAt === null ? '' : `, until ${made.expiresAt.slice(0, 16)}Z`}`,
		data: {token: made.id, name, role, services, expiresAt: made.expiresAt, ...more.data},
	});
	return {token: {...made, revokedAt: null, seenAt: null}, text: tokenText(made.id, secret)};
}

export function makeToken(deps: Deps, request: TokenRequest): Promise<Made> {
	checkRequest(deps, request);
	return writing(deps, stores => make(stores, request, {idempotencyKey: deps.newId(), data: {}}));
}

/** The same once under its key. Asked again it makes no other token, and the text, which is kept nowhere, is null. */
export function makeTokenOnce(
	deps: Deps,
	{idempotencyKey, ...request}: TokenRequest & {readonly idempotencyKey: string},
): Promise<{readonly token: Token; readonly text: string | null}> {
	checkRequest(deps, request);
	return writing(deps, async stores => {
		const before = await madeBefore(stores, idempotencyKey, 'token', request);
		if (before === null) return make(stores, request, {idempotencyKey, data: asked('token', request)});
		const token = await stores.tokens.get(String(before.data['token']));
		if (token === null) throw keyTaken();
		return {token, text: null};
	});
}
