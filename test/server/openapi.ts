/** The HTTP API is what its document says: of every address, of every answer of a service that has something to tell, and of every error. */
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {Validator} from '@seriousme/openapi-schema-validator';
import anyTest, {type ExecutionContext, type TestFn} from 'ava';
import {routesOf} from '../../server/app.ts';
import {type OpenApiDocument, openapiOf} from '../../server/openapi.ts';
import {commands} from '../../server/run-cli.ts';
import {type Asked, asker, judge, operationsOf, type Told, validatorsOf} from '../helpers/api-document.ts';
import {type PlayedStory, playedStory} from '../helpers/played-story.ts';
import {serviceUnderTest, sha, temporaryFolder, usualService} from '../helpers/service.ts';

type Context = {story: PlayedStory; document: OpenApiDocument};
const test = anyTest as TestFn<Context>;
const kept = path.join(process.cwd(), 'docs/openapi.json');

test.before('the story is played once', async t => {
	const story = await playedStory(t, 'admin');
	const document = (await (await fetch(`${story.url}/api/v1/openapi.json`)).json()) as OpenApiDocument;
	t.context = {story, document};
});

test.after.always(t => t.context.story?.close());

test('every route of the API is described, and named once', async t => {
	const {deps} = await serviceUnderTest(t);
	const table = routesOf(deps).filter(route => route.path.startsWith('/api/'));
	t.deepEqual(
		table.filter(({doc}) => doc === undefined).map(route => `${route.method} ${route.path}`),
		[],
	);
	const ids = table.map(({doc}) => doc?.id);
	t.is(new Set(ids).size, ids.length);
	t.deepEqual(
		table.filter(({doc}) => !/^[A-Z].*\.$/.test(doc?.summary ?? '')).map(({doc}) => doc?.id),
		[],
		'a summary is a sentence',
	);
	t.deepEqual(openapiOf(routesOf(deps)), openapiOf(routesOf(deps)));
});

test('the document is one of OpenAPI 3.1, and the one in docs', async t => {
	const {document} = t.context;
	const text = `${JSON.stringify(document, null, '\t')}\n`;
	if (process.env['UPDATE_SAMPLES'] === '1') writeFileSync(kept, text);
	t.deepEqual(JSON.parse(readFileSync(kept, 'utf8')), document, 'UPDATE_SAMPLES=1 writes it anew; programs read it, so additions only');
	const {valid, errors} = await new Validator().validate(structuredClone(document));
	t.true(valid, JSON.stringify(errors)?.slice(0, 2000));
});

test('a write takes an idempotency key, but for what records nothing', t => {
	const without = operationsOf(t.context.document)
		.filter(({method, operation}) => method !== 'get' && !operation.parameters?.some(({$ref}) => $ref?.endsWith('/IdempotencyKey')))
		.map(({operation}) => operation.operationId);
	t.deepEqual(without, ['explainOrder']);
});

/** What a command does over HTTP; null: it works on files, or is the service. */
const ofCommands: Readonly<Record<string, readonly string[] | null>> = {
	serve: null,
	check: ['getLanded', 'check', 'recordEvents'],
	allow: ['allow', 'listOverrides'],
	finish: ['finishDeploys'],
	rollback: ['planRollback', 'declareRollback', 'reportRollback'],
	resolve: ['setIncidentStatus'],
	record: ['recordEvents'],
	order: ['getLanded', 'explainOrder'],
	landed: ['listServices', 'getLanded', 'findLanded', 'getLandedGroup'],
	try: null,
	replay: null,
	report: ['getReport'],
	watch: ['getDeploy', 'listEvents'],
	doctor: ['proveSignals', 'readOutbox'],
	verify: ['verifyChain'],
	redact: ['redact'],
	token: ['listTokens', 'makeToken', 'revokeToken'],
	user: ['listPeople', 'invitePerson', 'makeSignInLink', 'setPersonRole', 'setPersonState'],
	flush: ['recordEvents'],
	'import-sal': ['recordEvents'],
	backup: null,
	restore: null,
};

