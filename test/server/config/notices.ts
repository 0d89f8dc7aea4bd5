import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {loadConfig} from '../../../server/config/load.ts';
import {parseMailAddress} from '../../../server/config/notices.ts';
import {temporaryFolder} from '../../helpers/service.ts';

function load(t: ExecutionContext, notices: unknown) {
	const cwd = temporaryFolder(t);
	writeFileSync(path.join(cwd, 'signalbox.yaml'), JSON.stringify({services: {app: {}}, notices}, null, 1));
	return {cwd, notices: () => loadConfig({env: {}, cwd, rules: []}).notices};
}
const problems = (t: ExecutionContext, notices: unknown): string[] => {
	const error = t.throws(load(t, notices).notices);
	return error && 'problems' in error && Array.isArray(error.problems) && error.problems.length > 0
		? error.problems.map(String)
		: [String(error?.message)];
};
const smtp = {host: 'mail.example.org', from: 'Signalbox <signalbox@example.org>', to: ['oncall@example.org']};

test('a webhook and a mail server are read, with what is usual where nothing was said', t => {
	const {cwd, notices} = load(t, {chat: {webhook: {url_file: 'chat.url'}}, mail: {smtp, about: ['hold'], services: ['app']}});
	const read = notices();
	t.deepEqual(read.get('chat')?.via, {kind: 'webhook', urlFile: path.join(cwd, 'chat.url'), caFile: null});
	t.deepEqual(
		[...(read.get('chat')?.about ?? [])],
		['incident_opened', 'incident_changed', 'rollback', 'override', 'landed_broken', 'draft_ready'],
	);
	t.is(read.get('chat')?.services, null);
	t.like(read.get('mail')?.via, {
		...{kind: 'smtp', host: 'mail.example.org', port: 587, tls: 'starttls', user: null},
		from: {name: 'Signalbox', address: 'signalbox@example.org'},
	});
	t.deepEqual([...(read.get('mail')?.about ?? [])], ['hold']);
});

test('an address or a password in the file itself is refused, and said to belong into a file', t => {
	t.regex(problems(t, {chat: {webhook: {url: 'https://hooks.example.org/T0'}}}).join('\n'), /no key «url»/);
	t.regex(problems(t, {mail: {smtp: {...smtp, password: 'x'}}}).join('\n'), /«password».*secrets come from the environment or from files/);
});

test('what does not fit together is said', t => {
	t.regex(problems(t, {x: {}}).join(), /needs one of the keys webhook and smtp/);
	t.regex(problems(t, {x: {smtp: {...smtp, user: 'me'}}}).join(), /belong together/);
	t.regex(problems(t, {x: {smtp: {...smtp, user: 'me', password_file: 'p', tls: 'none'}}}).join(), /unencrypted/);
	t.regex(problems(t, {x: {smtp: {...smtp, to: []}}}).join(), /«to» is missing/);
	t.regex(problems(t, {x: {smtp, services: ['ap']}}).join(), /no service «ap»/);
	t.regex(problems(t, {x: {smtp, about: ['holds']}}).join(), /hold/);
	t.regex(problems(t, {x: {smtp, about: []}}).join(), /nobody would be told/);
});

test('a mail address is one address, and nothing that could go on into a header', t => {
	t.deepEqual(parseMailAddress('robin@example.org'), {name: '', address: 'robin@example.org'});
	t.deepEqual(parseMailAddress('Robin Deployer <robin@example.org>'), {name: 'Robin Deployer', address: 'robin@example.org'});
	for (const wrong of ['robin', 'a@b, c@d', 'a@b <c@d> <e@f>', '<a@b', 'a@b>', 'a b@c', 'x <a@b>\r\nBcc: c@d', ''])
		t.is(parseMailAddress(wrong), null, wrong);
});
