/**
 * A stand-in for Elasticsearch 7.17 and 8 and OpenSearch 2 over real HTTP. It holds documents and evaluates what it is asked against them:
 * it never answers a fixed body. It can fail in every way that the real ones do, and its answers in part are really in part.
 */
import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {ExecutionContext} from 'ava';
import {aggregations, clause, type Document, type Mapping, SearchError} from './elasticsearch-search.ts';

export type Flavour = '7.17' | '8' | 'opensearch-2';

export const faults = [
	...['html', 'login', 'redirect', 'half', 'empty', 'silent', 'reset', 'huge', '401', '403', '429', '500', '503', 'another-service'],
	...['shards-failed', 'shards-unassigned', 'timed-out', 'terminated-early', 'relation-gte', 'clusters-skipped'],
	...['hosts-left-out', 'counts-off', 'times-left-out'],
] as const;
export type Fault = (typeof faults)[number];

export type Elasticsearch = {
	readonly url: string;
	add(...documents: readonly Document[]): void;
	/** From now on every search fails like this; null: none does. */
	fail(fault: Fault | null): void;
	/** What was asked: paths and bodies. */
	readonly asked: readonly {readonly path: string; readonly body: string; readonly bytes: number}[];
	/** How many were answered at the same time, at most. */
	readonly inFlightMax: () => number;
	/** How many questions failed whole. */
	readonly failed: () => number;
};

export type ElasticsearchOptions = {
	readonly flavour?: Flavour;
	readonly textFields?: readonly string[];
	/** What `authorization` must say. */
	readonly authorization?: string;
	readonly index?: string;
	/** hits.total as a number, as with rest_total_hits_as_int. */
	readonly totalAsNumber?: boolean;
	/** Its clock, seconds ahead of ours. */
	readonly aheadSeconds?: number;
};

const shards = 5;
const numbers: Readonly<Record<Flavour, string>> = {'7.17': '7.17.29', '8': '8.19.3', 'opensearch-2': '2.19.2'};

const errorBody = (status: number, type: string, reason: string): string =>
	JSON.stringify({
		error: {
			root_cause: [{type, reason}],
			type: status === 400 && type !== 'parsing_exception' ? 'search_phase_execution_exception' : type,
			reason: status === 400 ? 'all shards failed' : reason,
		},
		status,
	});

class StandIn {
	readonly documents: Document[] = [];
	readonly asked: {path: string; body: string; bytes: number}[] = [];
	readonly options: ElasticsearchOptions;
	fault: Fault | null = null;
	failures = 0;
	inFlight = 0;
	inFlightMax = 0;

	constructor(options: ElasticsearchOptions) {
		this.options = options;
	}

	get flavour(): Flavour {
		return this.options.flavour ?? '8';
	}

	get index(): string {
		return this.options.index ?? 'logstash-2026.03.02';
	}

	send(response: ServerResponse, status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
		const product: Record<string, string> = this.flavour === 'opensearch-2' ? {} : {'x-elastic-product': 'Elasticsearch'};
		response.writeHead(status, {
			...{'content-type': this.flavour === '8' ? 'application/json' : 'application/json; charset=UTF-8'},
			...{date: new Date(Date.now() + (this.options.aheadSeconds ?? 0) * 1000).toUTCString()},
			...product,
			...headers,
		});
		response.end(text);
	}

	answer(request: IncomingMessage, body: string, response: ServerResponse): void {
		const {authorization} = this.options;
		const url = new URL(request.url ?? '/', 'http://x');
		const found = /^\/([^/]+)\/_search$/.exec(url.pathname);
		if (authorization !== undefined && request.headers.authorization !== authorization) this.refuse(response);
		else if (this.fault !== null && this.failWhole(this.fault, response)) return;
		else if (url.pathname === '/') this.send(response, 200, JSON.stringify(this.root()));
		else if (found === null || request.method !== 'POST') {
			const reason = `no handler found for uri [${url.pathname}] and method [${request.method}]`;
			this.send(response, 400, errorBody(400, 'illegal_argument_exception', reason));
		} else this.answerSearch(decodeURIComponent(found[1] ?? ''), url, body, response);
	}

