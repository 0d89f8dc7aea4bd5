/** The OpenAPI document as a judge: asks a running service, and holds each answer to what the document says of it. */
import {Ajv2020, type ValidateFunction} from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type {OpenApiDocument} from '../../server/openapi.ts';

type Media = {readonly schema: object};
type Answer = {readonly content: Readonly<Record<string, Media>>};
type Operation = {
	readonly operationId: string;
	readonly parameters?: readonly {readonly $ref?: string; readonly name?: string; readonly in?: string; readonly required?: boolean}[];
	readonly requestBody?: {readonly content: Readonly<Record<string, Media>>};
	readonly responses: Readonly<Record<string, Answer | {readonly $ref: string}>>;
};
type Place = {readonly method: string; readonly path: string; readonly operation: Operation};

export type Asked = {
	readonly query?: Readonly<Record<string, string>>;
	readonly body?: unknown;
	readonly headers?: Readonly<Record<string, string>>;
};
export type Told = {
	readonly status: number;
	readonly media: string;
	readonly text: string;
	readonly json: unknown;
	readonly faults: readonly string[];
};

/** Every operation of a document. */
export const operationsOf = ({paths}: OpenApiDocument): readonly Place[] =>
	Object.entries(paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) => ({method, path, operation: operation as Operation})),
	);

/** Validators of the schemas of a document. */
export function validatorsOf(document: OpenApiDocument): (schema: object) => ValidateFunction {
	const ajv = new Ajv2020({strict: true, allErrors: true, strictTypes: false});
	// In CommonJS's shape: the function itself is under `default`.
	addFormats.default(ajv);
	ajv.addVocabulary(['components']);
	ajv.addSchema({$id: 'document', components: document.components});
	const compiled = new Map<string, ValidateFunction>();
	return schema => {
		const text = JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"document#/');
		const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text) as object);
		compiled.set(text, validate);
		return validate;
	};
}

const faultsIn = (validate: ValidateFunction, value: unknown): string[] =>
	validate(value)
		? []
		: (validate.errors ?? []).map(({instancePath, message, params}) => `${instancePath} ${message} ${JSON.stringify(params)}`);

const parsed = (text: string): unknown => (text === '' ? null : (JSON.parse(text) as unknown));

/** What is wrong with an answer, by the document; empty: nothing. */
export function judge(document: OpenApiDocument, validatorOf: (schema: object) => ValidateFunction, place: Place) {
	const resolve = (answer: Answer | {readonly $ref: string}): Answer =>
		'$ref' in answer ? ((document.components['responses'] as Record<string, Answer>)['Problem'] as Answer) : answer;
	return (status: number, media: string, text: string): string[] => {
		const described = place.operation.responses[String(status)];
		if (described === undefined) return [`${place.operation.operationId}: nothing is said of ${status}: ${text.slice(0, 300)}`];
		const found = resolve(described).content[media];
		if (found === undefined) return [`${place.operation.operationId}: nothing is said of ${media} with ${status}`];
		const validate = validatorOf(found.schema);
		const values = media === 'application/x-ndjson' ? text.trim().split('\n').map(parsed) : [media.endsWith('json') ? parsed(text) : text];
		return values.flatMap(value => faultsIn(validate, value).map(fault => `${place.operation.operationId} ${status}: ${fault}`));
	};
}

/** Asks an operation by its id. Values of the path come by name. */
export function asker(url: string, document: OpenApiDocument) {
	const validatorOf = validatorsOf(document);
	const places = new Map(operationsOf(document).map(place => [place.operation.operationId, place]));
	return async (id: string, values: Readonly<Record<string, string>> = {}, {query = {}, body, headers = {}}: Asked = {}): Promise<Told> => {
		const place = places.get(id);
		if (place === undefined) throw new Error(`the document has no operation ${id}`);
		const path = place.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(values[name] ?? ''));
		const search = new URLSearchParams(query).toString();
		const answer = await fetch(`${url}${path}${search === '' ? '' : `?${search}`}`, {
			method: place.method.toUpperCase(),
			headers: {...(body === undefined ? {} : {'content-type': 'application/json'}), ...headers},
			...(body === undefined ? {} : {body: typeof body === 'string' ? body : JSON.stringify(body)}),
		});
		const text = await answer.text();
		const media = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
		const sent = place.operation.requestBody?.content['application/json'];
		// What is taken must be what the document says may be sent.
		const asked = answer.ok && sent !== undefined && typeof body !== 'string' ? faultsIn(validatorOf(sent.schema), body) : [];
		return {
			...{status: answer.status, media, text, json: media.endsWith('json') && media !== 'application/x-ndjson' ? parsed(text) : null},
			faults: [...judge(document, validatorOf, place)(answer.status, media, text), ...asked.map(fault => `${id} takes: ${fault}`)],
		};
	};
}
