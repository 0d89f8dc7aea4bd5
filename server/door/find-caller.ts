/** Finds out who asks: by a token, a proxy's word, a session, or that it is this machine itself. The first that is shown counts. */
import type {BlockList} from 'node:net';
import type {Request, RequestHandler, Response} from 'express';
import {plus} from '../actions/choose-look.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {meetPerson, noteSeen} from '../actions/sign-in.ts';
import {AppError} from '../app-error.ts';
import {type Caller, nobody, setCaller} from '../caller.ts';
import {isLoopback} from '../config/address.ts';
import {rangesOf, sessionsOf} from '../config/sign-in.ts';
import {csrfOf, hashOf, isSameSecret, newSecret, readToken} from '../secret.ts';
import type {Person} from '../stores/people.ts';
import {type Cookies, cookiesFor} from './cookies.ts';
import {isLoopbackAddress, isLoopbackName} from './hosts.ts';

/** What is known of a request beside its caller. */
export type Found = {
	/** The sha256 of the session by which the caller was found; null: another way. */
	readonly session: string | null;
	/** Counts the caller's requests together, whichever session or address they use. */
	readonly key: string;
	/** Where it comes from: the proxy's word for that, where the proxy is believed. */
	readonly address: string;
	/** Whether there is a way to sign in. */
	readonly canSignIn: boolean;
	/** Asks again, while an answer goes on, whether what the caller showed is still good, and for as much as it was. */
	isStillGood(): Promise<boolean>;
};

export type Door = {
	readonly cookies: Cookies;
	/** A proxy's sockets; null: there is none. */
	readonly proxies: BlockList | null;
	/** The token of the command that runs this service inside itself, which then answers nobody else; null for a service of its own. */
	readonly insider: string | null;
};

type Asked = {readonly deps: Deps; readonly door: Door; readonly request: Request; readonly response: Response; readonly address: string};
type Who = {readonly caller: Caller; readonly session: string | null; readonly key: string; isStillGood(): Promise<boolean>};

const always = (): Promise<boolean> => Promise.resolve(true);

const seenEveryMs = 10 * 60_000;
const proxyHeaders = ['forwarded', 'via', 'x-real-ip'];

export const doorOf = ({config}: Deps, insider: string | null): Door => ({
	cookies: cookiesFor(config.url?.startsWith('https:') === true),
	proxies: config.signIn?.proxy ? rangesOf(config.signIn.proxy.from) : null,
	insider,
});

/** What the door found out; only before it was asked there is nothing. */
export function foundOf(response: Response): Found {
	const found: unknown = response.locals['found'];
	return (found as Found | undefined) ?? {session: null, key: '', address: '', canSignIn: false, isStillGood: always};
}

const bare = (address: string | undefined): string => (address ?? '').replace(/^::ffff:(?=\d+\.)/, '');
const isAmong = (list: BlockList, address: string): boolean => list.check(address, address.includes(':') ? 'ipv6' : 'ipv4');

/** The last hop that is not a proxy of ours: what stands before it in X-Forwarded-For, anybody could have written. */
function addressOf(request: Request, {proxies}: Door): string {
	const direct = bare(request.socket.remoteAddress);
	if (proxies === null || direct === '' || !isAmong(proxies, direct)) return direct;
	const hops = (request.headersDistinct['x-forwarded-for'] ?? [])
		.join(',')
		.split(',')
		.map(hop => bare(hop.trim()));
	const outside = hops.reverse().find(hop => hop !== '' && !isAmong(proxies, hop));
	return /^[0-9a-f:.]{2,45}$/i.test(outside ?? '') ? (outside ?? direct) : direct;
}

/** Noted now and then alone: a page that is read must not wait for a write, nor fail with it. */
function keepSeen({deps}: Asked, seenAt: string | null, everyMs: number, seen: Parameters<typeof noteSeen>[1]): boolean {
	if (seenAt !== null && Date.parse(deps.clock.now()) - Date.parse(seenAt) < everyMs) return false;
	noteSeen(deps, seen).catch((error: unknown) => deps.log(`who was seen could not be noted: ${String(error)}`));
	return true;
}

async function byToken(asked: Asked, authorization: string): Promise<Who> {
	const {deps, door} = asked;
	const [, shown = ''] = /^Bearer +([!-~]+)$/i.exec(authorization) ?? [];
	if (door.insider !== null && isSameSecret(shown, door.insider)) {
		const caller: Caller = {kind: 'machine', name: 'this machine', role: 'admin', services: null, csrf: null, via: null};
		return {caller, session: null, key: 'inside', isStillGood: always};
	}
	const parts = readToken(shown);
	const look = async () => (parts === null ? null : reading(deps).tokens.find(parts.id, hashOf(parts.secret), deps.clock.now()));
	const token = door.insider === null ? await look() : null;
	// Who shows a token wants to be known by it: nothing else that the request carries may stand in for a bad one.
	if (!token)
		throw new AppError('unauthenticated', 'This token is unknown, revoked or expired; `signalbox token list` shows those in force.');
	keepSeen(asked, token.seenAt, seenEveryMs, {token: token.id});
	const name = `token ${token.name}`;
	const caller: Caller = {kind: 'token', name, role: token.role, services: token.services, csrf: null, via: name};
	return {caller, session: null, key: `token ${token.id}`, isStillGood: async () => (await look()) !== null};
}

/** What forms of somebody without a session are known by again: a cookie of their browser's own. */
function formSecret({door, request, response}: Asked, forWhom: string): string | null {
	const known = door.cookies.form(request);
	if (known !== null) return csrfOf(known, forWhom);
	if (request.path.startsWith('/api/')) return null;
	const made = newSecret();
	door.cookies.setForm(response, made);
	return csrfOf(made, forWhom);
}

