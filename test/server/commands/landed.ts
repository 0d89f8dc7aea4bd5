/** What is landed, at the terminal. */
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {call} from '../../helpers/cli.ts';
import {batchTo, type ServiceUnderTest, serviceUnderTest, sha} from '../../helpers/service.ts';

const versions = {test: '1.2.0-rc.4', canary: '1.2.0-rc.4', default: '1.2.0-rc.3'};

const landed = (service: ServiceUnderTest, args: readonly string[]) =>
	call(
		['landed', '--service', 'app', '--config', path.join(service.folder, 'signalbox.yaml'), '--url', service.url, ...args],
		service.folder,
	);

/** `a` is everywhere; `b` came to the first two groups, and was picked to the branch of their version. */
async function started(t: ExecutionContext): Promise<ServiceUnderTest> {
	const service = await serviceUnderTest(t);
	const a = batchTo('a1b2c3d', {changeId: `I${'e'.repeat(40)}`, patchId: '7'.repeat(40)});
	for (const stage of ['before', 'testservers', 'canaries', 'production']) await service.ask(stage, {...a, beside: {versions}});
	for (const stage of ['before', 'testservers', 'canaries']) await service.ask(stage, batchTo('b1b2c3d'));
	return service;
}

test('a group is listed with its version, its commits and what deploys brought', async t => {
	const service = await started(t);
	const {code, stdout} = await landed(service, ['--group', 'canary']);
	t.is(code, 0);
	t.regex(stdout, /^canary of app runs 1\.2\.0-rc\.4 since \d{4}-/);
	t.regex(stdout, /Shared by every version:\n {2}app b1b2c3d, since .*Z, D-2026-0002/);
	t.regex(
		stdout,
		/Brought by deploys, newest first \(2 of 2\):\n {2}app b1b2c3d Change b1b2c3d, since .*, D-2026-0002\/1\n {2}app a1b2c3d/,
	);
	const json = JSON.parse((await landed(service, ['--group', 'canary', '--json'])).stdout) as {picksTotal: number; version: {name: string}};
	t.like(json, {picksTotal: 2, version: {name: '1.2.0-rc.4'}});
	t.regex((await landed(service, [])).stdout, /test of app runs[\s\S]*canary of app runs[\s\S]*default of app runs 1\.2\.0-rc\.3/);
});

test('a change is shown where it is live and where not, and the exit code says so of one group', async t => {
	const service = await started(t);
	for (const name of ['b1b2c3d', sha('b1b2c3d')]) {
		const {code, stdout} = await landed(service, [name]);
		t.is(code, 0, name);
		t.regex(stdout, /is live on 2 of 3 groups/, name);
		t.regex(stdout, /app canary: live since .*Z, by D-2026-0002\/1/, name);
		t.regex(stdout, /app default: not live; no deploy brought it there/, name);
	}
	t.is((await landed(service, ['--group', 'canary', 'b1b2c3d'])).code, 0);
	t.is((await landed(service, ['--group', 'default', 'b1b2c3d'])).code, 1);
	for (const name of [`I${'e'.repeat(40)}`, `I${'e'.repeat(9)}`, '7'.repeat(40)])
		t.is((await landed(service, ['--group', 'default', name])).code, 0, name);
});

test('a change that nothing is known of is said to be that, and not to be elsewhere', async t => {
	const service = await started(t);
	const {code, stdout} = await landed(service, ['--group', 'canary', 'fffffff']);
	t.is(code, 4);
	t.regex(stdout, /Nothing is known here of fffffff/);
	t.regex(stdout, /app canary: not known; no deploy that was seen has it/);
	const bare = await serviceUnderTest(t);
	t.is((await landed(bare, ['--group', 'canary', 'a1b2c3d'])).code, 4);
	t.regex((await landed(bare, ['--group', 'canary'])).stdout, /Nothing is known of what canary of app runs/);
});

test('a change that was reverted says by what', async t => {
	const service = await started(t);
	const message = `Revert "it"\n\nThis reverts commit ${sha('a1b2c3d')}.\n`;
	for (const stage of ['before', 'testservers', 'canaries']) await service.ask(stage, batchTo('c1b2c3d', {message}));
	const {code, stdout} = await landed(service, ['--group', 'canary', 'a1b2c3d']);
	t.is(code, 1);
	t.regex(stdout, /app canary: not live; reverted by c1b2c3d, .*Z \(it came with D-2026-0001\/1\)/);
});

test('wrong names are named, with the nearest right one', async t => {
	const service = await started(t);
	for (const [args, problem] of [
		[['--group', 'canarie'], /no group called "canarie"; did you mean canary\?/],
		[['--group', 'canarie', 'a1b2c3d'], /did you mean canary\?/],
		[['nothing'], /a commit of 7 digits or more/],
		[['a1b2c3d', 'b1b2c3d'], /One change at a time/],
	] as const) {
		const {code, stderr} = await landed(service, args);
		t.is(code, 2);
		t.regex(stderr, problem);
	}
	const other = await call(['landed', '--service', 'ap', '--url', service.url], service.folder);
	t.is(other.code, 2);
	t.regex(other.stderr, /Did you mean app\?/);
});
