/** `signalbox user` and `signalbox token`: on the database itself, beside the service that runs on it or before there is one. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {call} from '../../helpers/cli.ts';
import {start} from '../../helpers/processes.ts';
import {serviceUnderTest, temporaryFolder, usualService} from '../../helpers/service.ts';
import {formHeaders, serveApp, visitor} from '../../helpers/visitor.ts';

const services = {app: usualService};

function folderWith(t: ExecutionContext, config: object): string {
	const folder = temporaryFolder(t);
	writeFileSync(path.join(folder, 'signalbox.yaml'), JSON.stringify({services, ...config}));
	return folder;
}

const secretIn = (text: string): string => /\/sign-in\/([\w-]{43})$/m.exec(text)?.[1] ?? '';

test('somebody is invited, comes in, gets another role, is shut out and let in again, all beside the running service', async t => {
	const {folder, url, events} = await serviceUnderTest(t, {config: {sign_in: {}, services, url: 'http://localhost:8420'}});
	const invited = await call(['user', 'invite', 'Riley Deployer', '--role', 'editor'], folder);
	t.is(invited.code, 0, invited.stderr);
	t.regex(invited.stdout, /^Riley Deployer, editor, signs in here, once, until \S+Z:\nhttp:\/\/localhost:8420\/sign-in\/[\w-]{43}\n$/);
	const riley = visitor(url);
	t.is((await riley.ask(`/sign-in/${secretIn(invited.stdout)}`, {method: 'POST', headers: formHeaders, body: ''})).status, 303);
	t.is((await riley.ask('/people')).status, 403);
	t.regex(
		(await call(['user', 'role', 'riley deployer', '--role', 'admin'], folder)).stdout,
		/^Riley Deployer is admin; .* signed out\.\n$/,
	);
	t.is((await riley.ask('/people')).status, 303);
	t.regex((await call(['user', 'list'], folder)).stdout, /^admin {5}Riley Deployer, seen 2026-03-02T10:00Z\n$/);
	t.is((await call(['user', 'disable', 'Riley Deployer'], folder)).code, 0, 'the last admin too, by whoever has the data');
	t.regex((await call(['user', 'list'], folder)).stdout, /shut out/);
	t.is((await call(['user', 'invite', 'Riley Deployer'], folder)).code, 2);
	t.is((await call(['user', 'enable', 'Riley Deployer'], folder)).code, 0);
	const people = JSON.parse((await call(['user', 'list', '--json'], folder)).stdout) as {people: {name: string; role: string}[]};
	t.like(people.people[0], {name: 'Riley Deployer', role: 'admin'});
	const said = (await events()).filter(({kind}) => kind === 'access_changed').toSorted((a, b) => a.seq - b.seq);
	t.true(said.every(({text}) => !text.includes(secretIn(invited.stdout))));
	t.deepEqual(
		said.map(({actor, text}) => [actor.name, text]),
		[
			['robin', 'Invited Riley Deployer as editor at the command line'],
			['Riley Deployer', 'Riley Deployer signed in by a one-time link, as editor'],
			['robin', 'Riley Deployer is admin now (was editor), at the command line'],
			['robin', 'Riley Deployer (admin) was shut out, at the command line'],
			['robin', 'Riley Deployer may come in again, as admin, at the command line'],
		],
	);
});

test('on loopback without a sign-in, who was invited still comes in', async t => {
	const {folder, url} = await serviceUnderTest(t);
	const {stdout} = await call(['user', 'invite', 'Riley', '--role', 'admin'], folder);
	const riley = visitor(url);
	await riley.ask(`/sign-in/${secretIn(stdout)}`, {method: 'POST', headers: formHeaders, body: ''});
	t.is((await riley.ask('/people')).status, 200);
});

const wrong: readonly (readonly [readonly string[], RegExp])[] = [
	[['user', 'invit', 'x'], /knows list, invite, role, disable, enable, not "invit"/],
	[['user', 'invite'], /A name is needed/],
	[['user', 'invite', 'Riley'], /Nobody is called Riley yet: say which role they get/],
	[['user', 'invite', 'Riley', '--role', 'king'], /There is no role "king"; the roles are viewer, editor, deployer, admin/],
	[['user', 'invite', 'Riley', 'Deployer', '--role', 'viewer'], /Put the name in quotes: signalbox user invite 'Riley Deployer'/],
	[['user', 'invite', 'a via b', '--role', 'viewer'], /in the timeline it means something else/],
	[['user', 'invite', 'R\u202eiley', '--role', 'viewer'], /nothing invisible/],
	[['user', 'role', 'Nobody Here', '--role', 'viewer'], /There is no person Nobody Here/],
	[['user', 'list', '--url', 'http://localhost:1'], /works on the database itself/],
	[['token', 'make', 'x'], /knows list, create, revoke, not "make"/],
	[['token', 'create', 'fleet'], /--role is needed/],
	[['token', 'create', 'two words', '--role', 'viewer'], /A token needs a name that says whose it is/],
	[['token', 'create', 'fleet', '--role', 'viewer', '--service', 'ap'], /There is no service "ap"\. Did you mean app\?/],
	[['token', 'create', 'fleet', '--role', 'viewer', '--for', 'soon'], /--for "soon" is no duration/],
	[['token', 'create', 'fleet', '--role', 'viewer', '--for', '1s'], /from one minute to ten years/],
	[['token', 'revoke', '0123456789'], /There is no token 0123456789/],
];
for (const [args, sentence] of wrong) {
	test(`signalbox ${args.join(' ')} says what is wrong`, async t => {
		const {code, stdout, stderr} = await call(args, folderWith(t, {}));
		t.deepEqual([code, stdout], [2, '']);
		t.regex(stderr, sentence);
	});
}

test('a token is printed once, opens what it says, and nothing once it was revoked', async t => {
	const {folder, url, events} = await serviceUnderTest(t, {config: {sign_in: {}, services}});
	const made = await call(['token', 'create', 'fleet', '--role', 'deployer', '--service', 'app', '--for', '90d'], folder);
	t.is(made.code, 0);
	t.regex(made.stdout, /^sbx_[0-9a-f]{10}_[\w-]{43}\n$/, 'nothing but the token, for a file');
	const token = made.stdout.trim();
	const get = async () => (await visitor(url, {authorization: `Bearer ${token}`}).ask('/api/v1/deploys')).status;
	t.is(await get(), 200);
	t.regex((await call(['token', 'create', 'fleet', '--role', 'viewer'], folder)).stderr, /A token called fleet is in force already/);
	const list = await call(['token', 'list'], folder);
	t.regex(list.stdout, new RegExp(`^${token.slice(4, 14)} deployer {2}fleet: app; until 20\\d\\d-`));
	t.notRegex(list.stdout, new RegExp(token.slice(15)));
	t.is((await call(['token', 'revoke', token.slice(4, 14)], folder)).code, 0);
	t.is(await get(), 401);
	t.regex((await call(['token', 'list'], folder)).stdout, /revoked 20/);
	t.is((await call(['token', 'create', 'fleet', '--role', 'viewer'], folder)).code, 0, 'the name is free again');
	t.notRegex(JSON.stringify(await events()), new RegExp(token.slice(15)));
});

test('a command shows the token of the environment, or of the file of its service, and says what is missing', async t => {
	const {folder, url} = await serviceUnderTest(t, {config: {sign_in: {}, services}});
	const token = (await call(['token', 'create', 'ci', '--role', 'viewer'], folder)).stdout;
	const client = temporaryFolder(t);
	const configure = (text: string) => writeFileSync(path.join(client, 'signalbox.yaml'), text);
	configure(`url: ${url}\n`);
	const bare = await call(['verify'], client);
	t.is(bare.code, 2);
	t.regex(
		bare.stderr,
		/Sign in first: this needs a person, or a token\.\n {2}Name a file with a token by .token_file., or set SIGNALBOX_TOKEN/,
	);
	t.is((await call(['verify'], client, {SIGNALBOX_TOKEN: token})).code, 0);
	configure(`url: ${url}\ntoken_file: token\n`);
	t.regex((await call(['verify'], client)).stderr, /the token cannot be read/);
	writeFileSync(path.join(client, 'token'), token);
	t.is((await call(['verify'], client)).code, 0);
	const forbidden = await call(['record', 'x'], client);
	t.is(forbidden.code, 2);
	t.regex(forbidden.stderr, /This needs the role editor; token ci is viewer/);
	writeFileSync(path.join(client, 'token'), `${token.trim()}\r\nevil: header`);
	t.regex((await call(['verify'], client)).stderr, /holds no token/);
	writeFileSync(path.join(client, 'token'), token);
	const other = await serviceUnderTest(t, {config: {sign_in: {}, services}, folder});
	t.is((await call(['verify', '--url', url], client)).code, 0);
	t.regex(
		(await call(['verify', '--url', other.url], client)).stderr,
		/Sign in first/,
		"the file's token is for its own service, even where it would open another one",
	);
});

test('a command with a store of its own may do everything, and nobody else may by its port', async t => {
	const folder = folderWith(t, {store: 'embedded', data: 'data', sign_in: {this_machine: 'admin'}});
	t.is((await call(['record', 'password hunter2'], folder)).code, 0);
	t.is((await call(['redact', '1', '--reason', 'a password'], folder)).code, 0);
	const {deps} = await serviceUnderTest(t, {config: {sign_in: {this_machine: 'admin'}, services}});
	const inside = await serveApp(t, deps, {insider: 'a secret of the command'});
	t.is((await visitor(inside, {authorization: 'Bearer a-secret'}).ask('/api/v1/chain')).status, 401);
	t.is((await visitor(inside).ask('/api/v1/chain')).status, 401, 'not even this machine');
});

test('beyond this machine nothing starts without a sign-in, and the first start prints a link', async t => {
	const open = await start(t, ['serve', '--port', '0'], {folder: folderWith(t, {url: 'https://gate.example'}), input: ''}).done;
	t.is(open.code, 2);
	t.regex(open.stderr, /url. says that others reach this service, as https:\/\/gate\.example: write .sign_in: \{links: true\}/);
	const wide = await start(t, ['serve', '--port', '0'], {folder: folderWith(t, {listen: '0.0.0.0:0'}), input: ''}).done;
	t.is(wide.code, 2);
	t.regex(wide.stderr, /leads beyond this machine; that needs .sign_in/);
	const folder = folderWith(t, {listen: '0.0.0.0:0', url: 'http://localhost:1', sign_in: {}});
	const service = start(t, ['serve', '--port', '0'], {folder, input: ''});
	const [, url = ''] = await service.until(/Signalbox is at (http:\S+)/);
	const [, secret = ''] = await service.until(
		/becomes the first one; it works once, until \S+Z: http:\/\/localhost:1\/sign-in\/([\w-]{43})/,
	);
	const riley = visitor(url);
	const body = new URLSearchParams({name: 'Riley'}).toString();
	t.is((await riley.ask(`/sign-in/${secret}`, {method: 'POST', headers: formHeaders, body})).status, 303);
	t.is((await riley.ask('/people')).status, 200);
	service.child.kill('SIGTERM');
	await service.done;
	const second = start(t, ['serve', '--port', '0'], {folder, input: ''});
	await second.until(/Signalbox is at/);
	t.notRegex(second.said(), /sign-in\//);
	second.child.kill('SIGTERM');
	await second.done;
});
