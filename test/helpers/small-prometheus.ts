/**
 * A small stand-in for Prometheus' HTTP API over real HTTP, for what the real one cannot be brought to answer: it holds samples, evaluates
 * range selectors against them, and fails in any way that it is told to. What a healthy server answers is tried on the real one.
 */
import {once} from 'node:events';
import {createServer, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {ExecutionContext} from 'ava';
import {parseSelector} from '../../server/integrations/prometheus/selector.ts';

export const answersInPart = [
	'warnings',
	'infos',
	'error',
	'too-many-samples',
	'scalar',
	'histograms',
	'no-text',
	'another-service',
] as const;
export const answersOfOthers = ['html', 'half', 'empty', 'silent', 'redirect', '401', '429', '503'] as const;
export type PrometheusFault = (typeof answersInPart)[number] | (typeof answersOfOthers)[number];

type Held = {readonly labels: Readonly<Record<string, string>>; readonly samples: [number, string][]};

export type SmallPrometheus = {
	readonly url: string;
	/** Adds a sample; `value` is written as Prometheus writes it: `12`, `NaN`, `+Inf`. */
	sample(name: string, labels: Readonly<Record<string, string>>, atMs: number, value: string | number): void;
	fail(fault: PrometheusFault | null): void;
	readonly asked: readonly {readonly query: string; readonly bytes: number}[];
	readonly inFlightMax: () => number;
};

const data = (resultType: string, result: unknown, more: object = {}) => ({status: 'success', data: {resultType, result}, ...more});

function evaluate(held: ReadonlyMap<string, Held>, query: string, atSeconds: number): Record<string, unknown> {
	const range = /^(.*)\[(\d+)ms\]$/s.exec(query);
	// Anything else is a doctor's question or the count of a day: one value that says that something is there.
	if (range === null) return data('vector', [{metric: {instance: 'b1'}, value: [atSeconds, '4']}]);
	const parsed = parseSelector(range[1] ?? '');
	if ('problem' in parsed) return {status: 'error', errorType: 'bad_data', error: parsed.problem};
	const toMs = atSeconds * 1000;
	const fromMs = toMs - Number(range[2]);
	const isMeant = ({labels}: Held): boolean =>
		labels['__name__'] === parsed.name &&
		parsed.matchers.every(({label, operator, value}) => {
			const isRegex = operator.endsWith('~');
			const matches = isRegex
				? new RegExp(`^(?:${value.replace('(?i:', '(?:')})$`).test(labels[label] ?? '')
				: (labels[label] ?? '') === value;
			return operator.startsWith('=') ? matches : !matches;
		});
	const result = [...held.values()].filter(isMeant).flatMap(({labels, samples}) => {
		const values = samples.filter(([atMs]) => atMs > fromMs && atMs <= toMs).map(([atMs, value]) => [atMs / 1000, value]);
		return values.length === 0 ? [] : [{metric: labels, values}];
	});
	return data('matrix', result);
}

function failing(fault: PrometheusFault, whole: Record<string, unknown>, response: ServerResponse): void {
	const send = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}) => {
		response.writeHead(status, {'content-type': 'application/json', ...headers});
		response.end(typeof value === 'string' ? value : JSON.stringify(value));
	};
	const text = JSON.stringify(whole);
	const ways: Readonly<Record<PrometheusFault, () => void>> = {
		warnings: () => send(200, {...whole, warnings: ['store 10.0.0.7:10901 is not reachable: partial_response']}),
		infos: () => send(200, {...whole, infos: ['PromQL info: something was left out']}),
		error: () => send(500, {status: 'error', errorType: 'internal', error: 'expanding series: no space left on device'}),
		'too-many-samples': () =>
			send(422, {
				status: 'error',
				errorType: 'execution',
				error: 'query processing would load too many samples into memory in query execution',
			}),
		scalar: () => send(200, data('scalar', [1, '1'])),
		histograms: () => send(200, data('matrix', [{metric: {instance: 'c1'}, values: [], histograms: [[1, {count: '1'}]]}])),
		'no-text': () => send(200, data('matrix', [{metric: {instance: 'c1'}, values: [[1, 2]]}])),
		'another-service': () => send(200, {ok: true}),
		html: () => send(200, '<html><title>oauth2-proxy</title>', {'content-type': 'text/html'}),
		half: () => send(200, text.slice(0, text.length / 2)),
		empty: () => send(200, ''),
		silent: () => undefined,
		redirect: () => send(302, '', {location: 'https://idp.example/login'}),
		'401': () => send(401, 'Unauthorized', {'content-type': 'text/plain'}),
		'429': () => send(429, 'slow down', {'content-type': 'text/plain', 'retry-after': '1'}),
		'503': () => send(503, {status: 'error', errorType: 'timeout', error: 'query timed out in expression evaluation'}),
	};
	ways[fault]();
}

/** Starts one on a free port; it ends with the test. */
export async function smallPrometheus(t: ExecutionContext): Promise<SmallPrometheus> {
	const held = new Map<string, Held>();
	const asked: {query: string; bytes: number}[] = [];
	let fault: PrometheusFault | null = null;
	let inFlight = 0;
	let inFlightMax = 0;
	const server = createServer((request, response) => {
		inFlight += 1;
		inFlightMax = Math.max(inFlight, inFlightMax);
		response.once('close', () => {
			inFlight -= 1;
		});
		let body = '';
		request.setEncoding('utf8').on('data', (text: string) => {
			body += text;
		});
		request.once('end', () => {
			const form = new URLSearchParams(body);
			const answer = evaluate(held, form.get('query') ?? '', Number(form.get('time')));
			if (fault !== null) return failing(fault, answer, response);
			const text = JSON.stringify(answer);
			asked.push({query: form.get('query') ?? '', bytes: text.length});
			response.writeHead(200, {'content-type': 'application/json'});
			response.end(text);
		});
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		sample(name, labels, atMs, value) {
			const whole = {__name__: name, ...labels};
			const key = JSON.stringify(whole);
			const series: Held = held.get(key) ?? {labels: whole, samples: []};
			series.samples.push([atMs, String(value)]);
			held.set(key, series);
		},
		fail(next) {
			fault = next;
		},
		asked,
		inFlightMax: () => inFlightMax,
	};
}
