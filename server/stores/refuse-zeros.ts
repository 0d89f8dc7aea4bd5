/** PostgreSQL keeps no text with U+0000 in it, and what one engine refuses the other refuses too, with the same sentence. */
import {AppError} from '../app-error.ts';

/** Throws AppError `invalid` before anything is asked of the database. What stands in JSON is written with an escape, and may hold it. */
export function refuseZeros(statement: string | {readonly bindings?: readonly unknown[]}): void {
	if (typeof statement === 'string') return;
	for (const binding of statement.bindings ?? []) {
		if (typeof binding === 'string' && binding.includes('\u0000'))
			throw new AppError(
				'invalid',
				`${JSON.stringify(binding.slice(0, 60))} holds the character U+0000, which no database keeps. Send it without; nothing was stored.`,
			);
	}
}
