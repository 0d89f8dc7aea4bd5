import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {AppError} from '../../../server/app-error.ts';
import {logFileSignals} from '../../../server/config/describe-signal.ts';
import {readStory} from '../../../server/replay/read-story.ts';
import {smallStory} from '../../helpers/small-story.ts';

const folder = '/tmp/a-story';
const read = (text: string) => readStory(text, 'small.yaml', folder);

function problemsOf(text: string): readonly string[] {
	try {
		read(text);
		return [];
	} catch (error) {
		if (!(error instanceof AppError)) throw error;
		return error.problems.length > 0 ? error.problems : [error.message];
	}
}

test('reads a story with its hosts written out and its service as signalbox.yaml has it', t => {
	const story = read(smallStory);
	t.deepEqual(story.service.hosts, {canaries: ['c1'], baseline: ['b1', 'b2']});
	t.is(logFileSignals(story.service.signals)[0]?.log.path, join(folder, 'logs/app.json'));
	t.deepEqual(
		story.repositories.map(({name, checkout, branch, commits}) => [name, checkout, branch, commits.map(({id}) => id)]),
		[['app/shop', 'shop', 'main', ['base', 'broken']]],
	);
	t.is(story.steps[0]?.line, smallStory.split('\n').findIndex(line => line.includes('- check')) + 1);
	t.deepEqual(story.steps[0]?.action.do === 'check' && story.steps[0].action.hosts, ['deploy1']);
});

const wrong: readonly (readonly [what: string, from: string, to: string, sentence: RegExp])[] = [
	['a key of the story', 'speed: 50', 'sped: 50', /^small\.yaml line 4: there is no key «sped»; did you mean «?speed»?/],
	['a verb', '- check: {stage', '- chek: {stage', /line 27: there is no step «chek»; did you mean «?check»?/],
	['a stage', 'stage: before, expect', 'stage: befor, expect', /there is no stage «befor»; did you mean «?before»?/],
	['a key of a step', 'expect: {exit', 'expects: {exit', /there is no key «expects»; did you mean «?expect»?/],
	['an expectation that is no exit code', 'exit: 0', 'exit: good', /«exit» must be a whole number from 0 to 255/],
	[
		'a key of the service',
		'deploy_host: deploy1',
		'deploy_hots: deploy1',
		/line 14: there is no key «deploy_hots»; did you mean «?deploy_host»?/,
	],
	['a commit that stands on nothing', 'from: base', 'from: bas', /there is no commit «bas» before this one/],
	['a commit without a time', ', at: "2026-05-02T08:00:00Z"', '', /line 10: the key «at» is missing/],
	['a time that is none', '"2026-05-04T08:00:00Z"', '"yesterday"', /line 3: «yesterday» is no time/],
	['a path that climbs out', 'app.js: "new', '../app.js: "new', /«\.\.\/app\.js» is no plain relative path/],
	[
		'a branch that nothing is on',
		'id: base, subject',
		'id: base, branch: other, subject',
		/no commit is on «main», the branch that is deployed/,
	],
	['a fault without a rule', '    where: [{repository: app/shop, path: app.js, contains: new}]\n', '', /a fault needs «where»/],
	[
		'a fault in an unknown repository',
		'repository: app/shop, path',
		'repository: app/shoop, path',
		/there is no repository «app\/shoop»; did you mean «?app\/shop»?/,
	],
	['a range of hosts that is backwards', 'b[1-2]', 'b[2-1]', /«b\[2-1\]» is no host name/],
	['a share above one', 'message: it is broken', 'message: it is broken\n    share: 3', /«share» must be a number from 0 to 1/],
	['a log outside of the story', 'path: logs/app.json', 'path: /var/log/app.json', /are written below its own folder/],
	[
		'a pick of nothing',
		'- check: {stage: before, expect: {exit: 0}}',
		'- checkout: {picks: [brokn]}',
		/there is no commit «brokn» in the story; did you mean «?broken»?/,
	],
	['two verbs in one step', '- check: {stage: before, expect: {exit: 0}}', '- {say: a, wait: 3}', /a step has one verb/],
	['a text that is no expression', 'expect: {exit: 0}', 'expect: {says: "/(/"}', /is no regular expression/],
	[
		'a wrong moment',
		'- check: {stage: before, expect: {exit: 0}}',
		'- report: {moments: [change_life]}',
		/there is no moment «change_life»; did you mean «?change_live»?/,
	],
	[
		'its own changes',
		'deploy_host: deploy1',
		'deploy_host: deploy1\n  changes: {from: names}',
		/the changes of a story are its repositories/,
	],
	['no signal', /signals:[\s\S]*?(?=traffic)/.exec(smallStory)?.[0] ?? '', '', /a story needs a signal/],
];

for (const [what, from, to, sentence] of wrong) {
	test(`says what is wrong with ${what}`, t => {
		t.true(smallStory.includes(from), 'the story has what is changed');
		const problems = problemsOf(smallStory.replace(from, to));
		t.true(
			problems.some(problem => sentence.test(problem)),
			JSON.stringify(problems),
		);
	});
}

test('says all problems at once', t => {
	t.is(problemsOf(smallStory.replace('exit: 0', 'exit: 300').replace('share: 1', '').replace('seed: 7', 'seeds: 7')).length, 2);
});

test('the stories that come with the package can be read, and nothing in the code knows them', t => {
	const stories = join(process.cwd(), 'server/replay/stories');
	const names = readdirSync(stories).filter(name => name.endsWith('.yaml'));
	t.true(names.length >= 2);
	const sources = readdirSync(join(process.cwd(), 'server'), {recursive: true, encoding: 'utf8'}).filter(name => name.endsWith('.ts'));
	t.true(sources.length > 50);
	const everything = ['gate', 'reports', 'templates', 'server'].flatMap(top =>
		readdirSync(join(process.cwd(), top), {recursive: true, encoding: 'utf8'})
			.filter(name => name.endsWith('.ts'))
			.map(name => readFileSync(join(process.cwd(), top, name), 'utf8')),
	);
	for (const name of names) {
		const story = readStory(readFileSync(join(stories, name), 'utf8'), name, folder);
		t.is(`${story.name}.yaml`, name);
		const commits = story.repositories.flatMap(repository => repository.commits);
		for (const word of [...commits.flatMap(({changeId}) => changeId ?? []), ...story.faults.map(({message}) => message)])
			t.false(
				everything.some(text => text.includes(word)),
				`the code knows ${word}`,
			);
		const words = [
			story.name,
			...story.repositories.map(repository => repository.name),
			...story.faults.map(fault => fault.name),
			...story.service.hosts.canaries,
		];
		for (const source of sources.filter(file => file.startsWith('replay/') || file === 'commands/replay.ts')) {
			const text = readFileSync(join(process.cwd(), 'server', source), 'utf8');
			for (const word of [...words, '2015']) t.false(text.includes(word), `${source} knows ${word} of ${name}`);
		}
	}
});
