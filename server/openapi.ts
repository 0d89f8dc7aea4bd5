/**
 * The OpenAPI document (3.1), made from the table of routes: the addresses that are answered, by whom, with the very schemas that parse what
 * comes in and that the tests hold every answer to.
 */
import type {Route} from './routes/route.ts';
import {problem} from './schemas/answers.ts';
import type {ApiAnswer, ApiDoc} from './schemas/api-doc.ts';
import {answerParts} from './schemas/gate-answers.ts';
import {takesKey} from './schemas/idempotency.ts';
import {type JsonSchema, jsonSchemasOf, parametersOf, refTo} from './schemas/json-schemas.ts';

export type OpenApiDocument = {
	readonly openapi: string;
	readonly info: JsonSchema;
	readonly servers: readonly JsonSchema[];
	readonly security: readonly JsonSchema[];
	readonly tags: readonly JsonSchema[];
	readonly paths: Readonly<Record<string, JsonSchema>>;
	readonly components: Readonly<Record<string, JsonSchema>>;
};

type Schema = ApiAnswer['schema'];
type Described = Route & {readonly doc: ApiDoc};
const isDescribed = (route: Route): route is Described => route.doc !== undefined;

/** `/deploys/:deploy` as OpenAPI writes it. */
const templated = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');
const pathNames = (path: string): readonly string[] => [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
const capital = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
/** `/api/v1/deploys/:deploy` is about deploys. */
const tagOf = (path: string): string => path.split('/')[3]?.replace(/\.json$/, '') ?? 'api';

const pathWords: Readonly<Record<string, string>> = {
	service: 'A service of the configuration.',
	deploy: 'A deploy, such as D-2026-0001.',
	incident: 'An incident, such as INC-2026-0001.',
};

/** What an error answers, by status: those that this operation can give. */
function problemsOf(route: Described): Readonly<Record<string, JsonSchema>> {
	const hasPlace = pathNames(route.path).length > 0;
	const statuses = [
		...(route.body === undefined ? [] : [400, 413, 415]),
		...(route.access === 'anyone' ? [] : [401, 403]),
		...(hasPlace || route.body !== undefined ? [404] : []),
		...(takesKey(route.doc.body) ? [409] : []),
		...(route.body !== undefined || route.doc.query !== undefined ? [422] : []),
		...[429, 500, 503],
	];
	return Object.fromEntries(statuses.map(status => [String(status), {$ref: '#/components/responses/Problem'}]));
}

/** Names of the schemas of the table: the parts that have one, and each body and answer by its operation. */
function namesOf(routes: readonly Described[]) {
	const answers = new Map<string, Schema>(Object.entries(answerParts));
	const bodies = new Map<string, Schema>();
	const known = new Map<Schema, string>([...answers].map(([name, schema]) => [schema, name]));
	const add = (into: Map<string, Schema>, name: string, schema: Schema): void => {
		if (known.has(schema)) return;
		into.set(name, schema);
		known.set(schema, name);
	};
	for (const {doc} of routes) {
		if (doc.body !== undefined) add(bodies, `${capital(doc.id)}Body`, doc.body);
		for (const [status, {schema, others = {}}] of Object.entries(doc.answers)) {
			add(answers, `${capital(doc.id)}${Number(status) < 400 ? 'Answer' : `Problem${status}`}`, schema);
			for (const other of Object.values(others)) add(answers, `${capital(doc.id)}Text`, other);
		}
	}
	return {answers, bodies, known};
}

type Reference = (schema: Schema) => JsonSchema;

const contentOf = ({schema, media = 'application/json', others = {}}: ApiAnswer, reference: Reference): JsonSchema =>
	Object.fromEntries([[media, schema] as const, ...Object.entries(others)].map(([type, one]) => [type, {schema: reference(one)}]));

/** An answer as it is described; an error that carries more than others do may also be one that does not. */
function answerOf(status: number, answer: ApiAnswer, reference: Reference): JsonSchema {
	const description = status >= 400 ? 'What is wrong, and what else is known of it.' : status === 201 ? 'It is stored.' : 'The answer.';
	if (status < 400) return {description, content: contentOf(answer, reference)};
	return {description, content: {'application/problem+json': {schema: {anyOf: [reference(answer.schema), reference(problem)]}}}};
}

function operationOf(route: Described, reference: Reference): JsonSchema {
	const {doc, path, access} = route;
	const parameters = [
		...pathNames(path).map(name => ({
			...{name, in: 'path', required: true, schema: {type: 'string'}},
			description: doc.path?.[name] ?? pathWords[name] ?? capital(name),
		})),
		...(doc.query === undefined ? [] : parametersOf(doc.query).map(parameter => ({...parameter, in: 'query'}))),
		...(takesKey(doc.body) ? [{$ref: '#/components/parameters/IdempotencyKey'}] : []),
	];
	const answers = Object.fromEntries(
		Object.entries(doc.answers).map(([status, answer]) => [status, answerOf(Number(status), answer, reference)]),
	);
	return {
		operationId: doc.id,
		summary: doc.summary,
		description: access === 'anyone' ? 'Anyone may ask.' : `Needs the role ${access}, or a higher one.`,
		tags: [tagOf(path)],
		...(access === 'anyone' ? {security: []} : {}),
		...(parameters.length === 0 ? {} : {parameters}),
		...(doc.body === undefined ? {} : {requestBody: {required: true, content: {'application/json': {schema: reference(doc.body)}}}}),
		responses: {...problemsOf(route), ...answers},
	};
}

const sorted = <Value>(record: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> =>
	Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));

