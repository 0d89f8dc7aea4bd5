/** What people said in the draft, what is asked of them, and what the data says beside it. */
import test from 'ava';
import fc from 'fast-check';
import {draftOf} from '../../reports/draft.ts';
import {lineDifference} from '../../reports/line-difference.ts';
import {fieldOf, fieldsFor} from '../../reports/meeting.ts';
import {isDay, placedItems, settledStatus} from '../../reports/meeting-items.ts';
import {evidenceOf, prefillsOf} from '../../reports/meeting-prefill.ts';
import {saidLines} from '../../reports/meeting-said.ts';
import {plainLines, typedText} from '../../reports/plain-text.ts';
import {allQuestions} from '../../reports/questions.ts';
import {reportJson} from '../../reports/report-json.ts';
import {reportMarkdown} from '../../templates/report-markdown.ts';
import {answer, item, meetingStory} from '../helpers/meeting-samples.ts';
import {everywhere2015, story2015} from '../helpers/story-2015.ts';

const withAnswers = (...answers: ReturnType<typeof answer>[]) => ({
	...story2015,
	meeting: {questionSet: 'wikimedia-minutes-1', openedAt: story2015.asOf, answers, items: []},
});

test('the five topics and their questions stand in the wording of the minutes', t => {
	const labels = fieldsFor([], []).map(({label}) => label);
	t.deepEqual(labels.slice(1, 6), ['Meeting Date', 'Attendees', 'Main Task', 'Related Tasks', 'Resulting Tasks']);
	t.deepEqual(labels.slice(6), [
		'Brief Summary of Problem(s)',
		'How problem(s) was/were discovered?',
		'How problem(s) were introduced?',
		'Why didn’t this problem manifest in Beta?',
		'How could problem(s) could have been avoided',
		'How could we detect this kind of problem before train/deployment',
		'What changes have been put in place or are planned to avoid similar scenario in future deployments.',
	]);
});

test('every question has a field of its own, and no field has two meanings', t => {
	for (const {id} of allQuestions) t.is(fieldOf(id)?.id, id);
	const all = fieldsFor(allQuestions, []).map(({id}) => id);
	t.is(new Set(all).size, all.length);
	t.is(fieldOf('nothing'), null);
});

test('people are first in their section, and what was generated is kept beneath', t => {
	const {summary, detection, lessons, trigger, title, metadata} = draftOf(
		withAnswers(
			answer('summary', '- the wrong order\n  - of two patches'),
			answer('discovered', 'On IRC.'),
			answer('train', 'A fix.'),
			answer('introduced.beta', 'Both went out together.'),
			answer('title', 'A title'),
			answer('related_tasks', '• T1\n• T2'),
			answer('attendees', 'Ann,\nBob'),
		),
	);
	t.like(summary.said[0], {field: 'summary', label: 'Brief Summary of Problem(s)', version: 1});
	t.deepEqual(summary.said[0]?.lines, [
		{depth: 1, text: 'the wrong order'},
		{depth: 2, text: 'of two patches'},
	]);
	t.deepEqual(summary.content, draftOf(story2015).summary.content);
	t.deepEqual(summary.from, ['people', 'events', 'readings']);
	t.deepEqual([detection.said[0]?.text, lessons.said[0]?.text, trigger.said[0]?.text], ['On IRC.', 'A fix.', 'Both went out together.']);
	t.is(title, 'A title');
	t.deepEqual(metadata.slice(-3), [
		{label: 'Attendees', text: 'Ann,, Bob'},
		{label: 'Related Tasks', text: 'T1'},
		{label: 'Related Tasks', text: 'T2'},
	]);
});

