/**
 * A stand-in for GitHub over real HTTP: it keeps issues and pull requests, wants its token, answers in pages, by ETag and with its limits,
 * and fails as it is told to. What it answers is computed from what it keeps.
 */
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {ExecutionContext} from 'ava';

export type KeptIssue = {
	number: number;
	title: string;
	body: string;
	labels: string[];
	state: 'open' | 'closed';
	state_reason: string | null;
	created_at: string;
	updated_at: string;
	closed_at: string | null;
	closed_by: {login: string} | null;
};
export type KeptPull = {
	number: number;
	title: string;
	body: string | null;
	state: 'open' | 'closed';
	merged: boolean;
	merge_commit_sha: string | null;
	head: string;
	base: string;
	files: {filename: string; status: string; sha: string | null; previous_filename?: string}[];
	draft?: boolean;
	labels?: string[];
	/** Messages of its commits. */
	commits?: string[];
	reviews?: {login: string; state: string; commit: string}[];
	runs?: {status: string; conclusion: string | null}[];
	statuses?: string[];
};

type Asked = {readonly method: string; readonly path: string; readonly status: number};
/** Answers instead of the stand-in; null lets it answer itself. */
export type Instead = (request: IncomingMessage, response: ServerResponse) => boolean;

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void => {
	response.writeHead(status, {'content-type': 'application/json; charset=utf-8', 'x-ratelimit-remaining': '4999', ...headers});
	response.end(status === 304 ? undefined : JSON.stringify(body));
};

export const secondaryLimit =
	(retryAfterS: number): Instead =>
	(_request, response) => {
		json(response, 403, {message: 'You have exceeded a secondary rate limit. Please wait.'}, {'retry-after': String(retryAfterS)});
		return true;
	};
