/** Searches as Elasticsearch evaluates them, over plain documents: the queries and aggregations that are asked for here, and no others. */
import {type Fields, parseQueryString, QueryError} from './query-string.ts';

export type Document = Readonly<Record<string, unknown>>;
type Json = Readonly<Record<string, unknown>>;

/** What Elasticsearch answers 400 with. */
export class SearchError extends Error {
	readonly type: string;
	constructor(type: string, reason: string) {
		super(reason);
		this.type = type;
	}
}

export type Mapping = {
	/** Fields of text, each with a keyword beside it. */
	readonly textFields: readonly string[];
	/** How many hosts a shard tells of, where it tells of too few. */
	readonly termsMax: number | null;
	readonly isOpenSearch: boolean;
};

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

function only(value: unknown): readonly [string, unknown] {
	const entries = isJson(value) ? Object.entries(value) : [];
	const [first] = entries;
	if (first === undefined || entries.length !== 1)
		throw new SearchError('parsing_exception', '[bool] query malformed, no start_object after query name');
	return first;
}

const fieldOf = (field: string, {textFields}: Mapping): string =>
	field.endsWith('.keyword') && textFields.includes(field.slice(0, -8)) ? field.slice(0, -8) : field;

/** Values of a field, through objects and lists; an object is no value. */
export function valuesOf(document: Document, field: string): (string | number | boolean)[] {
	const walk = (value: unknown, path: readonly string[]): unknown[] => {
		if (Array.isArray(value)) return value.flatMap(one => walk(one, path));
		if (path.length === 0) return isJson(value) || value === null || value === undefined ? [] : [value];
		if (!isJson(value)) return [];
		const whole = path.join('.');
		if (Object.hasOwn(value, whole)) return walk(value[whole], []);
		return walk(value[path[0] ?? ''], path.slice(1));
	};
	return walk(document, field.split('.')).filter(value => ['string', 'number', 'boolean'].includes(typeof value)) as (
		| string
		| number
		| boolean
	)[];
}

const millis = (value: string | number | boolean): number => (typeof value === 'number' ? value : Date.parse(String(value)));

function fieldsOf(document: Document, mapping: Mapping): Fields {
	return {
		values: field => valuesOf(document, fieldOf(field, mapping)),
		isText: field => mapping.textFields.includes(field) || field === 'message',
		usual: Object.keys(document),
	};
}

/** One clause of the query DSL. */
export function clause(query: unknown, mapping: Mapping): (document: Document) => boolean {
	const [kind, body] = only(query);
	if (kind === 'match_all') return () => true;
	if (kind === 'query_string' && isJson(body)) {
		try {
			const predicate = parseQueryString(String(body['query']));
			return document => predicate(fieldsOf(document, mapping));
		} catch (error) {
			throw error instanceof QueryError ? new SearchError('query_shard_exception', error.message) : error;
		}
	}
	if (kind === 'range') return range(body, mapping);
	if (kind === 'bool' && isJson(body)) {
		const unknown = Object.keys(body).find(key => key !== 'filter');
		if (unknown !== undefined) throw new SearchError('x_content_parse_exception', `[bool] unknown field [${unknown}]`);
		const parts = (Array.isArray(body['filter']) ? body['filter'] : [body['filter']]).map(part => clause(part, mapping));
		return document => parts.every(part => part(document));
	}
	if (kind === 'terms' || kind === 'term') {
		const [field, wanted] = only(body);
		const values = (Array.isArray(wanted) ? wanted : [wanted]).map(String);
		return document => valuesOf(document, fieldOf(field, mapping)).some(value => values.includes(String(value)));
	}
	throw new SearchError('parsing_exception', `unknown query [${kind}]`);
}

function range(body: unknown, mapping: Mapping): (document: Document) => boolean {
	const [field, bounds] = only(body);
	if (!isJson(bounds)) throw new SearchError('parsing_exception', '[range] query malformed');
	const {gte, gt, lt, lte, format, ...others} = bounds;
	if (Object.keys(others).length > 0)
		throw new SearchError('parsing_exception', `[range] query does not support [${Object.keys(others)[0]}]`);
	if (format !== undefined && format !== 'epoch_millis') throw new SearchError('parse_exception', `unknown format [${String(format)}]`);
	const holds = (value: number): boolean =>
		(gte === undefined || value >= Number(gte)) &&
		(gt === undefined || value > Number(gt)) &&
		(lt === undefined || value < Number(lt)) &&
		(lte === undefined || value <= Number(lte));
	return document => valuesOf(document, fieldOf(field, mapping)).some(value => holds(millis(value)));
}