/** What a page shows and does, by its path. Null: it shows one of the API's answers as a file, or is no content. */
const ofPages: Readonly<Record<string, readonly string[] | null>> = {
	'/healthz': null,
	'/': ['getBoard'],
	'/deploys': ['listDeploys'],
	'/deploys/:deploy': ['getDeploy', 'getReadings', 'listEvents'],
	'/deploys/:deploy/allow': ['allow'],
	'/deploys/:deploy/close': ['finishDeploys'],
	'/incidents': ['listIncidents'],
	'/incidents/:incident': ['getIncident', 'getReport', 'listEvents', 'planRollback'],
	'/incidents/:incident/events': ['recordEvents'],
	'/incidents/:incident/status': ['setIncidentStatus'],
	'/incidents/:incident.md': ['getReport'],
	'/incidents/:incident.wiki': ['getReport'],
	'/incidents/:incident.html': ['getReport'],
	'/incidents/:incident.json': ['getReport'],
	'/incidents/:incident/meeting': ['getMeeting'],
	'/incidents/:incident/meeting/fields/:field': ['getMeeting', 'saveMeetingField'],
	'/incidents/:incident/meeting/action-items': ['addActionItem'],
	'/incidents/:incident/meeting/action-items/:item': ['changeActionItem'],
	'/incidents/:incident/meeting/proposals': ['addActionItem'],
	// It only says that there is something new.
	'/live': null,
	'/action-items/:item/issue': ['trackActionItem'],
	'/signals': ['proveSignals'],
	'/landed': ['getLanded', 'findLanded', 'getLandedGroup'],
	'/order': ['explainOrder'],
	'/people': ['listPeople', 'invitePerson', 'listTokens'],
	'/people/:person/links': ['makeSignInLink'],
	'/people/:person/role': ['setPersonRole'],
	'/people/:person/state': ['setPersonState'],
	'/tokens': ['makeToken'],
	'/tokens/:token/revocation': ['revokeToken'],
	'/sign-in': null,
	'/sign-in/:secret': null,
	'/sign-out': null,
	'/notices': ['listNotices', 'readOutbox'],
	'/notices/:notice/attempts': ['sendNoticeAgain'],
	'/notices/:notice/surrenders': ['giveUpNotice'],
};

test('everything that a command or a page does, a program can do too', async t => {
	const ids = new Set(operationsOf(t.context.document).map(({operation}) => operation.operationId));
	const {deps} = await serviceUnderTest(t);
	const pages = new Set(
		routesOf(deps)
			.map(route => route.path)
			.filter(each => !each.startsWith('/api/')),
	);
	t.deepEqual(Object.keys(commands).toSorted(), Object.keys(ofCommands).toSorted(), 'say in the table above what a new command does');
	t.deepEqual([...pages].toSorted(), Object.keys(ofPages).toSorted(), 'say in the table above what a new page does');
	const named = [...Object.values(ofCommands), ...Object.values(ofPages)].flatMap(each => each ?? []);
	t.deepEqual(
		named.filter(id => !ids.has(id)),
		[],
	);
});

const actor = {kind: 'person', name: 'Robin'};
let keys = 0;
const key = (): {idempotencyKey: string} => {
	keys += 1;
	return {idempotencyKey: `a key of the walk ${keys}`};
};
const question = (stage: string) => ({
	...{service: 'mediawiki', stage, host: 'deploy1', askedAt: '2015-10-26T15:32:00Z', deadlineMs: 2000, ...key()},
	batch: {targets: [{repository: 'mediawiki/extensions/WikimediaEvents', sha: sha('abc')}], changes: []},
});

/** Another service, with a notice that cannot be delivered, and a place for issues. */
async function withOutside(t: ExecutionContext<Context>): Promise<ReturnType<typeof asker>> {
	const folder = temporaryFolder(t);
	writeFileSync(path.join(folder, 'chat.url'), 'http://127.0.0.1:9/\n');
	writeFileSync(path.join(folder, 'github.token'), 'ghp_none\n');
	const notices = {chat: {webhook: {url_file: 'chat.url'}}};
	const github = {token_file: 'github.token', action_items: 'owner/name'};
	const {url, post, ask} = await serviceUnderTest(t, {
		folder,
		config: {sign_in: {this_machine: 'admin'}, url: 'http://localhost:8420', services: {app: usualService}, notices, github},
	});
	await post('/api/v1/overrides', {service: 'app', forMs: 60_000, reason: 'a slow database', actor, ...key()});
	for (const stage of ['before', 'canaries']) await ask(stage);
	return asker(url, t.context.document);
}

