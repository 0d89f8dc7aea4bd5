/** Whoever asks the service over HTTP: with cookies as a browser keeps them, forms as its pages have them, and any header at all. */
import {once} from 'node:events';
import {request} from 'node:http';
import type {ExecutionContext} from 'ava';
import type {Deps} from '../../server/actions/deps.ts';
import {invitePerson} from '../../server/actions/invite-person.ts';
import {makeToken} from '../../server/actions/make-token.ts';
import {type AppOptions, createApp} from '../../server/app.ts';
import type {Role} from '../../server/caller.ts';

export type Asked = {
	readonly method?: string;
	readonly headers?: Readonly<Record<string, string | string[]>>;
	readonly body?: string | Uint8Array;
	/** Answers with the head alone, for what never ends. */
	readonly headOnly?: boolean;
};
export type Answer = {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	readonly text: string;
};

/** node:http, since fetch sets Host and Origin by itself. */
export function askRaw(url: string, {method = 'GET', headers = {}, body, headOnly = false}: Asked = {}): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const outgoing = request(url, {method, headers, agent: false}, response => {
			const answer = {status: response.statusCode ?? 0, headers: response.headers};
			let text = '';
			response.setEncoding('utf8').on('data', (piece: string) => {
				text += piece;
			});
			if (headOnly) {
				resolve({...answer, text});
				outgoing.destroy();
				return;
			}
			response.on('end', () => resolve({...answer, text}));
			response.on('error', reject);
		});
		outgoing.on('error', reject);
		outgoing.end(body);
	});
}

export type Visitor = {
	/** By name, as the service set them. */
	readonly jar: Map<string, string>;
	ask(path: string, asked?: Asked): Promise<Answer>;
	/** What the hidden field of a page's forms holds; empty where it has none. */
	csrf(page?: string): Promise<string>;
	/** Sends a form with the field `csrf` of the page. */
	form(path: string, fields?: Readonly<Record<string, string>>, page?: string): Promise<Answer>;
};

export const formHeaders = {'content-type': 'application/x-www-form-urlencoded'};

/** A browser with an empty jar; `headers` go with each of its requests. */
export function visitor(url: string, headers: Readonly<Record<string, string>> = {}): Visitor {
	const jar = new Map<string, string>();
	const ask = async (path: string, asked: Asked = {}): Promise<Answer> => {
		const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
		const answer = await askRaw(`${url}${path}`, {...asked, headers: {...(cookie === '' ? {} : {cookie}), ...headers, ...asked.headers}});
		for (const set of [answer.headers['set-cookie'] ?? []].flat()) {
			const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
			if (value === '') jar.delete(name);
			else jar.set(name, value);
		}
		return answer;
	};
	const csrf = async (page = '/'): Promise<string> =>
		/name="csrf" value="([^"]+)"/.exec((await ask(page, {headers: {accept: 'text/html'}})).text)?.[1] ?? '';
	return {
		...{jar, ask, csrf},
		async form(path, fields = {}, page = '/') {
			const body = new URLSearchParams({csrf: await csrf(page), ...fields}).toString();
			return ask(path, {method: 'POST', headers: {accept: 'text/html', ...formHeaders}, body});
		},
	};
}

const tester = {kind: 'person', name: 'the test'} as const;

/** The secret of a new sign-in link. */
export async function linkFor(deps: Deps, name: string, role: Role | null): Promise<string> {
	return (await invitePerson(deps, {name, role, actor: tester, where: 'in a test'})).secret;
}

/** A browser in which somebody has opened their link. */
export async function signedIn(
	t: ExecutionContext,
	{deps, url}: {deps: Deps; url: string},
	name: string,
	role: Role | null,
): Promise<Visitor> {
	const guest = visitor(url);
	const {status} = await guest.ask(`/sign-in/${await linkFor(deps, name, role)}`, {method: 'POST', headers: formHeaders, body: ''});
	t.is(status, 303, `${name} could sign in`);
	return guest;
}

/** The header of a program with a new token. */
export async function tokenHeader(
	deps: Deps,
	name: string,
	role: Role,
	{services = [], forMs = null}: {services?: readonly string[]; forMs?: number | null} = {},
): Promise<{authorization: string}> {
	const {text} = await makeToken(deps, {name, role, services, forMs, actor: tester, where: 'in a test'});
	return {authorization: `Bearer ${text}`};
}

/** Another door to the same deps. */
export async function serveApp(t: ExecutionContext, deps: Deps, options: AppOptions = {}): Promise<string> {
	const server = createApp(deps, options).listen(0, '127.0.0.1');
	t.teardown(() => server.close());
	await once(server, 'listening');
	const address = server.address();
	return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}
