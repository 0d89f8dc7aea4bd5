import test from 'ava';
import fc from 'fast-check';
import {safePath} from '../../../server/routes/own-path.ts';

const leadsTo = (path: string): string => new URL(path, 'https://gate.example/some/page').origin;

test('whatever is asked, the way on stays here', t => {
	const piece = fc.oneof(
		fc.constantFrom('/', '\\', '//', '..', '.', ':', '@', 'evil.example', '%2f', '%5c', '\t', '\n', '?', '#', 'https:', 'javascript:'),
		fc.string({maxLength: 5}),
	);
	const holds = () =>
		fc.assert(
			fc.property(fc.array(piece, {maxLength: 8}), pieces => {
				const path = safePath(pieces.join(''));
				return leadsTo(path) === 'https://gate.example' && /^\/(?![/\\])[\x21-\x7e]*$/.test(path);
			}),
			{numRuns: 5000},
		);
	t.notThrows(holds);
});

test('a path of ours is kept as it is, with its query', t => {
	for (const path of ['/', '/people', '/incidents/INC-2026-0001/meeting', '/deploys?service=app&after=3', '/a%20b?x=%2F%2F'])
		t.is(safePath(path), path);
	for (const none of [undefined, null, 7, ['/people'], '', 'people', `/${'x'.repeat(3000)}`, '/a b']) t.is(safePath(none), '/');
});