test('every answer of a service with a story behind it is the one that the document describes', async t => {
	const {story, document} = t.context;
	const {incident, deploy} = story;
	const ask = asker(story.url, document);
	const done = new Set<string>();
	const good = async (id: string, values: Readonly<Record<string, string>> = {}, asked: Asked = {}, where = ask): Promise<Told> => {
		const told = await where(id, values, asked);
		t.deepEqual(told.faults, [], `${id} ${JSON.stringify(asked.query ?? {})}`);
		t.true(told.status < 300, `${id} answers ${told.status}: ${told.text.slice(0, 300)}`);
		done.add(id);
		return told;
	};
	const write = (id: string, values: Readonly<Record<string, string>>, body: object) =>
		good(id, values, {body: {actor, ...key(), ...body}});
	const service = {service: 'mediawiki'};

	for (const id of [
		'getOpenapi',
		'getBoard',
		'listServices',
		'proveSignals',
		'verifyChain',
		'listEvents',
		'listDeploys',
		'listIncidents',
		'readDatabase',
	])
		await good(id);
	await good('verifyChain', {}, {query: {head: 'f'.repeat(64)}});
	await good('listEvents', {}, {query: {incident, limit: '2'}});
	const {json: readings} = await good('getReadings', {deploy});
	t.true((readings as {readings: unknown[]}).readings.length > 0, 'the story has readings');
	await good('getDeploy', {deploy});
	await good('getIncident', {incident});
	for (const format of ['md', 'wikitext', 'html', 'json']) await good('getReport', {incident}, {query: {format}});
	await good('getLanded', service);
	await good('getLandedGroup', {...service, group: 'group0'});
	await good('planRollback', service, {query: {deploy, reason: 'why'}});
	await good('explainOrder', {}, {body: {service: 'mediawiki', batch: question('before').batch}});

	for (const stage of ['before', 'canaries']) await good('check', {}, {body: question(stage)});
	await write('allow', {}, {service: 'mediawiki', forMs: 60_000, reason: 'window closes'});
	await good('listOverrides', {}, {query: {service: 'mediawiki'}});
	const {json: plan} = await write('declareRollback', {}, {service: 'mediawiki', reason: 'blank pages'});
	const opened = {incident: String((plan as {incident: string}).incident)};
	await write('reportRollback', opened, {phase: 'started', verified: null, detail: 'by hand'});
	await write('reportRollback', opened, {phase: 'ended', verified: false, detail: 'one checkout is elsewhere'});
	await good('getIncident', opened);
	await write('setIncidentStatus', opened, {status: 'resolved', reason: 'it is over'});
	await good('check', {}, {body: {...question('before'), batch: {targets: [{repository: 'x', sha: sha('def')}], changes: []}}});
	await write('finishDeploys', service, {text: 'done'});
	const happened = {kind: 'note', source: 'human', actor, happenedAt: '2015-10-26T15:30:00Z', text: 'a password'};
	const {json: stored} = await good('recordEvents', {}, {body: {events: [{...happened, ...key()}]}});
	await write('redact', {seq: String((stored as {head: {seq: number}}).head.seq)}, {reason: 'a secret'});
	await good('listEvents', {}, {query: {from: '2015-10-26T15:29:00Z'}});
	await good('findLanded', {}, {query: {change: 'c0fd944'}});
	await good('getMeeting', opened);
	const field = {...opened, field: 'summary'};
	await good('saveMeetingField', field, {body: {text: 'Pages were blank.', baseVersion: 0, ...key()}});
	const late = await ask('saveMeetingField', field, {body: {text: 'Search was blank.', baseVersion: 0, ...key()}});
	t.deepEqual([late.status, late.faults], [409, []], 'somebody else was first');
	const {json: item} = await good('addActionItem', opened, {body: {text: 'Declare the order', owner: 'Sam', ...key()}});
	const {id, version} = item as {id: string; version: number};
	const changed = {...opened, item: id};
	await good('changeActionItem', changed, {body: {due: '2015-11-02', baseVersion: version, ...key()}});
	const second = await ask('changeActionItem', changed, {body: {due: '2015-11-03', baseVersion: version, ...key()}});
	t.deepEqual([second.status, second.faults], [409, []], 'the item was changed meanwhile');
	await good('listActionItems', opened);
	await good('getMeeting', opened);
	await good('getReport', opened, {query: {format: 'json'}});

	const {json: invited} = await write('invitePerson', {}, {name: 'Riley', role: 'editor'});
	const person = {person: (invited as {person: {id: string}}).person.id};
	await write('makeSignInLink', person, {});
	await write('setPersonRole', person, {role: 'viewer'});
	await write('setPersonState', person, {state: 'disabled'});
	await good('listPeople');
	const newToken = {name: 'fleet', role: 'deployer', services: ['mediawiki'], forMs: 86_400_000, actor, ...key()};
	const {json: token} = await good('makeToken', {}, {body: newToken});
	await good('makeToken', {}, {body: newToken});
	await write('revokeToken', {token: (token as {token: {id: string}}).token.id}, {});
	await good('listTokens');

	const told = await withOutside(t);
	for (const id of ['listNotices', 'readOutbox']) await good(id, {}, {}, told);
	const {json: notices} = await good('listNotices', {}, {}, told);
	const notice = String((notices as {notices: {id: string}[]}).notices[0]?.id);
	for (const id of ['giveUpNotice', 'sendNoticeAgain']) await good(id, {notice}, {body: key()}, told);
	const taken = await good('declareRollback', {}, {body: {service: 'app', reason: 'errors', actor, ...key()}}, told);
	const there = {incident: String((taken.json as {incident: string}).incident)};
	const made = await good('addActionItem', there, {body: {text: 'Declare the order', ...key()}}, told);
	await good('trackActionItem', {item: String((made.json as {id: string}).id)}, {body: key()}, told);

	const left = operationsOf(document)
		.map(({operation}) => operation.operationId)
		.filter(id => !done.has(id));
	t.deepEqual(left, [], 'the walk must ask each operation');
});

