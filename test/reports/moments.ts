import test from 'ava';
import {momentKeys, momentsOf} from '../../reports/moments.ts';
import {event, everywhere2015, on, person, story2015} from '../helpers/story-2015.ts';

test('the moments of a deploy that was stopped on its canaries', t => {
	const moments = momentsOf(story2015);
	t.deepEqual(
		momentKeys.map(key => moments[key]?.at ?? null),
		['15:13:07', '15:13:10', '15:13:20', '15:13:31', '15:13:31', '15:14:02', '15:15:18', '15:15:20', '15:15:20'].map(on),
	);
	t.like(moments.detected, {by: 'machine', evidence: [9], setBy: 'rule'});
	t.is(moments.rollback_done?.confidence, 'high');
	t.is(moments.impact_end?.confidence, 'medium', 'signals do not show caches and data');
});

test('a person was first where no check spoke, and nobody is known to have decided', t => {
	const moments = momentsOf(everywhere2015);
	t.like(moments.detected, {by: 'person', at: on('15:14:00')});
	t.is(moments.decided, null);
	t.like(moments.rollback_done, {at: on('15:17:10'), confidence: 'low'}, 'the word "Finished" is not verification');
});

test('nothing is filled without evidence', t => {
	const bare = {...story2015, stages: [], events: [], readings: [], rollbacks: [], landed: []};
	t.deepEqual(
		momentKeys.filter(key => momentsOf(bare)[key] !== null),
		[],
	);
});

test("a person's word wins over the rule, with the precision it was given in", t => {
	const said = event(99, '15:20:00', 'impact_end', 'Caches were purged', {actor: person, precision: 'min'}, 'human');
	const corrected = event(100, '15:12:58', 'note', 'first host', {actor: person, data: {moment: 'change_live'}}, 'human');
	const moments = momentsOf({...story2015, events: [...story2015.events, said, corrected]});
	t.like(moments.impact_end, {at: on('15:20:00'), setBy: 'human', confidence: 'medium', evidence: [99]});
	t.like(moments.change_live, {at: on('15:12:58'), setBy: 'human', confidence: 'high'});
});

test('a rollback whose target was seen to be wrong is not done', t => {
	const [first] = story2015.rollbacks;
	if (first === undefined) return t.fail('the story has a rollback');
	t.is(momentsOf({...story2015, rollbacks: [{...first, verified: false}]}).rollback_done, null);
	return undefined;
});
