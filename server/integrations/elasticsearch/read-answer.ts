/**
 * Answers of Elasticsearch 7 and 8 and of OpenSearch 2, as they document them. An answer that is not whole is a SourceTrouble: by default
 * these servers answer 200 with what some of the shards knew (Elasticsearch, "Search API", `_shards`, `timed_out`, `hits.total.relation`).
 */
import {countAt, type JsonObject, listAt, numberAt, objectAt, textAt} from '../polled/read-json.ts';
import {quotable, SourceTrouble} from '../polled/source-trouble.ts';

/** One host in an answer, as its documents write it. */
export type HeardHost = {readonly name: string; readonly newestMs: number; readonly oldestMs: number; readonly documents: number};

export type CountedHost = {readonly name: string; readonly buckets: readonly {readonly atMs: number; readonly count: number}[]};

export type WindowReading = {
	readonly heard: readonly HeardHost[];
	readonly counted: readonly CountedHost[];
	/** Documents that count but name no host, so that they cannot be placed. */
	readonly unplaced: number;
	/** All documents that prove life, those without a host among them. */
	readonly documents: number;
};

/** Set where a field of text cannot be aggregated: its keyword must be asked for instead. */
export class TextFieldTrouble extends SourceTrouble {}

const isTextField = (reason: string): boolean => /fielddata is disabled|text fields are not optimi[sz]ed/i.test(reason);

const troubleFor = (reason: string, sentence: string): SourceTrouble =>
	isTextField(reason) ? new TextFieldTrouble(sentence) : new SourceTrouble(sentence);

/** What an error says of itself: `{error: {type, reason, root_cause, failed_shards}}`, or `{error: "text"}`. */
export function errorOf(value: unknown): string | null {
	if (typeof value !== 'object' || value === null || !('error' in value)) return null;
	const {error} = value;
	if (typeof error === 'string') return error;
	if (typeof error !== 'object' || error === null) return null;
	const reasons = [reasonOf(error), ...causesOf(error).map(reasonOf)].filter(reason => reason !== '');
	return [...new Set(reasons)].slice(0, 3).join('; ') || 'an error without a reason';
}

function reasonOf(error: unknown): string {
	if (typeof error !== 'object' || error === null) return '';
	const {type, reason} = error as JsonObject;
	return [type, reason].filter(part => typeof part === 'string' && part !== '').join(': ');
}

const causesOf = (error: object): unknown[] => [
	...('root_cause' in error && Array.isArray(error.root_cause) ? error.root_cause : []),
	...('failed_shards' in error && Array.isArray(error.failed_shards) ? error.failed_shards : []).map((shard: unknown) =>
		typeof shard === 'object' && shard !== null && 'reason' in shard ? shard.reason : null,
	),
];

export const asTrouble = (trouble: SourceTrouble): SourceTrouble =>
	isTextField(trouble.message) ? new TextFieldTrouble(trouble.message) : trouble;

/** Throws where the answer is not that of all shards, or not of all documents. Returns its aggregations. */
export function wholeAnswer(value: unknown, index: string): JsonObject {
	const answer = objectAt(value, 'the answer');
	if (!('_shards' in answer) || !('hits' in answer))
		throw new SourceTrouble(
			'the answer has no _shards and no hits, so it is none of a search; check url: it may be that of another service',
		);
	checkShards(objectAt(answer['_shards'], '_shards'), index);
	checkClusters(answer['_clusters']);
	if (answer['timed_out'] !== false)
		throw new SourceTrouble('the search timed out and answered in part only; narrow index or query, or raise timeout');
	if (answer['terminated_early'] === true)
		throw new SourceTrouble('the search ended early and answered in part only; take terminate_after out of its settings');
	checkTotal(objectAt(answer['hits'], 'hits')['total']);
	return objectAt(answer['aggregations'], 'aggregations');
}

function checkShards(shards: JsonObject, index: string): void {
	const total = countAt(shards['total'], '_shards.total');
	const successful = countAt(shards['successful'], '_shards.successful');
	const failed = countAt(shards['failed'], '_shards.failed');
	if (total === 0) throw new SourceTrouble(`no index matches ${quotable(index, 100)}; check index`);
	// Shards without any copy are in no list of failures: only the sum shows them. Skipped ones held nothing of the window and succeeded.
	if (failed === 0 && successful >= total) return;
	const failures = Array.isArray(shards['failures']) ? shards['failures'] : [];
	const first: unknown = failures[0];
	const reason = typeof first === 'object' && first !== null && 'reason' in first ? reasonOf(first.reason) : '';
	const said = reason === '' ? '' : `: ${quotable(reason)}`;
	throw troubleFor(reason, `${total - successful} of ${total} shards did not answer${said}; see the health of the cluster`);
}

