/** Says what a schema refused, in sentences with the path and the nearest right key, for whoever wrote the input. */
import type {z} from 'zod';
import {kindOf} from '../../gate/limits.ts';
import {suggestion} from '../../gate/nearest.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];
type JsonSchema = z.core.JSONSchema.BaseSchema;

const problemsMax = 50;
/** A million wrong keys must not each be compared with every right one, nor a million wrong entries each be told. */
const keysMax = problemsMax + 1;
const issuesMax = 1000;

/** `batch.changes[3].sha`; the whole input is `(the whole)`. */
export function pathText(path: Path): string {
	const joined = path.map(step => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
	return joined === '' ? '(the whole)' : joined.replace(/^\./, '').slice(0, 300);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

function valueAt(input: unknown, path: Path): unknown {
	let value = input;
	for (const step of path) value = isObject(value) && Object.hasOwn(value, step) ? value[String(step)] : undefined;
	return value;
}

const branchesOf = (schema: unknown): JsonSchema[] => {
	if (!isObject(schema)) return [];
	const {anyOf} = schema as JsonSchema;
	return anyOf ? anyOf.flatMap(branchesOf) : [schema as JsonSchema];
};

/** The keys a published schema allows at a path, through lists, records and every branch of a union. */
export function keysAt(schema: JsonSchema, path: Path): string[] {
	let here = branchesOf(schema);
	for (const step of path)
		here = here.flatMap(({items, properties, additionalProperties}) => {
			if (typeof step === 'number') return branchesOf(items);
			return branchesOf(properties && Object.hasOwn(properties, step) ? properties[String(step)] : additionalProperties);
		});
	return here.flatMap(({properties}) => Object.keys(properties ?? {}));
}

/** Of the branches of a union, the one that went furthest was meant; among those, the one with the fewest complaints. */
function meantBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
	const depth = (issues: readonly Issue[]) => Math.max(0, ...issues.map(issue => issue.path.length));
	const isWrongType = (issues: readonly Issue[]) => issues.some(issue => issue.code === 'invalid_type' && issue.path.length === 0);
	const fitting = branches.filter(issues => !isWrongType(issues));
	return [...fitting].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0] ?? [];
}

const kindNames: Readonly<Record<string, string>> = {
	string: 'text',
	int: 'a whole number',
	number: 'a number',
	boolean: 'true or false',
	array: 'a list',
	object: 'an object',
	record: 'an object',
};

function explainIssue(issue: Issue, at: Path, input: unknown, schema: JsonSchema): string[] {
	const path = [...at, ...issue.path];
	const value = valueAt(input, path);
	const sentence = (what: string) => [`${pathText(path)}: ${what}`];
	if (issue.code === 'unrecognized_keys')
		return issue.keys
			.slice(0, keysMax)
			.map(key => `${pathText([...path, key.slice(0, 60)])}: there is no such field${suggestion(key, keysAt(schema, path))}`);
	if (value === undefined && path.length > 0) return sentence('is missing');
	switch (issue.code) {
		case 'invalid_type':
			return sentence(`must be ${kindNames[issue.expected] ?? issue.expected}, not ${kindOf(value)}`);
		case 'invalid_value':
			return sentence(`must be ${issue.values.map(String).join(' or ')}, not ${kindOf(value)}`);
		case 'too_small':
			return sentence(`must be at least ${issue.minimum}, not ${kindOf(value)}`);
		case 'invalid_union': {
			const meant = meantBranch(issue.errors);
			return meant.length > 0 ? meant.flatMap(inner => explainIssue(inner, path, input, schema)) : sentence(unionText(issue.errors, value));
		}
		default:
			return sentence(`${issue.message}, not ${kindOf(value)}`);
	}
}

function unionText(branches: readonly (readonly Issue[])[], value: unknown): string {
	const kinds = branches.flatMap(issues => issues.flatMap(issue => (issue.code === 'invalid_type' ? [issue.expected] : [])));
	return `must be ${[...new Set(kinds.map(kind => kindNames[kind] ?? kind))].join(' or ')}, not ${kindOf(value)}`;
}

/** Every refusal as a sentence, at most fifty and the number of the rest. */
export function explain(error: z.ZodError, input: unknown, schema: JsonSchema): string[] {
	const issues = error.issues.slice(0, issuesMax);
	const sentences = issues.flatMap(issue => explainIssue(issue, [], input, schema));
	if (sentences.length <= problemsMax) return sentences;
	const unread = issues.map(issue => (issue.code === 'unrecognized_keys' ? Math.max(0, issue.keys.length - keysMax) : 0));
	const more = sentences.length - problemsMax + error.issues.length - issues.length + unread.reduce((sum, keys) => sum + keys, 0);
	return [...sentences.slice(0, problemsMax), `and ${more} more`];
}
