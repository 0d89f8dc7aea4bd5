/** The name under which somebody stands in the timeline: one line that can be read, and cannot be taken for anybody else's. */
import {AppError} from '../app-error.ts';

const nameMax = 100;
/** What the service calls itself and those who are nobody; and `via` is how a program's own name is told from the one it gives. */
const taken = /^(?:signalbox|nobody|system|this machine|.* via .*|token .*)$/i;

/** The name as it is kept. Throws AppError `invalid` for what could be none. */
export function personName(written: string, what = 'A person'): string {
	const name = written.normalize('NFC').replace(/\s+/g, ' ').trim();
	if (name.length === 0 || name.length > nameMax || /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/u.test(name) || !/[\p{L}\p{N}]/u.test(name))
		throw new AppError(
			'invalid',
			`${what} needs a name of 1 to ${nameMax} characters with a letter or digit, and nothing invisible in it.`,
		);
	if (taken.test(name)) throw new AppError('invalid', `${JSON.stringify(name)} cannot be a name: in the timeline it means something else.`);
	return name;
}
