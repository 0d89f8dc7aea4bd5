import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {AppError} from '../../server/app-error.ts';
import {cursorText, type ListPlace, readCursor} from '../../server/cursor.ts';

const kinds = ['string', 'string', 'number'] as const;
const place: ListPlace = {towards: 'next', key: ['2026-03-02T10:00:00.000Z', 'D-2026-0001', 2]};

test('a cursor names the place that it was made of', t => {
	const text = fc.stringMatching(/^[ -~é漢]{0,40}$/);
	t.notThrows(() =>
		fc.assert(
			fc.property(fc.constantFrom('next' as const, 'previous' as const), text, text, fc.maxSafeInteger(), (towards, one, two, number) => {
				const made: ListPlace = {towards, key: [one, two, number]};
				const read = readCursor('deploys', cursorText('deploys', made), kinds);
				return JSON.stringify(read) === JSON.stringify(made);
			}),
		),
	);
});

const refused = (t: ExecutionContext, text: string, list = 'deploys', of: readonly ('string' | 'number')[] = kinds) =>
	t.throws(
		() => readCursor(list, text, of),
		{instanceOf: AppError, code: 'invalid', message: /^after: this is no place in the list/},
		text,
	);

test('a cursor that was changed, cut or made up is refused in a sentence, whatever it is', t => {
	const whole = cursorText('deploys', place);
	for (let index = 0; index < whole.length; index += 1) {
		const other = whole[index] === 'A' ? 'B' : 'A';
		const changed = `${whole.slice(0, index)}${other}${whole.slice(index + 1)}`;
		// The last character may hold bits that mean nothing.
		if (Buffer.from(changed, 'base64url').equals(Buffer.from(whole, 'base64url'))) continue;
		refused(t, changed);
	}
	for (const text of ['', 'x', whole.slice(1), whole.slice(0, -4), `${whole}${whole}`, 'null', 'W10', 'e30', '🂡', 'A'.repeat(100_000)])
		refused(t, text);
	fc.assert(
		fc.property(fc.string(), text => {
			refused(t, text);
		}),
	);
});

test('the cursor of one list is no place in another, nor in a list that is sorted otherwise', t => {
	refused(t, cursorText('incidents', place));
	refused(t, cursorText('deploys', place), 'deploys', ['string', 'string']);
	refused(t, cursorText('deploys', {...place, key: ['a', 'b', 'c']}));
	refused(t, cursorText('deploys', {...place, key: ['a\u0000', 'b', 1]}));
	refused(t, cursorText('deploys', {...place, key: ['a', 'b', 1.5]}));
});
