import {hash} from 'node:crypto';

/**
 * JSON text with the keys of every object in code-unit order: equal values give equal bytes. What JSON cannot say (functions,
 * undefined) is left out of objects and is null in lists, as JSON.stringify does it.
 */
export function canonical(value: unknown): string {
	if (typeof value !== 'object' || value === null || 'toJSON' in value) return JSON.stringify(value) ?? 'null';
	if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
	let text = '';
	const members = value as Readonly<Record<string, unknown>>;
	for (const key of Object.keys(members).sort()) {
		const member = members[key];
		if (member === undefined || typeof member === 'function') continue;
		text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonical(member)}`;
	}
	return `{${text}}`;
}

/** sha256 of a text's UTF-8 bytes, hex. */
export const sha256 = (text: string): string => hash('sha256', text, 'hex');
