/** Reads an answer whose shape is not to be trusted: what is not there, or is of another kind, is a SourceTrouble that names its place. */
import {SourceTrouble} from './source-trouble.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value);

const unexpected = (where: string, wanted: string, value: unknown): SourceTrouble =>
	new SourceTrouble(`the answer has ${kindOf(value)} where ${where} should be ${wanted}; is this the right address?`);

export function objectAt(value: unknown, where: string): JsonObject {
	if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
	throw unexpected(where, 'an object', value);
}

export function listAt(value: unknown, where: string): readonly unknown[] {
	if (Array.isArray(value)) return value as readonly unknown[];
	throw unexpected(where, 'a list', value);
}

/** A finite number. */
export function numberAt(value: unknown, where: string): number {
	if (typeof value === 'number' && Number.isFinite(value)) return value;
	throw unexpected(where, 'a number', value);
}

/** A whole number that is not negative: a count. */
export function countAt(value: unknown, where: string): number {
	const count = numberAt(value, where);
	if (Number.isSafeInteger(count) && count >= 0) return count;
	throw new SourceTrouble(`the answer has ${count} where ${where} should be a count; is this the right address?`);
}

export function textAt(value: unknown, where: string): string {
	if (typeof value === 'string') return value;
	throw unexpected(where, 'text', value);
}
