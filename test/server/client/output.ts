import test from 'ava';
import fc from 'fast-check';
import {terminalText} from '../../../server/client/output.ts';

test('what is quoted at a terminal cannot move its cursor, title it, hide text or reverse it', t => {
	t.is(
		terminalText('\u001b[2J\u001b]0;owned\x07\x9b1A\u202eevil\u200b\u001b[8mhidden\u001b[38;5;8m\b\0'),
		'?[2J?]0;owned??1A?evil??[8mhidden?[38;5;8m??',
	);
	t.is(terminalText('10%\r20%\r\ndone\n'), '10%\n20%\ndone\n');
	t.is(terminalText('\u001b[31mroll back\u001b[0m\tfür «app»\n'), '\u001b[31mroll back\u001b[0m\tfür «app»\n');
});

test('whatever comes in, only line breaks, tabs, letters and colours go out', t => {
	const parts = fc.constantFrom('\u001b', '[', '8', '1', ';', 'm', '\r', '\n', '\x9b', '\u2066', 'é', 'K');
	fc.assert(
		fc.property(fc.array(parts, {maxLength: 40}), pieces => {
			const left = terminalText(pieces.join('')).replaceAll('\u001b[1m', '');
			t.notRegex(left, /[^\P{Cc}\n\t]|\p{Cf}/u);
		}),
	);
});