test('every error is the problem that the document describes', async t => {
	const {story, document} = t.context;
	const ask = asker(story.url, document);
	const {port} = new URL(story.url);
	// A body that is refused unread ends its connection, so it goes on one that nothing else here is sent on.
	const apart = asker(story.url.includes('localhost') ? `http://127.0.0.1:${port}` : `http://localhost:${port}`, document);
	const bad = async (status: number, id: string, values: Readonly<Record<string, string>> = {}, asked: Asked = {}): Promise<void> => {
		const told = await (status === 413 ? apart : ask)(id, values, asked);
		t.deepEqual(told.faults, [], `${id} ${status}`);
		t.is(told.status, status, `${id}: ${told.text.slice(0, 200)}`);
		t.is(told.media, 'application/problem+json');
	};
	const events = (body: unknown, headers: Readonly<Record<string, string>> = {}): Asked => ({body, headers});
	await bad(400, 'recordEvents', {}, events('{"events": ['));
	await bad(413, 'recordEvents', {}, events(`{"events": "${'x'.repeat(9_000_000)}"}`));
	await bad(415, 'recordEvents', {}, events('{}', {'content-type': 'text/plain'}));
	await bad(415, 'recordEvents', {}, events('{}', {'content-type': 'application/json; charset=latin1'}));
	await bad(422, 'recordEvents', {}, {body: {events: [{}]}});
	await bad(422, 'listEvents', {}, {query: {nobody: 'x'}});
	await bad(422, 'getReport', {incident: story.incident}, {query: {format: 'pdf'}});
	await bad(404, 'getDeploy', {deploy: 'D-1999-0001'});
	await bad(404, 'getReadings', {deploy: story.deploy}, {query: {attempt: '99'}});
	await bad(404, 'getIncident', {incident: 'INC-1999-0001'});
	await bad(404, 'getLanded', {service: 'mediawikki'});
	const override = {service: 'mediawiki', forMs: 60_000, reason: 'x', actor, ...key()};
	t.is((await ask('allow', {}, {body: override})).status, 201);
	await bad(409, 'allow', {}, {body: {...override, reason: 'y'}});
	for (const [method, where, status] of [
		['GET', '/api/v1/nothing/here', 404],
		['GET', '/api', 404],
		['DELETE', '/api/v1/events', 405],
		['PUT', `/api/v1/incidents/${story.incident}/report`, 405],
		['GET', '/api/v1/deploys/%E0%A4%A', 400],
		['GET', '/api/v1/incidents/%', 400],
	] as const) {
		const answer = await fetch(`${story.url}${where}`, {method});
		t.is(answer.status, status, where);
		t.is(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8', where);
		t.is(((await answer.json()) as {status: number}).status, status);
	}
});

test('an answer with a field that the document does not name fails, however deep it stands', async t => {
	const {story, document} = t.context;
	const place = operationsOf(document).find(({operation}) => operation.operationId === 'getDeploy');
	if (place === undefined) return t.fail('getDeploy is described');
	const judged = judge(document, validatorsOf(document), place);
	const text = await (await fetch(`${story.url}/api/v1/deploys/${story.deploy}`)).text();
	t.deepEqual(judged(200, 'application/json', text), []);
	type Deploy = {attempts: {verdicts: {findings: object[]}[]; stages: object[]}[]};
	const spoilt = (spoil: (deploy: Deploy) => void): string[] => {
		const deploy = JSON.parse(text) as Deploy;
		spoil(deploy);
		return judged(200, 'application/json', JSON.stringify(deploy));
	};
	t.regex(spoilt(deploy => Object.assign(deploy, {more: 1})).join(), /additionalProperty.*more/);
	t.regex(spoilt(({attempts}) => Object.assign(attempts[0]?.verdicts[0]?.findings[0] ?? {}, {more: 1})).join(), /more/);
	t.regex(spoilt(({attempts}) => Object.assign(attempts[0]?.stages[0] ?? {}, {askedAt: 'noon'})).join(), /askedAt must match/);
	t.true(judged(418, 'application/json', text).length > 0, 'a status that is not described');
	t.true(judged(200, 'text/html', text).length > 0, 'a media type that is not described');
	return undefined;
});