test('answered questions leave the open ones, and a field that was emptied asks again', t => {
	const ids = (story: typeof story2015) => draftOf(story).questions.content.map(({id}) => id);
	const open = ids(story2015);
	t.true(open.includes('train') && open.includes('surprise'));
	t.deepEqual(
		ids(withAnswers(answer('train', 'A fix.'))),
		open.filter(id => id !== 'train'),
	);
	t.deepEqual(ids(withAnswers(answer('train', '', {version: 2}))), open);
	t.like(draftOf(withAnswers(answer('train', 'A fix.'))).meeting, {
		answered: 1,
		asked: fieldsFor(draftOf(story2015).questions.content, []).length,
	});
	t.is(draftOf(story2015).meeting, null);
});

test('what was answered of a moment stays where the data learns of it later', t => {
	const asked = {...everywhere2015, meeting: {...withAnswers(answer('moment-decided', 'At 15:14, on IRC.')).meeting}};
	t.is(draftOf(asked).timeline.said[0]?.text, 'At 15:14, on IRC.');
	const known = {
		...asked,
		events: [...asked.events, {...asked.events[2], seq: 7, kind: 'decision' as const, source: 'human' as const}],
	} as typeof asked;
	t.false(draftOf(known).questions.content.some(({id}) => id === 'moment-decided'));
	t.is(draftOf(known).timeline.said[0]?.text, 'At 15:14, on IRC.');
});

test('a proposal that was decided is offered no more, also where its reason is worded anew', t => {
	const [first, second] = draftOf(story2015).actions.content;
	if (first === undefined || second === undefined) return t.fail('the story proposes two');
	const story = (proposal: {text: string; because: string; paste: null}) => ({
		...story2015,
		meeting: {...withAnswers().meeting, items: [item(1, 'whatever people made of it', {from: 'rule', proposal})]},
	});
	const texts = (proposal: {text: string; because: string; paste: null}) => draftOf(story(proposal)).actions.content.map(({text}) => text);
	t.false(texts({text: first.text, because: first.because, paste: null}).includes(first.text));
	t.false(texts({text: first.text, because: 'as it was said then', paste: null}).includes(first.text));
	t.true(texts({text: 'another', because: first.because, paste: null}).includes(first.text));
	return undefined;
});

test('an item counts with an owner and a due date, its own or those of what it is part of', t => {
	const items = [
		item(1, 'a', {owner: 'greg', due: '2026-03-20'}),
		item(2, 'a part', {parent: 'INC-2015-0001-A1'}),
		item(3, 'b', {owner: 'chad'}),
		item(4, 'c'),
		item(5, 'd', {status: 'done'}),
	];
	t.deepEqual(
		placedItems(items.toReversed()).map(({item: {text}, depth, lacks}) => [text, depth, lacks]),
		[
			['a', 0, []],
			['a part', 1, []],
			['b', 0, ['a due date']],
			['c', 0, ['an owner', 'a due date']],
			['d', 0, []],
		],
	);
	t.is(settledStatus('agreed', 'greg', null), 'proposed');
	t.is(settledStatus('proposed', 'greg', '2026-03-20'), 'agreed');
	t.is(settledStatus('done', null, null), 'done');
	t.deepEqual(['2026-02-28', '2026-02-30', '26-02-28', 'Friday', '2026-2-8'].map(isDay), [true, false, false, false, false]);
});

test('what the data says to begin with is made of what is known, and says where it is from', t => {
	const draft = draftOf(story2015);
	const prefills = prefillsOf(story2015, draft);
	t.regex(prefills.get('summary')?.from ?? '', /15:13:31 the gate said roll back at canaries/);
	t.regex(prefills.get('discovered')?.text ?? '', /^- A signal first showed it at 15:13:20/);
	t.regex(prefills.get('introduced')?.text ?? '', /\(hypothesis, high confidence\)/);
	t.false(prefills.has('learned.avoided') || prefills.has('introduced.beta'), 'what nobody can know is not filled');
	const evidence = evidenceOf(story2015, draft);
	t.true(evidence.get('learned.avoided')?.some(({title}) => title === 'What the gate saw'));
	t.true(evidence.get('introduced.beta')?.[0]?.lines.includes('testservers: go at 15:12:57'));
	const bare = {...story2015, deploy: null, stages: [], events: [], readings: [], changes: [], rollbacks: [], confounders: []};
	t.deepEqual([...prefillsOf(bare, draftOf(bare)).keys()], ['title']);
});