const personCaller = ({name, role}: Person, csrf: string | null): Caller => ({
	...{kind: 'person', name, role, services: null, csrf, via: null},
});

/** The header's bytes, which Node reads as Latin-1, are UTF-8. */
function utf8(value: string): string {
	try {
		return new TextDecoder('utf-8', {fatal: true}).decode(Buffer.from(value, 'latin1'));
	} catch {
		throw new AppError('unauthenticated', 'The name that the proxy sent is not UTF-8.');
	}
}

async function byProxy(asked: Asked): Promise<Who | null> {
	const {deps, door, request} = asked;
	const {proxy} = deps.config.signIn ?? {proxy: null};
	if (!proxy || proxy.header === null || door.proxies === null || door.insider !== null) return null;
	const direct = bare(request.socket.remoteAddress);
	const [name, ...more] = request.headersDistinct[proxy.header] ?? [];
	if (name === undefined || name.trim() === '' || direct === '' || !isAmong(door.proxies, direct)) return null;
	if (more.length > 0) throw new AppError('unauthenticated', `The proxy sent ${proxy.header} twice: one of them is somebody else's.`);
	const text = utf8(name).trim();
	const person = (await reading(deps).people.named(text)) ?? (await meetPerson(deps, text, proxy.role));
	if (person.disabledAt !== null) throw new AppError('forbidden', `${person.name} may not come in; an admin can change that.`);
	keepSeen(asked, person.seenAt, seenEveryMs, {person: person.id, session: null, expiresAt: ''});
	const isStillGood = async (): Promise<boolean> => {
		const now = await reading(deps).people.get(person.id);
		return now !== null && now.disabledAt === null && now.role === person.role;
	};
	return {caller: personCaller(person, formSecret(asked, `person ${person.id}`)), session: null, key: `person ${person.id}`, isStillGood};
}

async function bySession(asked: Asked): Promise<Who | null> {
	const {deps, door, request, response} = asked;
	const {sessionMs} = sessionsOf(deps.config);
	const secret = door.cookies.session(request);
	if (secret === null || door.insider !== null) return null;
	const session = await reading(deps).sessions.find(hashOf(secret), deps.clock.now());
	if (!session) return null;
	const {person, hash, seenAt} = session;
	const expiresAt = plus(deps.clock.now(), sessionMs);
	const isKept = keepSeen(asked, seenAt, Math.min(seenEveryMs, sessionMs / 4), {person: person.id, session: hash, expiresAt});
	if (isKept) door.cookies.setSession(response, secret, sessionMs);
	// A new role ends the session.
	const isStillGood = async () => (await reading(deps).sessions.find(hash, deps.clock.now())) !== null;
	return {caller: personCaller(person, csrfOf(secret, `person ${person.id}`)), session: hash, key: `person ${person.id}`, isStillGood};
}

/** Somebody on this machine, and nobody who came through a proxy on it. */
function byMachine(asked: Asked): Who | null {
	const {deps, door, request} = asked;
	const {signIn, listen} = deps.config;
	const role = signIn === null ? 'deployer' : signIn.thisMachine;
	if (role === null || door.insider !== null) return null;
	if (signIn === null && !isLoopback(listen.host)) return null;
	const {remoteAddress, localAddress} = request.socket;
	if (!isLoopbackAddress(remoteAddress) || !isLoopbackAddress(localAddress) || !isLoopbackName(request.headers.host)) return null;
	const passedOn = Object.keys(request.headers).some(
		name => proxyHeaders.includes(name) || name.startsWith('x-forwarded-') || name === signIn?.proxy?.header,
	);
	if (passedOn) return null;
	const caller = {kind: 'machine', name: 'this machine', role, services: null, csrf: formSecret(asked, 'this machine')} as const;
	// Where people sign in, a name that nobody proved is told apart; where nobody can, all names are of that kind.
	return {caller: {...caller, via: signIn === null ? null : 'this machine'}, session: null, key: 'this machine', isStillGood: always};
}

async function find(asked: Asked): Promise<Who> {
	const {authorization} = asked.request.headers;
	if (authorization !== undefined) return byToken(asked, authorization);
	const who = (await byProxy(asked)) ?? (await bySession(asked)) ?? byMachine(asked);
	return who ?? {caller: nobody, session: null, key: `address ${asked.address}`, isStillGood: always};
}

/** Says for every request who asks; what it finds, `callerOf` and `foundOf` tell. Whoever shows what opens nothing is nobody, until `refuse`. */
export const findCaller =
	(deps: Deps, door: Door): RequestHandler =>
	async (request, response, next) => {
		const address = addressOf(request, door);
		const canSignIn = sessionsOf(deps.config).links;
		response.locals['found'] = {session: null, key: `address ${address}`, address, canSignIn, isStillGood: always} satisfies Found;
		try {
			const {caller, ...who} = await find({deps, door, request, response, address});
			response.locals['found'] = {...who, address, canSignIn} satisfies Found;
			setCaller(response, caller);
		} catch (error) {
			if (!(error instanceof AppError) || error.code === 'unavailable') throw error;
			response.locals['refusal'] = error;
		}
		next();
	};

/** Ends the request of whoever showed a token or a name that is refused. After the limits, so that trying costs. */
export const refuse: RequestHandler = (_request, response, next) => {
	const refusal: unknown = response.locals['refusal'];
	next(refusal);
};
