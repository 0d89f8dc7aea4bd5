import test from 'ava';
import {draftOf} from '../../reports/draft.ts';
import {reportJson} from '../../reports/report-json.ts';
import {reportMarkdown} from '../../templates/report-markdown.ts';
import {event, everywhere2015, finding, on, person, removal, stages, story2015, verdict} from '../helpers/story-2015.ts';

test('the summary says what is known, in order', t => {
	t.deepEqual(draftOf(story2015).summary.content, [
		'Deploy mw-7f3a (attempt 2) of 3 changes to mediawiki went live at 2015-10-26 15:13:07 and reached canaries.',
		'patch-order had said hold at before (15:11:21), and was passed.',
		'The signal errors rose 3 s later: 1,573 counted where the baseline explains 15.',
		'The gate said roll back at 15:13:31; the rollback began at 15:14:02 and was done at 15:15:18.',
		'The signals were normal at 15:15:20. The impact lasted 2 min 10 s.',
	]);
	t.is(draftOf(everywhere2015).summary.content[2], 'The rollback began at 15:14:30 and was done at 15:17:10 (target not verified).');
});

test('a clause whose fact is unknown is left out', t => {
	const summary = draftOf({...story2015, readings: []}).summary.content.join(' ');
	t.notRegex(summary, /rose|normal|lasted/);
	t.regex(summary, /roll back at 15:13:31/);
	t.deepEqual(draftOf({...story2015, deploy: null, stages: [], readings: [], events: [], rollbacks: []}).summary.content, []);
});

test('no name of a person stands in cause or impact', t => {
	const named = {
		...story2015,
		changes: story2015.changes.map(change => ({...change, subject: 'Revert what Riley Deployer did'})),
		stages: stages.map(stage => ({
			...stage,
			verdicts: stage.verdicts.map(said => ({
				...said,
				findings: said.findings.map(found => ({...found, because: `${found.because} (riley deployer)`})),
			})),
		})),
	};
	for (const story of [story2015, everywhere2015, named]) {
		const {summary, impact, trigger} = draftOf(story);
		t.notRegex(JSON.stringify([summary, impact, trigger]), /riley/i);
	}
});

test('the order is the first hypothesis where patch-order was passed, and all are proposed', t => {
	const {hypotheses} = draftOf(story2015).trigger.content;
	t.deepEqual(
		hypotheses.map(({kind, status, confidence}) => [kind, status, confidence]),
		[
			['patch_order', 'proposed', 'high'],
			['deploy', 'proposed', 'high'],
		],
	);
	t.deepEqual(
		hypotheses[0]?.evidence.map(({what}) => what),
		['finding', 'time-order', 'stage-order', 'cleared', 'verdict'],
	);
});

test('a deploy that was live after the impact began is innocent', t => {
	const story = {
		...story2015,
		stages: stages.map(stage => ({
			...stage,
			passedAt: stage.passedAt === null ? null : on('15:15:00'),
			askedAt: stage.askedAt === null ? null : on('15:15:10'),
		})),
		events: [...story2015.events, event(50, '15:13:10', 'impact_start', 'Readers saw errors', {actor: person}, 'human')],
	};
	const {hypotheses, none} = draftOf(story).trigger.content;
	t.deepEqual(hypotheses, []);
	t.regex(none ?? '', /No candidate: the impact began before deploy mw-7f3a was live/);
});

test('being near is evidence of nothing', t => {
	const near = {...story2015, stages: stages.map(stage => ({...stage, verdicts: []})), readings: [], rollbacks: []};
	t.regex(draftOf(near).trigger.content.none ?? '', /nothing but nearness/);
	t.regex(draftOf({...near, deploy: null}).trigger.content.none ?? '', /no deploy belongs/);
	t.regex(draftOf(story2015).trigger.content.confounders.join(), /parsoid-11 .* a confounder/);
});

test('the gate did, would have, could not', t => {
	t.deepEqual(
		draftOf(story2015).gate.content.rows.map(({part, stage, rule}) => [part, stage, rule]),
		[
			['did', 'canaries', 'canary-errors'],
			['would-have', 'before', 'patch-order'],
			['could-not', 'canaries', 'signals-alive'],
		],
	);
	t.regex(draftOf(everywhere2015).gate.content.sentence, /no verdict said roll back/);
	t.regex(draftOf({...story2015, deploy: null, stages: []}).gate.content.sentence, /could not judge, because no deploy/);
});