	refuse(response: ServerResponse): void {
		const reason = 'missing authentication credentials for REST request';
		this.send(response, 401, errorBody(401, 'security_exception', reason), {'www-authenticate': 'Basic realm="security", charset="UTF-8"'});
	}

	answerSearch(pattern: string, url: URL, body: string, response: ServerResponse): void {
		try {
			const answer = JSON.stringify(this.search(pattern, url.searchParams, JSON.parse(body) as Record<string, unknown>));
			this.asked.push({path: url.pathname, body, bytes: answer.length});
			this.send(response, 200, answer);
		} catch (error) {
			if (!(error instanceof SearchError)) throw error;
			const status = error.type === 'index_not_found_exception' ? 404 : 400;
			this.send(response, status, errorBody(status, error.type, error.message));
		}
	}

	root(): unknown {
		const isOpenSearch = this.flavour === 'opensearch-2';
		return {
			...{name: 'node-1', cluster_name: 'logs', cluster_uuid: 'x'},
			version: {
				...(isOpenSearch ? {distribution: 'opensearch'} : {build_flavor: 'default'}),
				number: numbers[this.flavour],
				lucene_version: '9.12.0',
			},
			tagline: isOpenSearch ? 'The OpenSearch Project: https://opensearch.org/' : 'You Know, for Search',
		};
	}

	/** Failures that answer no search at all. */
	failWhole(fault: Fault, response: ServerResponse): boolean {
		const html = {'content-type': 'text/html'};
		const ways: Partial<Record<Fault, () => void>> = {
			html: () => this.send(response, 502, '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>', html),
			login: () => this.send(response, 200, '<!doctype html><title>Sign in</title><form>', html),
			redirect: () => this.send(response, 302, '', {location: 'https://idp.example/login'}),
			empty: () => this.send(response, 200, ''),
			silent: () => undefined,
			reset: () => void response.destroy(),
			huge: () => this.send(response, 200, `{"x":"${'x'.repeat(17 * 1024 * 1024)}"}`),
			'401': () => this.send(response, 401, errorBody(401, 'security_exception', 'unable to authenticate user [gate]')),
			'403': () => this.send(response, 403, errorBody(403, 'security_exception', 'action [indices:data/read/search] is unauthorized')),
			'429': () =>
				this.send(response, 429, errorBody(429, 'es_rejected_execution_exception', 'rejected execution of search'), {'retry-after': '2'}),
			'500': () => this.send(response, 500, errorBody(500, 'null_pointer_exception', 'Cannot invoke')),
			'503': () =>
				this.send(response, 503, errorBody(503, 'cluster_block_exception', 'blocked by: [SERVICE_UNAVAILABLE/1/state not recovered]')),
			'another-service': () => this.send(response, 200, '{"status":"ok"}'),
		};
		const way = ways[fault];
		if (way !== undefined) this.failures += 1;
		way?.();
		return way !== undefined;
	}

	search(pattern: string, parameters: URLSearchParams, body: Record<string, unknown>): unknown {
		const isMatched = this.matchIndex(pattern, parameters);
		const {fault} = this;
		const isPartial =
			fault === 'shards-failed' ||
			fault === 'shards-unassigned' ||
			fault === 'timed-out' ||
			fault === 'terminated-early' ||
			fault === 'clusters-skipped';
		// One shard of five is away: so are its documents.
		const held = this.documents.filter((_, index) => isMatched && !(isPartial && index % shards === 0));
		const {size, track_total_hits: track, query, aggs, timeout, ...others} = body;
		const unknown = Object.keys(others)[0];
		if (unknown !== undefined || size !== 0 || track !== true || !/^\d+ms$/.test(String(timeout)))
			throw new SearchError('parsing_exception', `Unknown key for a START_OBJECT in [${unknown ?? 'search'}].`);
		const mapping: Mapping = {
			textFields: this.options.textFields ?? [],
			termsMax: fault === 'hosts-left-out' ? 1 : null,
			isOpenSearch: this.flavour === 'opensearch-2',
		};
		const hits = held.filter(clause(query, mapping));
		const value = hits.length;
		const total = this.options.totalAsNumber ? value : {value, relation: fault === 'relation-gte' ? 'gte' : 'eq'};
		const answer = {
			took: 3,
			timed_out: fault === 'timed-out',
			...(fault === 'terminated-early' ? {terminated_early: true} : {}),
			_shards: this.shardsOf(isMatched),
			...(fault === 'clusters-skipped' ? {_clusters: {total: 2, successful: 1, skipped: 1}} : {}),
			hits: {total, max_score: null, hits: []},
			...(isMatched ? {aggregations: aggregations(aggs, hits, mapping)} : {}),
		};
		return fault === 'counts-off' || fault === 'times-left-out' ? spoilt(answer, fault) : answer;
	}

