/** The questions to Elasticsearch and OpenSearch, in what both document: query DSL, terms, date_histogram, max, min, cardinality. */
import type {ElasticsearchConfig} from '../../config.ts';
import {bucketMs} from '../log-files/buckets.ts';
import type {Window} from '../polled/bucket-book.ts';

/** More host names than this within one window are not told apart: the answer is then refused. */
export const hostsMax = 10_000;
/** Up to here cardinality is near to exact (Elasticsearch, "Cardinality aggregation", precision_threshold). */
const precision = 3000;

const queryString = (query: string) => ({query_string: {query, analyze_wildcard: true}});

const within = ({timeField}: ElasticsearchConfig, {fromMs, toMs}: Window) => ({
	range: {[timeField]: {gte: fromMs, lt: toMs, format: 'epoch_millis'}},
});

const hosts = (hostField: string, aggs: object) => ({terms: {field: hostField, size: hostsMax}, aggs});

/** Its own limit ends before ours, so that it says itself that the answer is a part. */
const limits = ({timeoutMs}: ElasticsearchConfig) => ({size: 0, track_total_hits: true, timeout: `${Math.ceil(timeoutMs * 0.8)}ms`});

/** Which hosts were heard within a window, at any level, and what counts of theirs, by buckets. */
export function windowBody(config: ElasticsearchConfig, hostField: string, window: Window): object {
	const {timeField, alive, query, requestField} = config;
	const requests =
		requestField === null
			? {}
			: {
					aggs: {
						requests: {cardinality: {field: requestField, precision_threshold: precision}},
						without: {missing: {field: requestField}},
					},
				};
	const buckets = {date_histogram: {field: timeField, fixed_interval: `${bucketMs / 1000}s`, min_doc_count: 1}, ...requests};
	return {
		...limits(config),
		query: {bool: {filter: [within(config, window)]}},
		aggs: {
			alive: {
				filter: alive === null ? {match_all: {}} : queryString(alive),
				aggs: {hosts: hosts(hostField, {newest: {max: {field: timeField}}, oldest: {min: {field: timeField}}})},
			},
			counted: {filter: queryString(query), aggs: {hosts: hosts(hostField, {buckets})}},
		},
	};
}

/** How many documents counted within a window, by hosts. */
export const totalsBody = (config: ElasticsearchConfig, hostField: string, window: Window): object => ({
	...limits(config),
	query: {bool: {filter: [within(config, window), queryString(config.query)]}},
	aggs: {hosts: hosts(hostField, {})},
});

/** Which hosts wrote anything within a window. */
export const namesBody = (config: ElasticsearchConfig, hostField: string, window: Window): object => ({
	...limits(config),
	query: {bool: {filter: [within(config, window), ...(config.alive === null ? [] : [queryString(config.alive)])]}},
	aggs: {hosts: hosts(hostField, {newest: {max: {field: config.timeField}}}), newest: {max: {field: config.timeField}}},
});
