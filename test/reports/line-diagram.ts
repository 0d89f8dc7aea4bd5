import test from 'ava';
import {lineDiagramSvg, lineDiagramText, stationsOf} from '../../reports/line-diagram.ts';
import {everywhere2015, on, stages, story2015} from '../helpers/story-2015.ts';

test('the text form says each signal, and when the deploy was stopped', t => {
	const stations = stationsOf(story2015).map(station => (station.stage === 'canaries' ? {...station, at: on('15:14:02')} : station));
	t.is(lineDiagramText(stations), 'before [GO] -- testservers [GO] -- canaries [ROLL BACK 15:14:02] -- production [ ]');
});

test('the train stands where the change is live, and turns back with a rollback', t => {
	const open = {deploy: story2015.deploy === null ? null : {...story2015.deploy, outcome: 'open' as const}, stages: stages.slice(0, 3)};
	t.deepEqual(
		stationsOf(open).map(({train}) => train),
		[false, false, true],
	);
	t.deepEqual(
		stationsOf({...open, stages: stages.slice(0, 2)}).map(({train}) => train),
		[false, false],
		'nothing is live before the first host of production has it',
	);
	t.true(stationsOf(everywhere2015).at(-1)?.turnedBack);
});

test('a go that is still undecided is a watch', t => {
	const undecided = stages.map(stage => ({
		...stage,
		verdicts: stage.verdicts.map(said => ({...said, verdict: 'go' as const, undecided: true})),
	}));
	t.regex(lineDiagramText(stationsOf({deploy: null, stages: undecided})), /canaries \[WATCH\]/);
});

test('each signal is a shape, a letter and a word', t => {
	const station = {stage: 'x', at: null, train: false, turnedBack: false};
	const shapes = (['go', 'watch', 'hold', 'rollback', 'blind', 'none'] as const).map(signal => lineDiagramSvg([{...station, signal}]));
	t.is(
		new Set(shapes.map(svg => svg.replaceAll(/>[^<]*</g, '><').replaceAll(/(?:class|aria-label)="[^"]*"/g, ''))).size,
		6,
		'told apart without words and colours',
	);
	for (const [word, letter] of [
		['GO', 'G'],
		['WATCH', 'W'],
		['HOLD', 'H'],
		['ROLL BACK', 'R'],
		['BLIND', '\\?'],
	] as const) {
		t.true(
			shapes.some(svg => svg.includes(`>${word}</text>`) && new RegExp(`>${letter}</text>`).test(svg)),
			word,
		);
	}
});

test('a hostile stage name is text, at any length and with no stage at all', t => {
	const svg = lineDiagramSvg([{stage: '"><script>alert(1)</script>', signal: 'go', at: null, train: true, turnedBack: false}], 'down');
	t.notRegex(svg, /<script/);
	t.regex(lineDiagramSvg([]), /No stage is configured/);
});
