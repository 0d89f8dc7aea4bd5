/**
 * A stand-in for Gerrit over real HTTP, after Documentation/rest-api*.txt: `)]}'` before its JSON, pages by `n` and `S` with
 * `_more_changes`, basic authentication below /a/, plain text for mistakes. It fails as it is told to.
 */
import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {ExecutionContext} from 'ava';

export type KeptChange = {
	number: number;
	project: string;
	branch: string;
	change_id: string;
	subject: string;
	message: string;
	sha: string;
	status: 'NEW' | 'MERGED' | 'ABANDONED';
	/** Private changes are not there for others. */
	isPrivate: boolean;
	/** Label -> account -> vote. */
	votes: Record<string, Record<string, number>>;
	more: Record<string, unknown>;
	files: Record<string, unknown>;
	/** Numbers, newest first, itself among them. */
	related: number[];
	together: number[];
	hidden: number;
};

type Asked = {readonly path: string; readonly url: string; readonly status: number};
/** Answers instead of the stand-in; false lets it answer itself. */
export type Instead = (request: IncomingMessage, response: ServerResponse) => boolean;

const text = (response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void => {
	response.writeHead(status, {'content-type': 'text/plain; charset=utf-8', ...headers});
	response.end(body);
};
const json = (response: ServerResponse, body: unknown): void => {
	response.writeHead(200, {'content-type': 'application/json; charset=utf-8'});
	response.end(`)]}'\n${JSON.stringify(body)}\n`);
};

export const answering =
	(status: number, body: string, headers: Record<string, string> = {}): Instead =>
	(_request, response) => {
		text(response, status, body, headers);
		return true;
	};
export const silent: Instead = () => true;
/** The connection ends within the JSON, which a proxy without a length hides from the reader. */
export const truncated: Instead = (_request, response) => {
	response.writeHead(200, {'content-type': 'application/json'});
	response.end(`)]}'\n[{"_number": 12, "project": "p`);
	return true;
};
export const aPage = answering(200, '<!DOCTYPE html><html><title>Sign in</title></html>', {'content-type': 'text/html'});

const ranges: Record<string, number[]> = {'Code-Review': [-2, -1, 0, 1, 2], Verified: [-1, 0, 1]};

export class Gerrit {
	readonly user = 'signalbox';
	readonly password = 'http-password';
	readonly changes: KeptChange[] = [];
	readonly asked: Asked[] = [];
	/** At most so many in one answer, whatever `n` says. */
	pageMax = 500;
	url = '';
	#instead: Instead[] = [];
	always: Instead | null = null;

	add(number: number, more: Partial<KeptChange> = {}): KeptChange {
		const digits = String(number).padStart(40, '0');
		const change: KeptChange = {
			...{number, project: 'app', branch: 'main', change_id: `I${digits}`, subject: `Change ${number}`, status: 'MERGED', isPrivate: false},
			...{message: `Change ${number}\n\nChange-Id: I${digits}\n`, sha: digits.replace(/^0/, 'a'), votes: {}, more: {}, files: {}},
			...{related: [number], together: [], hidden: 0},
			...more,
		};
		this.changes.push(change);
		return change;
	}

	next(...instead: Instead[]): void {
		this.#instead = [...instead];
	}

	#info(change: KeptChange) {
		const {number, project, branch, change_id, subject, status, sha, message, votes, files, more} = change;
		const labels = Object.fromEntries(
			Object.entries(votes).map(([label, given]) => {
				const all = Object.entries(given).map(([username, value]) => ({value, username, _account_id: username.length}));
				const values = ranges[label] ?? [0];
				const [lowest = 0, highest = 0] = [Math.min(...values), Math.max(...values)];
				return [
					label,
					{
						all,
						values: Object.fromEntries(values.map(value => [value > 0 ? `+${value}` : value === 0 ? ' 0' : String(value), 'said'])),
						...(all.some(({value}) => value === highest) ? {approved: {_account_id: 1}} : {}),
						...(all.some(({value}) => value === lowest) ? {rejected: {_account_id: 2}} : {}),
					},
				];
			}),
		);
		const author = {name: 'Robin', email: 'robin@example.org', date: '2026-03-02 10:00:00.000000000', tz: 0};
		return {
			...{id: `${project}~${number}`, project, branch, change_id, subject, status, _number: number, labels, insertions: 3, deletions: 4},
			...{owner: {_account_id: 7, username: 'robin', name: 'Robin'}, current_revision: sha, updated: '2026-03-02 10:00:00.000000000'},
			revisions: {[sha]: {_number: 1, ref: 'refs/changes/1', commit: {subject, message, author, committer: author, parents: []}, files}},
			...more,
		};
	}

	#query(url: URL, response: ServerResponse) {
		const terms = (url.searchParams.get('q') ?? '').split(' OR ');
		if (terms.some(term => !/^(?:change|commit):\S+$/.test(term))) return text(response, 400, 'line 1: no viable alternative');
		const names = terms.map(term => term.slice(term.indexOf(':') + 1));
		const isNamed = ({number, change_id, sha}: KeptChange): boolean =>
			names.some(name => String(number) === name || change_id.startsWith(name) || sha === name);
		const all = this.changes.filter(change => !change.isPrivate && isNamed(change));
		const start = Number(url.searchParams.get('S') ?? 0);
		const count = Math.min(this.pageMax, Number(url.searchParams.get('n') ?? 25));
		const page = all.slice(start, start + count).map(change => this.#info(change));
		const last = page.at(-1);
		if (last && start + count < all.length) Object.assign(last, {_more_changes: true});
		json(response, page);
	}

	#one(rest: string, response: ServerResponse) {
		const [id = '', ...path] = rest.split('/').map(decodeURIComponent);
		const change = this.changes.find(({number, isPrivate}) => !isPrivate && String(number) === id.split('~').at(-1));
		if (!change) return text(response, 404, `Not found: ${id}\n`);
		const named = (number: number) => this.changes.find(each => each.number === number);
		const what = path.join('/');
		if (what === 'detail') return json(response, this.#info(change));
		if (what === 'revisions/current/related') {
			const changes = change.related.map(number => ({
				...{project: change.project, change_id: named(number)?.change_id, _change_number: number, _revision_number: 1},
				...{status: named(number)?.status, commit: {commit: named(number)?.sha, parents: [], subject: named(number)?.subject}},
			}));
			return json(response, {changes});
		}
		if (what !== 'submitted_together') return text(response, 404, 'Not found\n');
		const changes = change.together.flatMap(number => named(number) ?? []).map(each => this.#info(each));
		json(response, {changes, non_visible_changes: change.hidden});
	}

	answer(request: IncomingMessage, response: ServerResponse) {
		const url = new URL(request.url ?? '/', 'http://gerrit.example');
		response.on('close', () => this.asked.push({path: url.pathname, url: url.href, status: response.statusCode}));
		if (this.always?.(request, response) || this.#instead.shift()?.(request, response)) return;
		const isSigned = url.pathname.startsWith('/r/a/');
		const wanted = `Basic ${Buffer.from(`${this.user}:${this.password}`).toString('base64')}`;
		if (isSigned && request.headers.authorization !== wanted) return text(response, 401, 'Unauthorized');
		const path = url.pathname.replace(isSigned ? '/r/a' : '/r', '');
		if (path === '/changes/') return this.#query(url, response);
		if (path.startsWith('/changes/')) return this.#one(path.slice('/changes/'.length), response);
		text(response, 404, 'Not Found');
	}
}

export async function gerritUnderTest(t: ExecutionContext): Promise<Gerrit> {
	const gerrit = new Gerrit();
	const server = createServer((request, response) => gerrit.answer(request, response));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	gerrit.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/r`;
	return gerrit;
}
