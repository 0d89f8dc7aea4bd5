import test from 'ava';
import fc from 'fast-check';
import {timelineOf} from '../../reports/timeline.ts';
import {event, on, person, story2015} from '../helpers/story-2015.ts';

const withEvents = (...events: readonly ReturnType<typeof event>[]) => ({...story2015, changes: [], events});

test('the lead-up belongs to the timeline, without addresses', t => {
	const rows = timelineOf(story2015, null);
	t.regex(rows[0]?.text ?? '', /WikimediaEvents df13d6d committed/);
	t.is(rows[0]?.actor, 'Riley Deployer');
	t.is(rows.at(-1)?.at, on('15:16:20'));
});

test('a row known to the minute stands first within its minute, and nowhere else', t => {
	const rows = timelineOf(
		withEvents(
			event(1, '15:13:59', 'landed', 'before the minute'),
			event(2, '15:14:02', 'landed', 'exact'),
			event(3, '15:14:30', 'note', 'about then', {precision: 'min', actor: person}),
			event(4, '15:15:00', 'landed', 'after'),
		),
		null,
	);
	t.deepEqual(
		rows.map(({text}) => text),
		['before the minute', 'about then', 'exact', 'after'],
	);
	t.true(rows[1]?.approximate);
});

test('whatever the order in which events come, the rows are the same and none is lost', t => {
	const rows = timelineOf(story2015, null);
	fc.assert(
		fc.property(fc.shuffledSubarray([...story2015.events], {minLength: story2015.events.length}), events => {
			t.deepEqual(timelineOf({...story2015, events}, null), rows);
			t.deepEqual(
				rows.flatMap(({seqs}) => seqs).toSorted((a, b) => a - b),
				story2015.events.map(({seq}) => seq),
			);
		}),
		{numRuns: 30},
	);
});

test('repeats are folded, with how often and until when; rows that matter are not', t => {
	const rows = timelineOf(
		withEvents(
			event(1, '15:13:11', 'gate_check', 'look 1'),
			event(2, '15:13:21', 'gate_check', 'look 2'),
			event(3, '15:13:31', 'gate_check', 'look 3'),
			event(4, '15:13:40', 'rollback_started', 'attempt 1'),
			event(5, '15:13:50', 'rollback_started', 'attempt 2'),
		),
		null,
	);
	t.like(rows[0], {repeats: 3, until: on('15:13:31'), seqs: [1, 2, 3]});
	t.is(rows.length, 3);
});

test('silence of over ten minutes during the impact is a row; outside it is not', t => {
	const story = withEvents(
		event(1, '14:00:00', 'landed', 'long before'),
		event(2, '15:13:10', 'alert', 'on fire'),
		event(3, '15:30:00', 'note', 'out'),
	);
	const rows = timelineOf(story, {from: on('15:13:10'), to: on('15:31:00')});
	t.deepEqual(
		rows.map(({type}) => type),
		['event', 'event', 'gap', 'event'],
	);
	t.is(rows[2]?.text, 'Nothing is recorded for 16 min 50 s of the impact.');
	t.is(timelineOf(story, null).length, 3);
	t.is(timelineOf(withEvents(), {from: on('15:13:10'), to: on('15:31:00')})[0]?.type, 'gap', 'also where there is no event at all');
});

test('a redacted row is shown as such', t => {
	const rows = timelineOf(withEvents(event(1, '15:13:10', 'note', 'the password is', {redacted: true, actor: person})), null);
	t.like(rows[0], {redacted: true, text: '(redacted)', actor: ''});
});