test('what is said in the meeting changes nothing that is generated', t => {
	const {summary, trigger, detection} = draftOf({
		...meetingStory,
		events: [
			...story2015.events,
			...story2015.events.slice(0, 1).map(event => ({
				...event,
				seq: 99,
				kind: 'note' as const,
				source: 'meeting' as const,
				actor: {kind: 'person' as const, name: 'Search'},
				happenedAt: '2015-10-27T17:00:00.000Z',
			})),
		],
	});
	const plain = draftOf(story2015);
	t.deepEqual(
		[summary.content, trigger.content, detection.content],
		[plain.summary.content, plain.trigger.content, plain.detection.content],
	);
});

test('the same state gives the same bytes, whatever the order of answers and items', t => {
	const {meeting} = meetingStory;
	if (meeting === null) return t.fail('the story has a meeting');
	const turned = {...meetingStory, meeting: {...meeting, answers: meeting.answers.toReversed(), items: meeting.items.toReversed()}};
	t.is(reportJson(draftOf(turned)), reportJson(draftOf(meetingStory)));
	t.is(reportMarkdown(draftOf(turned)), reportMarkdown(draftOf(meetingStory)));
	return undefined;
});

test('no word of an answer is lost in its lines, however long they are', t => {
	const letters = (text: string) => [...text.matchAll(/[\p{L}\p{N}]/gu)].join('');
	const line = fc.tuple(fc.constantFrom('', '- ', '  - ', '    • ', '\t* ', '** '), fc.string({unit: 'grapheme', maxLength: 60}));
	fc.assert(
		fc.property(fc.array(line, {maxLength: 12}), fc.nat({max: 3000}), (lines, length) => {
			const text = plainLines(`${lines.map(parts => parts.join('')).join('\n')}\n${'x'.repeat(length)}`);
			const said = saidLines(text);
			t.is(letters(said.map(each => each.text).join('')), letters(text));
			t.true(said.every(each => each.text !== '' && each.text.length <= 2000 && each.depth >= 0 && each.depth <= 5));
		}),
		{numRuns: 500},
	);
});

test('typed text keeps its lines, and a second pass changes nothing', t => {
	t.is(typedText('\r\n\r\na\r\n\tb  \r\rc\u0000\u2028d\n\n'), 'a\n    b\n\nc␀\nd');
	fc.assert(
		fc.property(fc.string({unit: 'binary', maxLength: 40}), text => {
			t.is(typedText(typedText(text)), typedText(text));
			t.is(plainLines(plainLines(text)), plainLines(text));
			t.notRegex(plainLines(text), /[^\P{Cc}\n]|[\u202A-\u202E\u2066-\u2069]|\p{Cs}/u);
		}),
	);
});

test('a difference holds both texts', t => {
	const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), {maxLength: 8}).map(all => all.join('\n'));
	fc.assert(
		fc.property(lines, lines, (before, after) => {
			const found = lineDifference(before, after);
			const of = (kind: 'gone' | 'new') =>
				found
					.filter(line => line.kind === 'same' || line.kind === kind)
					.map(({text}) => text)
					.join('\n');
			t.is(of('gone'), before);
			t.is(of('new'), after);
		}),
	);
	t.deepEqual(
		lineDifference('a\nb\nc', 'a\nx\nc').map(({kind, text}) => `${kind} ${text}`),
		['same a', 'gone b', 'new x', 'same c'],
	);
	const long = Array.from({length: 900}, (_, index) => `line ${index}`).join('\n');
	t.is(lineDifference(long, `${long}\nmore`).length, 1801);
});