	shardsOf(isMatched: boolean): unknown {
		if (!isMatched) return {total: 0, successful: 0, skipped: 0, failed: 0};
		if (this.fault === 'shards-unassigned') return {total: shards, successful: shards - 1, skipped: 0, failed: 0};
		if (this.fault !== 'shards-failed') return {total: shards, successful: shards, skipped: 1, failed: 0};
		const reason = {type: 'circuit_breaking_exception', reason: '[parent] Data too large'};
		return {total: shards, successful: shards - 1, skipped: 0, failed: 1, failures: [{shard: 0, index: this.index, node: 'n1', reason}]};
	}

	matchIndex(pattern: string, parameters: URLSearchParams): boolean {
		const known = ['ignore_unavailable', 'allow_no_indices'];
		for (const name of parameters.keys())
			if (!known.includes(name))
				throw new SearchError('illegal_argument_exception', `request [/_search] contains unrecognized parameter: [${name}]`);
		const isMatched = pattern.split(',').map(part => {
			const matches = new RegExp(`^${part.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(this.index);
			const isAllowed = part.includes('*')
				? parameters.get('allow_no_indices') !== 'false'
				: parameters.get('ignore_unavailable') === 'true';
			if (!matches && !isAllowed) throw new SearchError('index_not_found_exception', `no such index [${part}]`);
			return matches;
		});
		return isMatched.some(Boolean);
	}
}

/** Counts of hosts that the shards did not agree on, or a histogram that was cut. */
function spoilt(answer: object, fault: 'counts-off' | 'times-left-out'): unknown {
	return JSON.parse(
		JSON.stringify(answer, (key, value: unknown) => {
			if (fault === 'counts-off' && key === 'doc_count_error_upper_bound') return 7;
			const isHistogram = Array.isArray(value) && value.some(one => typeof one === 'object' && one !== null && 'key_as_string' in one);
			return fault === 'times-left-out' && isHistogram && Array.isArray(value) ? value.slice(1) : value;
		}),
	);
}

/** Starts one on a free port; it ends with the test. */
export async function elasticsearchUnderTest(t: ExecutionContext, options: ElasticsearchOptions = {}): Promise<Elasticsearch> {
	const standIn = new StandIn(options);
	const server = createServer((request, response) => {
		standIn.inFlight += 1;
		standIn.inFlightMax = Math.max(standIn.inFlight, standIn.inFlightMax);
		response.once('close', () => {
			standIn.inFlight -= 1;
		});
		let body = '';
		request.setEncoding('utf8');
		request.on('data', (text: string) => {
			body += text;
		});
		request.once('end', () => {
			if (standIn.fault === 'half') cutInHalf(response);
			standIn.answer(request, body, response);
		});
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		add: (...documents) => void standIn.documents.push(...documents),
		fail: fault => {
			standIn.fault = fault;
		},
		asked: standIn.asked,
		inFlightMax: () => standIn.inFlightMax,
		failed: () => standIn.failures,
	};
}

/** A proxy that gives up in the middle, and ends the answer as if it were whole. */
function cutInHalf(response: ServerResponse): void {
	const end = response.end.bind(response);
	response.end = ((text: string) => end(text.slice(0, text.length / 2))) as typeof response.end;
}

/** A document as Logstash writes it. */
export const logDocument = (atMs: number, host: string, more: Document = {}): Document => ({
	'@timestamp': new Date(atMs).toISOString(),
	host,
	level: 'ERROR',
	channel: 'exception',
	type: 'mediawiki',
	message: 'Something broke',
	...more,
});