/** Searches across clusters say which of them were left out. */
function checkClusters(value: unknown): void {
	if (value === undefined) return;
	const clusters = objectAt(value, '_clusters');
	const left = ['skipped', 'partial', 'failed', 'running'].filter(state => typeof clusters[state] === 'number' && clusters[state] > 0);
	if (left.length === 0) return;
	throw new SourceTrouble(
		`remote clusters did not all answer (${left.map(state => `${String(clusters[state])} ${state}`).join(', ')}); see which of them is away`,
	);
}

/** An object since 7, a number before it and where `rest_total_hits_as_int` is set. */
function checkTotal(total: unknown): void {
	if (typeof total === 'number') return;
	const {relation} = objectAt(total, 'hits.total');
	if (relation !== 'eq')
		throw new SourceTrouble(
			`the number of hits is a lower bound only (relation ${quotable(String(relation), 20)}); a proxy may take track_total_hits out`,
		);
}

/** Buckets of hosts; throws where some hosts, or some documents of one, were left out. */
function hostBuckets(value: unknown, where: string): JsonObject[] {
	const terms = objectAt(value, where);
	const others = countAt(terms['sum_other_doc_count'], `${where}.sum_other_doc_count`);
	const errors = countAt(terms['doc_count_error_upper_bound'], `${where}.doc_count_error_upper_bound`);
	if (others > 0)
		throw new SourceTrouble(`${others} documents of further hosts were left out of the answer; narrow index, or write a query under alive`);
	if (errors > 0)
		throw new SourceTrouble(
			`counts of hosts are off by up to ${errors}, since the shards know more hosts than are asked for; narrow index`,
		);
	return listAt(terms['buckets'], `${where}.buckets`).map(bucket => objectAt(bucket, `an entry of ${where}`));
}

/** A keyword, or the number or truth that a mapping of another kind makes of it. */
const nameOf = (bucket: JsonObject, where: string): string =>
	typeof bucket['key'] === 'string'
		? bucket['key']
		: textAt(bucket['key_as_string'] ?? String(numberAt(bucket['key'], `${where}.key`)), `${where}.key`);

const valueAt = (bucket: JsonObject, name: string): number => numberAt(objectAt(bucket[name], name)['value'], `${name}.value`);

export function readWindow(value: unknown, index: string): WindowReading {
	const aggregations = wholeAnswer(value, index);
	const alive = objectAt(aggregations['alive'], 'alive');
	const counted = objectAt(aggregations['counted'], 'counted');
	const heard = hostBuckets(alive['hosts'], 'alive.hosts').map(bucket => ({
		name: nameOf(bucket, 'alive.hosts'),
		newestMs: valueAt(bucket, 'newest'),
		oldestMs: valueAt(bucket, 'oldest'),
		documents: countAt(bucket['doc_count'], 'doc_count'),
	}));
	let placed = 0;
	const hosts = hostBuckets(counted['hosts'], 'counted.hosts').map(bucket => {
		placed += countAt(bucket['doc_count'], 'doc_count');
		return {name: nameOf(bucket, 'counted.hosts'), buckets: readHistogram(bucket)};
	});
	const unplaced = Math.max(0, countAt(counted['doc_count'], 'counted.doc_count') - placed);
	return {heard, counted: hosts, unplaced, documents: countAt(alive['doc_count'], 'alive.doc_count')};
}

function readHistogram(host: JsonObject): CountedHost['buckets'] {
	const documents = countAt(host['doc_count'], 'doc_count');
	let sum = 0;
	const buckets = listAt(objectAt(host['buckets'], 'buckets')['buckets'], 'buckets.buckets').map(value => {
		const bucket = objectAt(value, 'a bucket');
		const inBucket = countAt(bucket['doc_count'], 'doc_count');
		sum += inBucket;
		return {atMs: numberAt(bucket['key'], 'key'), count: distinctIn(bucket) ?? inBucket};
	});
	if (sum < documents)
		throw new SourceTrouble(
			`buckets of time were left out of the answer (${sum} of ${documents} documents are in them); narrow index or hosts`,
		);
	return buckets;
}

/** Distinct requests, and each document without an id for one; null where documents are counted. */
function distinctIn(bucket: JsonObject): number | null {
	if (bucket['requests'] === undefined) return null;
	const without = objectAt(bucket['without'], 'without');
	return countAt(objectAt(bucket['requests'], 'requests')['value'], 'requests.value') + countAt(without['doc_count'], 'without.doc_count');
}

/** Documents by host. */
export const readTotals = (value: unknown, index: string): {readonly name: string; readonly count: number}[] =>
	hostBuckets(wholeAnswer(value, index)['hosts'], 'hosts').map(bucket => ({
		name: nameOf(bucket, 'hosts'),
		count: countAt(bucket['doc_count'], 'doc_count'),
	}));