const about = `Everything that the commands and pages do. Times are ISO 8601 in UTC with milliseconds. An error is a problem document (RFC 9457).
A write takes an idempotency key, made by the sender: the same request under the same key is done once and answered alike, another request under it is a conflict.
What the Accept header says is not looked at; each address answers with the media types that stand here.`;

/** The document of a table of routes. The same table gives the same document, in the same order. */
export function openapiOf(table: readonly Route[]): OpenApiDocument {
	const routes = table.filter(isDescribed);
	const {answers, bodies, known} = namesOf(routes);
	const reference: Reference = schema => refTo(known.get(schema) ?? 'Problem');
	const paths: Record<string, Record<string, JsonSchema>> = {};
	for (const route of routes) {
		const path = templated(route.path);
		paths[path] = {...paths[path], [route.method]: operationOf(route, reference)};
	}
	const schemas = {...Object.fromEntries(jsonSchemasOf(answers, 'output')), ...Object.fromEntries(jsonSchemasOf(bodies, 'input'))};
	return {
		openapi: '3.1.0',
		info: {title: 'Signalbox', version: '1', description: about, license: {name: 'Apache-2.0', identifier: 'Apache-2.0'}},
		servers: [{url: '/', description: 'The service that answers this document.'}],
		security: [{token: []}, {session: []}],
		tags: [...new Set(routes.map(({path}) => tagOf(path)))].toSorted().map(name => ({name})),
		paths: sorted(paths),
		components: {
			schemas: sorted(schemas),
			responses: {
				Problem: {
					description: 'What is wrong, where, and what to do.',
					content: {'application/problem+json': {schema: reference(problem)}},
				},
			},
			parameters: {
				IdempotencyKey: {
					...{name: 'Idempotency-Key', in: 'header', required: false, schema: {type: 'string', minLength: 8, maxLength: 200}},
					description: 'In place of the field idempotencyKey. Several events in one request get it with their number behind.',
				},
			},
			securitySchemes: {
				token: {type: 'http', scheme: 'bearer', description: 'A token of `signalbox token`.'},
				session: {type: 'apiKey', in: 'cookie', name: 'signalbox_session', description: 'Of a person who signed in.'},
			},
		},
	};
}
