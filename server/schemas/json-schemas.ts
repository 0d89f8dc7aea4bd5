/** Zod's schemas as JSON Schema (draft 2020-12), the dialect of OpenAPI 3.1, with the named ones apart. */
import {z} from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

const placeOf = (name: string): string => `#/components/schemas/${name}`;
export const refTo = (name: string): JsonSchema => ({$ref: placeOf(name)});

/** What a document says once by itself, and no schema within it again. */
const bare = ({$schema: _schema, $id: _id, ...schema}: JsonSchema): JsonSchema => schema;

/** Each schema by its name; where one holds another that has a name too, it refers to it. `io` is the side of what comes in, or goes out. */
export function jsonSchemasOf(named: ReadonlyMap<string, z.ZodType>, io: 'input' | 'output'): ReadonlyMap<string, JsonSchema> {
	const registry = z.registry<{id: string}>();
	for (const [id, schema] of named) registry.add(schema, {id});
	// What only code can tell of a text (that it is a day of the calendar) stands in its description.
	const {schemas} = z.toJSONSchema(registry, {io, uri: placeOf, unrepresentable: 'any'});
	return new Map([...named.keys()].map(name => [name, bare(schemas[name] as JsonSchema)]));
}

/** The fields of a question in an address, each with its schema and whether it must be there. */
export function parametersOf(
	query: z.ZodObject,
): readonly {readonly name: string; readonly required: boolean; readonly schema: JsonSchema}[] {
	const {properties = {}, required = []} = z.toJSONSchema(query, {io: 'input', unrepresentable: 'any'});
	return Object.entries(properties).map(([name, schema]) => ({name, required: required.includes(name), schema: schema as JsonSchema}));
}
