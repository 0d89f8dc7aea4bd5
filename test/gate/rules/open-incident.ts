import test from 'ava';
import type {Incident} from '../../../gate/facts.ts';
import {openIncident} from '../../../gate/rules/open-incident.ts';
import {change, factsWith, quietDay} from '../../helpers/quiet-day.ts';

const incident = (more: Partial<Incident> = {}): Incident => ({
	id: 'INC-2015-10-26',
	title: 'All wikis answer with a fatal error',
	status: 'open',
	openedAt: '2015-10-26T15:13:07.000Z',
	...more,
});
const check = (incidents: Incident[], ...messages: string[]) =>
	openIncident.check(
		factsWith({incidents, batch: {...quietDay.batch, changes: messages.map((message, index) => change(`aaaa111${index}`, {message}))}}),
		{},
	);

test('passes without an incident, and never holds for a suspected or mitigated one', t => {
	t.is(check([], 'x')[0]?.outcome, 'pass');
	for (const status of ['suspected', 'mitigated', 'resolved', 'closed', 'not_an_incident'] as const)
		t.is(check([incident({status})], 'x')[0]?.outcome, 'pass');
	t.is(check([incident({status: 'mitigated'})], 'x')[0]?.because, 'no open incident (1 suspected or mitigated, which never hold)');
});

test('an open incident holds, says since when, and how to go on', t => {
	const [finding] = check([incident()], 'x');
	t.is(finding?.outcome, 'hold');
	t.is(finding?.because, 'INC-2015-10-26 is open since 2015-10-26 15:13:07 UTC: All wikis answer with a fatal error');
	t.regex(finding?.remedy ?? '', /Fixes-Incident: INC-2015-10-26/);
	t.regex(finding?.remedy ?? '', /signalbox allow --service app --rule open-incident --for 30m --reason TEXT/);
	t.true(openIncident.precondition);
});

test('an empty batch is held too', t => t.is(check([incident()])[0]?.outcome, 'hold'));

test('the fix passes by its footer, in any case, and what rides along is said', t => {
	const [finding] = check([incident()], 'x\n\nfixes-incident: inc-2015-10-26\n', 'y');
	t.is(finding?.outcome, 'pass');
	t.is(finding?.because, 'INC-2015-10-26 is open, and app aaaa111 says that it fixes it (1 more ride along).');
});

test('the footer of another incident does not help, and a near miss is shown', t => {
	t.is(check([incident()], 'x\n\nFixes-Incident: INC-1')[0]?.outcome, 'hold');
	const [finding] = check([incident()], 'x\n\nFixes incident INC-2015-10-26');
	t.is(finding?.outcome, 'hold');
	t.deepEqual(
		finding?.evidence?.map(({label}) => label),
		['near miss'],
	);
});

test('a batch that only takes back passes; one that also brings something does not', t => {
	const revert = 'Revert "x"\n\nThis reverts commit aaf6372.\n';
	t.is(check([incident()], revert)[0]?.outcome, 'pass');
	t.is(check([incident()], revert, 'y')[0]?.outcome, 'hold');
});

test('each open incident is judged by itself, many are bounded, and hostile titles are cleaned', t => {
	t.deepEqual(
		check([incident(), incident({id: 'INC-2'})], 'x\n\nFixes-Incident: INC-2').map(({outcome}) => outcome),
		['hold', 'pass'],
	);
	t.is(
		check(
			Array.from({length: 100}, (_, index) => incident({id: `INC-${index}`})),
			'x',
		).length,
		21,
	);
	const [finding] = check([incident({title: `\u001b[2J${'x'.repeat(1000)}`})], 'x');
	t.true((finding?.because.length ?? 999) < 300);
	t.false(finding?.because.includes('\u001b'));
});
