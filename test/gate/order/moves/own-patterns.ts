/** The patterns of a team: from its policy, with the lines of what is wrong, to the client that reads by them. */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {stringify} from 'yaml';
import {readPatterns} from '../../../../gate/order/moves/patterns.ts';
import {readNames} from '../../../../gate/order/moves/read-names.ts';
import {rules} from '../../../../gate/rules/all.ts';
import {AppError} from '../../../../server/app-error.ts';
import {readLandedAnswer} from '../../../../server/client/answers.ts';
import {loadConfig} from '../../../../server/config/load.ts';
import {ownPatterns} from '../../../../server/facts.ts';
import {temporaryFolder} from '../../../helpers/client-world.ts';
import {documented} from '../../../helpers/hook-world.ts';
import {serviceUnderTest, usualService} from '../../../helpers/service.ts';

const example = documented('moves.md').yaml('services') as {services: {shop: object}};

test('the example of docs/moves.md is read, and finds what it says', async t => {
	const {config} = (await serviceUnderTest(t, {config: example})).deps;
	const shop = config.services.get('shop');
	const {patterns, problems} = readPatterns(shop ? ownPatterns(shop) : []);
	t.deepEqual(problems, []);
	const names = (path: string, text: string) =>
		readNames(path, text, patterns).map(({use, kind, name, line}) => `${line} ${use} ${kind} ${name}`);
	t.deepEqual(names('jobs/mail.rb', "\n  schedule 'invoice-mail', every: 1.day\nrun_now 'other-mail'\n"), [
		'2 registered job invoice-mail',
		'3 read job other-mail',
	]);
	t.deepEqual(names('jobs/spec/mail.rb', "schedule 'invoice-mail'"), []);
	t.deepEqual(names('a/topics.json', '{"topics": {"orders": {}}}'), ['1 registered topic shop.orders']);
});

test('the service tells its client the patterns, word by word; an answer without them is read as before', async t => {
	const {url} = await serviceUnderTest(t, {config: example});
	const answer: unknown = await (await fetch(`${url}/api/v1/services/shop/landed`)).json();
	const {patterns} = readLandedAnswer(answer, 'test');
	t.deepEqual(
		patterns?.map(({name, kind}) => [name, kind]),
		[
			['scheduled jobs', 'job'],
			['topics', 'topic'],
		],
	);
	t.is(patterns?.[0]?.registers, "^\\s*schedule '([\\w-]+)'");
	t.is(patterns?.[1]?.prefix, 'shop.');
	const {patterns: _, ...older} = answer as Record<string, unknown>;
	t.deepEqual(readLandedAnswer(older, 'test').patterns, []);
	t.deepEqual(readLandedAnswer({...older, patterns: [1, {name: 'x'}, {name: 'x', kind: 'x', path: 'x', reads: 7}]}, 'test').patterns, [
		{name: 'x', kind: 'x', path: 'x'},
	]);
	const plain = await serviceUnderTest(t, {config: {services: {app: usualService}}});
	t.deepEqual(((await (await fetch(`${plain.url}/api/v1/services/app/landed`)).json()) as {patterns: unknown}).patterns, []);
});

test('a wrong pattern is named with its line when the configuration is read', t => {
	const folder = temporaryFolder(t);
	const patterns = [{name: 'jobs', kind: 'job', path: 'jobs/*.rb', registers: "job '(\\w+"}];
	const text = stringify({services: {app: {policy: {rules: {'patch-order': {patterns}}}}}});
	writeFileSync(join(folder, 'signalbox.yaml'), text);
	const error = t.throws(() => loadConfig({env: {}, cwd: folder, rules, candidates: ['signalbox.yaml']}), {instanceOf: AppError});
	const line = text.split('\n').findIndex(each => each.includes('registers:')) + 1;
	t.deepEqual(
		[error?.message, ...(error?.problems ?? [])].some(
			each => each.includes(`signalbox.yaml line ${line}: `) && each.includes('has a «(» at character 6 that is not closed'),
		),
		true,
		[error?.message, ...(error?.problems ?? [])].join('\n'),
	);
});
