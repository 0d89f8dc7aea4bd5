/** A hook before a service that wants to know who asks: a token shown, one refused, and what is never held passing all the same. */
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {httpTransport} from '../../../server/client/http.ts';
import {flushSpool} from '../../../server/client/spool.ts';
import {commit, configure, git, playService, repository, run, temporaryFolder} from '../../helpers/client-world.ts';
import {serviceUnderTest, usualService} from '../../helpers/service.ts';
import {tokenHeader} from '../../helpers/visitor.ts';

const asked = ['check', '--service', 'app', '--stage', 'before', '--deadline', '4'];
const config = (url: string, more = '') => `url: ${url}\nspool: spool\n${more}`;
const withGit = 'services:\n  app:\n    changes: {from: git, checkouts: [{path: app, repository: app}]}\n';
const spooled = (folder: string): {kind: string; text: string}[] =>
	existsSync(join(folder, 'spool'))
		? readdirSync(join(folder, 'spool'))
				.filter(name => name.startsWith('event-'))
				.map(name => JSON.parse(readFileSync(join(folder, 'spool', name), 'utf8')) as {kind: string; text: string})
		: [];
const env = (folder: string, more: Record<string, string> = {}) => ({env: {HOME: folder, USER: 'ada', PATH: process.env['PATH'], ...more}});

test('the real service is asked with the token of a file, or of the environment', async t => {
	const {deps, url, events} = await serviceUnderTest(t, {config: {sign_in: {}, services: {app: usualService}}});
	const token = (await tokenHeader(deps, 'fleet', 'deployer')).authorization.slice(7);
	const folder = temporaryFolder(t);
	writeFileSync(join(folder, 'token'), `${token}\n`);
	configure(folder, config(url, 'token_file: token\nunreachable: go\n'));
	t.is((await run(folder, [...asked, 'abcdef1'])).exit, 0);
	configure(folder, config(url, 'unreachable: go\n'));
	t.is((await run(folder, [...asked, 'abcdef2'], env(folder, {SIGNALBOX_TOKEN: token}))).exit, 0);
	t.true((await events()).some(({actor}) => actor.name === 'ada via token fleet'));
});

test('without a token, or with one that is refused, nothing passes on the word of the hook, whatever `unreachable` says', async t => {
	const {deps, url} = await serviceUnderTest(t, {config: {sign_in: {}, services: {app: usualService, other: usualService}}});
	const folder = temporaryFolder(t);
	configure(folder, config(url, 'unreachable: go\n'));
	const bare = await run(folder, [...asked, 'abcdef1']);
	t.is(bare.exit, 2);
	t.regex(bare.stderr, /does not know who asks: Sign in first.*\n {2}name a file with a token by .*token_file.*SIGNALBOX_TOKEN/);
	const revoked = await run(folder, [...asked, 'abcdef1'], env(folder, {SIGNALBOX_TOKEN: `sbx_0123456789_${'x'.repeat(43)}`}));
	t.is(revoked.exit, 2);
	t.regex(revoked.stderr, /This token is unknown, revoked or expired/);
	const weak = (await tokenHeader(deps, 'weak', 'viewer')).authorization.slice(7);
	const refused = await run(folder, [...asked, 'abcdef1'], env(folder, {SIGNALBOX_TOKEN: weak}));
	t.is(refused.exit, 2);
	t.regex(refused.stderr, /refuses this: This needs the role deployer; token weak is viewer/);
	const limited = (await tokenHeader(deps, 'limited', 'deployer', {services: ['other']})).authorization.slice(7);
	const foreign = await run(folder, [...asked, 'abcdef1'], env(folder, {SIGNALBOX_TOKEN: limited}));
	t.is(foreign.exit, 2);
	t.regex(foreign.stderr, /This is about app; token limited may write about other only/);
	t.deepEqual(spooled(folder), []);
	const json = await run(folder, [...asked, '--json', 'abcdef1']);
	t.like(JSON.parse(json.stdout), {exit: 2});
});