test('action items follow from what happened', t => {
	const kinds = (story: typeof story2015) =>
		draftOf(story).actions.content.map(({text, kind}) => [kind, text.split(' ').slice(0, 3).join(' ')]);
	t.deepEqual(kinds(story2015), [
		['fix', 'Push the revert'],
		['prevent', 'Declare the order'],
		['process', 'Review why patch-order'],
		['detect', 'Make the evidence'],
	]);
	t.deepEqual(kinds(everywhere2015), [
		['fix', 'Push the revert'],
		['detect', 'Add a check'],
		['mitigate', 'Verify the target'],
	]);
	t.deepEqual(kinds({...everywhere2015, debts: [], events: [], rollbacks: []}), []);
});

test('a move between repositories comes with the policy line that declares it', t => {
	const paste = (story: typeof story2015) => draftOf(story).actions.content.find(({kind}) => kind === 'prevent')?.paste;
	t.is(
		paste(story2015),
		'patch-order: {exclusive: [{name: "search.js moved", old_repository: "CirrusSearch", old_path: "resources/loggingSchema/search.js", new_repository: "WikimediaEvents", new_path: "modules/ext.wikimediaEvents.search.js"}]}',
	);
	t.is(paste({...story2015, known: []}), null, 'and no line is made up where the move is not seen');
	t.regex(paste({...story2015, known: [{...removal, repository: 'Elastica'}]}) ?? '', /old_repository: "Elastica"/);
});

test('a footer that nobody could read is to be mended', t => {
	const missed = finding('patch-order', 'warn', 'WikimediaEvents c0fd944 has a line "DependsOn: I46d3784" that no parser reads.', {
		remedy: 'Depends-On: I46d3784514155af27b407d78be567c291042fa86',
		data: {kind: 'near-miss'},
	});
	const story = {
		...story2015,
		stages: stages.map(stage => (stage.name === 'before' ? {...stage, verdicts: [verdict('go', 'before', '15:12:50', [missed])]} : stage)),
	};
	const item = draftOf(story).actions.content.find(({text}) => text.startsWith('Mend the footer'));
	t.like(item, {kind: 'prevent', paste: missed.remedy, because: missed.because});
});

test('the questions of the thread are asked, and one for each moment that is unset', t => {
	const ids = draftOf(everywhere2015).questions.content.map(({id}) => id);
	t.deepEqual(ids.slice(0, 6), ['moment-decided', 'train', 'thresholds', 'review', 'elsewhere', 'ordered-steps']);
	const bare = draftOf({...story2015, stages: [], events: [], readings: [], rollbacks: []});
	t.true(bare.questions.content.some(({text}) => text === 'When did users first notice?'));
	t.notRegex(JSON.stringify(bare.questions.content), /\bwho\b/i, 'none asks who');
});

test('the same state gives the same bytes, whatever the order of keys and events', t => {
	const {head, debts, ...rest} = story2015;
	const turned = {debts, head, ...rest, events: story2015.events.toReversed()};
	t.is(reportJson(draftOf(turned)), reportJson(draftOf(story2015)));
	t.is(reportMarkdown(draftOf(turned)), reportMarkdown(draftOf(story2015)));
	t.true(reportJson(draftOf(story2015)).endsWith('}\n'));
});

test('an incident without a deploy is drafted too', t => {
	const story = {
		...story2015,
		deploy: null,
		otherAttempts: [],
		changes: [],
		stages: [],
		overrides: [],
		landed: [],
		rollbacks: [],
		confounders: [],
	};
	const draft = draftOf(story);
	t.is(draft.metadata.find(({label}) => label === 'Deploy')?.text, 'none');
	t.regex(reportMarkdown(draft), /No candidate: no deploy belongs to this incident/);
});

test('a draft of 2,000 events is made in seconds on a busy machine', t => {
	const events = Array.from({length: 2000}, (_, index) =>
		event(index + 1, '15:13:07', 'note', `row ${index} of ${'x'.repeat(index % 40)}`, {
			happenedAt: new Date(Date.parse(on('15:00:00')) + index * 500).toISOString(),
		}),
	);
	const started = performance.now();
	draftOf({...story2015, events});
	t.true(performance.now() - started < 10_000, `${performance.now() - started} ms`);
});
