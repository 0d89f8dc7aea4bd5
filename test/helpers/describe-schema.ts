/** Flattens a JSON Schema into one entry for each place, so that two versions can be compared. */
import type {z} from 'zod';

type JsonSchema = z.core.JSONSchema.BaseSchema;
/** What a place allows (`string`, `const 1`, `enum said`, …), and whether it must be there. */
export type Described = {types: string[]; required: boolean};

const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null && !Array.isArray(value);

function typesOf({type, const: only, enum: words}: JsonSchema): string[] {
	if (only !== undefined) return [`const ${String(only)}`];
	if (words) return words.map(word => `enum ${String(word)}`);
	return type === undefined ? [] : [String(type)];
}

/** `$`, `$.batch.changes[].sha`, `$.signals[].buckets[].canary.hosts.*`: the branches of a union share their place. */
export function describeSchema(schema: unknown): Record<string, Described> {
	const found: Record<string, Described> = {};
	const walk = (part: unknown, place: string, required: boolean): void => {
		if (!isSchema(part)) return;
		for (const branch of part.anyOf ?? []) walk(branch, place, required);
		const entry = found[place] ?? {types: [], required};
		entry.types = [...new Set([...entry.types, ...typesOf(part)])].sort();
		found[place] = entry;
		for (const [key, inner] of Object.entries(part.properties ?? {})) walk(inner, `${place}.${key}`, part.required?.includes(key) ?? false);
		walk(part.items, `${place}[]`, true);
		walk(part.additionalProperties, `${place}.*`, false);
	};
	walk(schema, '$', true);
	return found;
}