test('what is forced or taken back passes before a service that does not let the host in, and waits on disk', async t => {
	const {deps, url, events} = await serviceUnderTest(t, {config: {sign_in: {}, services: {app: usualService}}});
	const folder = temporaryFolder(t);
	configure(folder, config(url));
	const back = await run(folder, [...asked, '--rollback', 'abcdef1']);
	t.is(back.exit, 0);
	t.regex(back.stdout, /a rollback is never held.*does not know who asks/);
	t.is((await run(folder, [...asked, '--force', '--reason', 'fire', 'abcdef1'])).exit, 0);
	configure(folder, config(url, 'token_file: gone\n'));
	const unread = await run(folder, [...asked, '--rollback', 'abcdef1']);
	t.is(unread.exit, 0, 'a token that cannot be read holds no rollback');
	t.regex(unread.stdout, /the token cannot be read/);
	t.deepEqual(
		spooled(folder)
			.map(({kind}) => kind)
			.toSorted(),
		['gate_overridden', 'rollback_started', 'rollback_started'],
	);
	const token = (await tokenHeader(deps, 'fleet', 'deployer')).authorization.slice(7);
	const refused = await flushSpool(join(folder, 'spool'), events => httpTransport(url).record(events));
	t.like(refused, {sent: 0, left: 3});
	const flushed = await flushSpool(join(folder, 'spool'), events => httpTransport(url, {value: token}).record(events));
	t.deepEqual(flushed, {sent: 3, left: 0, problems: []}, 'delivered once the host is let in');
	t.is((await events()).filter(({kind}) => kind === 'rollback_started').length, 2);
});

test.serial('a rollback known by its content passes before a service that refuses the host; new code does not', async t => {
	const folder = temporaryFolder(t);
	const service = await playService(t);
	const app = repository(join(folder, 'app'));
	const old = commit(app, 'Old', {a: '1'});
	const live = commit(app, 'Live', {a: '2'});
	service.landed = {
		...service.landed,
		landed: [{group: 'east', repository: 'app', branch: null, sha: live, since: null}],
		history: [{repository: 'app', branch: null, sha: old}],
	};
	configure(folder, config(service.url, `unreachable: go\n${withGit}`));
	await run(folder, asked);
	for (const status of [401, 403]) {
		service.interfere = (_path, response) => {
			response.writeHead(status, {'content-type': 'text/html'}).end('<h1>Log in</h1>');
			return true;
		};
		git(app, 'checkout', '-q', '--detach', old);
		const back = await run(folder, asked);
		t.is(back.exit, 0, back.stderr);
		t.regex(back.stdout, /takes a deploy back, which is never held/);
		git(app, 'checkout', '-q', 'main');
		const plain = await run(folder, asked);
		t.is(plain.exit, 2);
		t.regex(plain.stderr, /something in front of it may want a sign-in/);
	}
	t.deepEqual(
		spooled(folder).map(({kind}) => kind),
		['rollback_started', 'rollback_started'],
	);
});

test('the token goes to the service of the configuration, and not where the command line points', async t => {
	const [own, other] = [await playService(t), await playService(t)];
	const shown: Record<string, (string | undefined)[]> = {own: [], other: []};
	for (const [name, service] of [
		['own', own],
		['other', other],
	] as const)
		service.interfere = (_path, _response, request) => {
			shown[name]?.push(request.headers.authorization);
			return false;
		};
	const folder = temporaryFolder(t);
	writeFileSync(join(folder, 'token'), 'sbx_0123456789_abc\n');
	configure(folder, config(own.url, 'token_file: token\n'));
	await run(folder, [...asked, 'abcdef1']);
	await run(folder, [...asked, 'abcdef1', '--url', other.url]);
	t.deepEqual([...new Set(shown['own'])], ['Bearer sbx_0123456789_abc']);
	t.deepEqual([...new Set(shown['other'])], [undefined]);
	await run(folder, [...asked, 'abcdef1', '--url', other.url], env(folder, {SIGNALBOX_TOKEN: 'said-on-purpose'}));
	t.is(shown['other']?.at(-1), 'Bearer said-on-purpose');
});

test('what is no token never becomes a header', async t => {
	const service = await playService(t);
	const folder = temporaryFolder(t);
	configure(folder, config(service.url));
	for (const wrong of ['a b', 'a\r\nx-evil: 1', 'ä', 'x'.repeat(2000)]) {
		const {exit, stderr} = await run(folder, [...asked, 'abcdef1'], env(folder, {SIGNALBOX_TOKEN: wrong}));
		t.is(exit, 2);
		t.regex(stderr, /SIGNALBOX_TOKEN holds no token/);
	}
	t.is(service.questions.length, 0);
});
