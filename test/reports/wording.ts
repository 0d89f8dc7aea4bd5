import test from 'ava';
import {blameHints} from '../../reports/wording.ts';

const found = (text: string, people: readonly string[] = []) => blameHints(text, people).map(hint => hint.found);

test('wordings that point at people are hinted at, in the words that were written', t => {
	t.deepEqual(found('It was human error.'), ['human error']);
	t.deepEqual(found('The deployer should have looked.'), ['should have']);
	t.deepEqual(found('They shouldn’t have merged it.'), ['shouldn’t have']);
	t.deepEqual(found('Nobody failed to read, but one forgot to tell.'), ['failed to']);
	t.deepEqual(found('A Careless merge'), ['Careless']);
	t.deepEqual(found('- Who deployed it?'), ['Who deployed it?']);
	t.deepEqual(found('Why did Riley merge it?'), ['Why did Riley']);
});

test('a name is hinted at in a sentence of cause, and nowhere else', t => {
	t.deepEqual(found('riley broke search.', ['Riley']), ['Riley']);
	t.deepEqual(found('Riley noticed it at once. The patch broke search.', ['Riley']), []);
	t.deepEqual(found('The annual report was wrong.', ['Ann']), [], 'a name within a word is none');
	t.deepEqual(found('x (y) broke', ['x (y)', 'Al']), ['x (y)']);
});

test('the words of systems pass, those of the real minutes too', t => {
	for (const text of [
		'The gate failed closed; the canaries had too little traffic.',
		'awight heard about it on IRC (~45 minutes after deployment)',
		'People who responded were few.',
		'Beta is not a perfect mirror of production',
		'',
	])
		t.deepEqual(found(text, ['Adam W']), [], text);
});

test('a long text is hinted at a few times at most, and quickly', t => {
	const started = performance.now();
	t.true(blameHints('who '.repeat(5000), ['Ann Editor']).length <= 5);
	t.true(blameHints('should have human error careless who? failed to. '.repeat(400)).length <= 5);
	t.true(performance.now() - started < 2000);
});