/** A field of text has no column of values: the sentences are those of 7.17 and 8, and of OpenSearch. */
function column(field: unknown, mapping: Mapping): string {
	const name = String(field);
	if (!mapping.textFields.includes(name)) return fieldOf(name, mapping);
	throw new SearchError(
		'illegal_argument_exception',
		mapping.isOpenSearch
			? `Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so these operations are disabled by default. Please use a keyword field instead. Alternatively, set fielddata=true on [${name}] in order to load field data by uninverting the inverted index. Note that this can use significant memory.`
			: `Fielddata is disabled on [${name}] in [logstash-1]. Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so these operations are disabled by default. Please use a keyword field instead.`,
	);
}

export function aggregations(aggs: unknown, documents: readonly Document[], mapping: Mapping): Record<string, unknown> {
	if (!isJson(aggs)) throw new SearchError('parsing_exception', 'Found no aggregation');
	return Object.fromEntries(Object.entries(aggs).map(([name, agg]) => [name, aggregation(agg, documents, mapping)]));
}

function aggregation(agg: unknown, documents: readonly Document[], mapping: Mapping): unknown {
	if (!isJson(agg)) throw new SearchError('parsing_exception', 'Expected [START_OBJECT]');
	const {aggs, ...rest} = agg;
	const [kind, body] = only(rest);
	const below = (within: readonly Document[]) => (aggs === undefined ? {} : aggregations(aggs, within, mapping));
	if (kind === 'filter') {
		const within = documents.filter(clause(body, mapping));
		return {doc_count: within.length, ...below(within)};
	}
	if (!isJson(body)) throw new SearchError('parsing_exception', `[${kind}] malformed`);
	const field = column(body['field'], mapping);
	const numbers = (): number[] => documents.flatMap(document => valuesOf(document, field).map(millis));
	if (kind === 'max' || kind === 'min') {
		const all = numbers();
		if (all.length === 0) return {value: null};
		const value = all.reduce((one, other) => (kind === 'max' ? Math.max(one, other) : Math.min(one, other)));
		return {value, value_as_string: new Date(value).toISOString()};
	}
	if (kind === 'missing') return {doc_count: documents.filter(document => valuesOf(document, field).length === 0).length};
	if (kind === 'cardinality') return {value: new Set(documents.flatMap(document => valuesOf(document, field))).size};
	if (kind === 'terms') return terms(field, Number(body['size'] ?? 10), documents, below, mapping);
	if (kind === 'date_histogram') return histogram(field, body, documents, below);
	throw new SearchError('parsing_exception', `Unknown aggregation type [${kind}]`);
}

type Below = (within: readonly Document[]) => Record<string, unknown>;

function grouped<Key>(documents: readonly Document[], keysOf: (document: Document) => readonly Key[]): Map<Key, Document[]> {
	const groups = new Map<Key, Document[]>();
	for (const document of documents) for (const key of new Set(keysOf(document))) groups.set(key, [...(groups.get(key) ?? []), document]);
	return groups;
}

function terms(field: string, size: number, documents: readonly Document[], below: Below, {termsMax}: Mapping): unknown {
	const groups = [...grouped(documents, document => valuesOf(document, field))].sort(
		([a, one], [b, other]) => other.length - one.length || (String(a) < String(b) ? -1 : 1),
	);
	const shown = groups.slice(0, Math.min(size, termsMax ?? size));
	const left = groups.slice(shown.length).reduce((sum, [, within]) => sum + within.length, 0);
	return {
		doc_count_error_upper_bound: 0,
		sum_other_doc_count: left,
		buckets: shown.map(([key, within]) => ({
			key,
			...(typeof key === 'boolean' ? {key_as_string: String(key)} : {}),
			doc_count: within.length,
			...below(within),
		})),
	};
}

function histogram(field: string, body: Json, documents: readonly Document[], below: Below): unknown {
	const interval = /^(\d+)s$/.exec(String(body['fixed_interval']))?.[1];
	if (interval === undefined)
		throw new SearchError('illegal_argument_exception', 'Invalid interval specified, must be non-null and non-empty');
	if (body['min_doc_count'] !== 1) throw new SearchError('parsing_exception', 'only min_doc_count 1 is known here');
	const stepMs = Number(interval) * 1000;
	const groups = grouped(documents, document => valuesOf(document, field).map(value => Math.floor(millis(value) / stepMs) * stepMs));
	return {
		buckets: [...groups]
			.sort(([a], [b]) => a - b)
			.map(([key, within]) => ({key_as_string: new Date(key).toISOString(), key, doc_count: within.length, ...below(within)})),
	};
}
