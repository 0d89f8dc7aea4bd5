/** The questions to Prometheus: raw samples of a selector over a time (an instant query with a range), and one value for each series. */
import type {PrometheusConfig} from '../../config.ts';
import {type JsonAnswer, type JsonSource, jsonSource} from '../polled/ask-json.ts';
import {SourceTrouble} from '../polled/source-trouble.ts';
import {errorOf, readMatrix, readVector, type Series, withRemedy} from './read-matrix.ts';
import {hostMatcher, parseSelector, type Selector, withMatcher, writeSelector} from './selector.ts';

export type Queries = {
	readonly source: JsonSource;
	/** Raw samples from `fromMs` (excluded) to `toMs` (included), of the configured hosts. */
	samples(selector: Selector, fromMs: number, toMs: number, abort: AbortSignal): Promise<readonly Series[]>;
	/** The value of an expression at a time. */
	values(expression: string, atMs: number, abort: AbortSignal): Promise<ReturnType<typeof readVector>>;
	/** The same selector, for the configured hosts alone. */
	narrowed(selector: Selector): string;
	/** Any answer at all, with its headers. */
	probe(atMs: number, abort: AbortSignal): Promise<JsonAnswer>;
};

const bytesMax = 32 * 1024 * 1024;

/** A selector that the configuration has checked already. */
export function selectorOf(text: string): Selector {
	const parsed = parseSelector(text);
	if ('problem' in parsed) throw new SourceTrouble(parsed.problem);
	return parsed;
}

export function openQueries(config: PrometheusConfig, hosts: readonly string[], nowMs: () => number): Queries {
	const source = jsonSource(config, {errorOf, nowMs, bytesMax});
	const matcher = hostMatcher(config.hostLabel, hosts);
	const narrowed = (selector: Selector) => writeSelector(withMatcher(selector, matcher));
	const query = async (expression: string, atMs: number, abort: AbortSignal): Promise<JsonAnswer> => {
		const timeout = `${Math.ceil(config.timeoutMs * 0.8)}ms`;
		const body = new URLSearchParams({query: expression, time: String(atMs / 1000), timeout}).toString();
		try {
			return await source.ask({path: '/api/v1/query', method: 'POST', contentType: 'application/x-www-form-urlencoded', body, abort});
		} catch (error) {
			throw error instanceof SourceTrouble ? withRemedy(error) : error;
		}
	};
	const read = async <T>(expression: string, atMs: number, abort: AbortSignal, reader: (value: unknown) => T): Promise<T> => {
		try {
			return reader((await query(expression, atMs, abort)).value);
		} catch (error) {
			throw error instanceof SourceTrouble && !error.message.startsWith(source.name)
				? new SourceTrouble(`${source.name}: ${error.message}`, error)
				: error;
		}
	};
	return {
		source,
		narrowed,
		samples: (selector, fromMs, toMs, abort) =>
			read(`${narrowed(selector)}[${Math.max(1, Math.round(toMs - fromMs))}ms]`, toMs, abort, readMatrix),
		// A note on how the query is written is no answer in part.
		values: (expression, atMs, abort) => read(expression, atMs, abort, value => readVector(value, true)),
		probe: (atMs, abort) => query('vector(1)', atMs, abort),
	};
}