export const primaryLimit =
	(resetAtMs: number): Instead =>
	(_request, response) => {
		const headers = {'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.ceil(resetAtMs / 1000))};
		json(response, 403, {message: 'API rate limit exceeded for user ID 1.'}, headers);
		return true;
	};
export const failing =
	(status: number): Instead =>
	(_request, response) => {
		json(response, status, {message: 'Server Error'});
		return true;
	};
export const silent: Instead = () => true;

export class Github {
	readonly token = 'right-token';
	readonly issues: KeptIssue[] = [];
	readonly pulls = new Map<number, KeptPull>();
	readonly asked: Asked[] = [];
	/** `owner/name` that this token sees. */
	repository = 'o/r';
	/** Where an issue was transferred to. */
	readonly moved = new Map<number, {repository: string; number: number}>();
	url = '';
	#instead: Instead[] = [];
	/** The token may see pull requests, and nothing of their tests. */
	hidesTests = false;
	/** Called after an issue was made and before that is answered. */
	onMade: ((response: ServerResponse) => void) | null = null;
	now: () => string;

	constructor(now: () => string) {
		this.now = now;
	}

	/** The next requests are answered so, one each. */
	next(...instead: Instead[]): void {
		this.#instead = [...instead];
	}

	close(number: number, login: string, reason = 'completed'): void {
		const at = this.now();
		Object.assign(this.#issue(number), {state: 'closed', state_reason: reason, closed_at: at, updated_at: at, closed_by: {login}});
	}

	reopen(number: number): void {
		const change = {state: 'open', state_reason: 'reopened', closed_at: null, updated_at: this.now(), closed_by: null};
		Object.assign(this.#issue(number), change);
	}

	remove(number: number): void {
		const index = this.issues.findIndex(issue => issue.number === number);
		this.issues.splice(index, 1);
	}

	#issue(number: number): KeptIssue {
		const found = this.issues.find(issue => issue.number === number);
		if (!found) throw new Error(`no issue ${number}`);
		return found;
	}

	readonly #shown = (issue: KeptIssue, repository = this.repository) => ({
		...issue,
		html_url: `https://github.example/${repository}/issues/${issue.number}`,
	});

	#list(url: URL, response: ServerResponse) {
		const since = url.searchParams.get('since') ?? '';
		const perPage = Number(url.searchParams.get('per_page') ?? 30);
		const page = Number(url.searchParams.get('page') ?? 1);
		const all = this.issues.filter(issue => since === '' || issue.updated_at >= since).toReversed();
		const isLast = page * perPage >= all.length;
		const link = isLast ? {} : {link: `<${this.url}${url.pathname}?page=${page + 1}>; rel="next"`};
		json(
			response,
			200,
			all.slice((page - 1) * perPage, page * perPage).map(issue => this.#shown(issue)),
			link,
		);
	}

	#add(body: {title?: string; body?: string; labels?: string[]}, response: ServerResponse) {
		if (!body.title) return json(response, 422, {message: 'Validation Failed', errors: [{field: 'title', code: 'missing_field'}]});
		const at = this.now();
		const issue: KeptIssue = {
			...{number: 11 + this.issues.length, title: body.title, body: body.body ?? '', labels: body.labels ?? [], state: 'open'},
			...{state_reason: null, created_at: at, updated_at: at, closed_at: null, closed_by: null},
		};
		this.issues.push(issue);
		this.onMade?.(response);
		if (!response.destroyed) json(response, 201, this.#shown(issue));
	}

	#read(number: number, request: IncomingMessage, response: ServerResponse) {
		const to = this.moved.get(number);
		if (to) return json(response, 301, {message: 'Moved Permanently'}, {location: `${this.url}/repositories/7/issues/${to.number}`});
		const issue = this.issues.find(each => each.number === number);
		if (!issue) return json(response, 410, {message: 'This issue was deleted'});
		const body = this.#shown(issue);
		const etag = `"${createHash('sha256').update(JSON.stringify(body)).digest('hex')}"`;
		json(response, request.headers['if-none-match'] === etag ? 304 : 200, body, {etag});
	}

	#pull(number: number, response: ServerResponse) {
		const pull = this.pulls.get(number);
		if (!pull) return json(response, 404, {message: 'Not Found'});
		const repo = {full_name: this.repository};
		json(response, 200, {
			...{number, title: pull.title, body: pull.body, state: pull.state, merged: pull.merged, user: {login: 'robin'}},
			...{
				merge_commit_sha: pull.merge_commit_sha,
				changed_files: pull.files.length,
				draft: pull.draft ?? false,
				additions: 5,
				deletions: 2,
			},
			...{labels: (pull.labels ?? []).map(name => ({name})), html_url: `https://github.example/${this.repository}/pull/${number}`},
			...{head: {sha: pull.head, ref: 'topic', repo}, base: {ref: pull.base, repo}},
		});
	}

	#more(number: number, what: string, url: URL, response: ServerResponse) {
		const perPage = Number(url.searchParams.get('per_page') ?? 30);
		const page = Number(url.searchParams.get('page') ?? 1);
		const {files = [], commits = [], reviews = []} = this.pulls.get(number) ?? {};
		const lists: Readonly<Record<string, readonly unknown[]>> = {
			files,
			commits: commits.map(message => ({sha: '0'.repeat(40), commit: {message}})),
			reviews: reviews.map(({login, state, commit}) => ({user: {login}, state, commit_id: commit})),
		};
		const list = lists[what];
		json(response, list === undefined ? 404 : 200, list?.slice((page - 1) * perPage, page * perPage) ?? {message: 'Not Found'});
	}

	#tests(sha: string, what: string, response: ServerResponse) {
		if (this.hidesTests) return json(response, 403, {message: 'Resource not accessible by personal access token'});
		const {runs = [], statuses = []} = [...this.pulls.values()].find(({head}) => head === sha) ?? {};
		if (what === 'check-runs') return json(response, 200, {total_count: runs.length, check_runs: runs});
		json(response, 200, {state: 'success', statuses: statuses.map(state => ({state}))});
	}

	async answer(request: IncomingMessage, response: ServerResponse) {
		let text = '';
		for await (const piece of request) text += String(piece);
		const url = new URL(request.url ?? '/', this.url);
		response.on('finish', () => this.asked.push({method: request.method ?? '', path: url.pathname, status: response.statusCode}));
		if (request.headers.authorization !== `Bearer ${this.token}`) return json(response, 401, {message: 'Bad credentials'});
		if (!request.headers['user-agent']) return json(response, 403, {message: 'Request forbidden by administrative rules.'});
		if (this.#instead.shift()?.(request, response)) return;
		if (url.pathname.startsWith('/repositories/7/issues/')) {
			const number = Number(url.pathname.split('/').at(-1));
			const [from, to] = [...this.moved].find(([, there]) => there.number === number) ?? [];
			const issue = this.issues.find(each => each.number === from);
			if (!issue || !to) return json(response, 404, {message: 'Not Found'});
			return json(response, 200, this.#shown({...issue, number}, to.repository), {etag: '"moved"'});
		}
		const base = `/repos/${this.repository}`;
		if (!url.pathname.startsWith(`${base}/`)) return json(response, 404, {message: 'Not Found'});
		const [kind, number, more] = url.pathname.slice(base.length + 1).split('/');
		if (kind === 'issues' && number === undefined && request.method === 'POST') return this.#add(JSON.parse(text), response);
		if (kind === 'issues' && number === undefined) return this.#list(url, response);
		if (kind === 'issues') return this.#read(Number(number), request, response);
		if (kind === 'pulls' && more !== undefined) return this.#more(Number(number), more, url, response);
		if (kind === 'commits' && number !== undefined && more !== undefined) return this.#tests(number, more, response);
		if (kind === 'pulls') return this.#pull(Number(number), response);
		json(response, 404, {message: 'Not Found'});
	}
}

export async function githubUnderTest(t: ExecutionContext, now: () => string = () => new Date().toISOString()): Promise<Github> {
	const github = new Github(now);
	const server = createServer((request, response) => void github.answer(request, response));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	github.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return github;
}
