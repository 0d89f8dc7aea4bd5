import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {type Rule, rule} from '../../../gate/rule.ts';
import {AppError} from '../../../server/app-error.ts';
import {type LoadRequest, loadConfig} from '../../../server/config/load.ts';

const rules: readonly Rule[] = [
	rule({
		name: 'canary-errors',
		why: 'Errors on canaries become errors everywhere.',
		stages: ['canaries'],
		precondition: false,
		limits: {rhoBad: {type: 'number', default: 3, min: 1, max: 100, why: 'How many times as many errors are harm.'}},
		check: () => [],
	}),
];

/** A folder of files that is gone after the test. */
function folderWith(t: ExecutionContext, files: Readonly<Record<string, string | Uint8Array>>): string {
	const folder = mkdtempSync(path.join(tmpdir(), 'signalbox-config-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	for (const [name, content] of Object.entries(files)) {
		mkdirSync(path.dirname(path.join(folder, name)), {recursive: true});
		writeFileSync(path.join(folder, name), content);
	}
	return folder;
}

const load = (cwd: string, more: Partial<LoadRequest> = {}) => loadConfig({env: {}, cwd, rules, candidates: ['signalbox.yaml'], ...more});
const loadText = (t: ExecutionContext, text: string, more: Partial<LoadRequest> = {}) =>
	load(folderWith(t, {'signalbox.yaml': text}), more);

function refusal(work: () => unknown): string[] {
	try {
		work();
	} catch (error) {
		if (error instanceof AppError && error.code === 'invalid') return error.problems.length > 0 ? [...error.problems] : [error.message];
		throw error;
	}
	return [];
}
const refused = (t: ExecutionContext, text: string): string[] => refusal(() => loadText(t, text));
const service = (text: string): string => `services:\n  app:\n${text.replace(/^/gm, '    ')}\n`;

test('without a file the defaults stand', t => {
	const folder = folderWith(t, {});
	t.deepEqual(load(folder), {
		file: null,
		listen: {host: '127.0.0.1', port: 8420},
		databaseUrl: null,
		databaseUrlFile: null,
		dataDir: path.join(folder, 'data'),
		store: null,
		url: null,
		signIn: null,
		tokenFile: null,
		idleCloseMs: 1_800_000,
		announcements: null,
		services: new Map(),
		notices: new Map(),
		github: null,
		gerrits: [],
	});
});

test('the file is the one of --config, else of SIGNALBOX_CONFIG, else the first that there is', t => {
	const folder = folderWith(t, {'one.yaml': 'unreachable: go', 'two.yaml': 'store: embedded', 'etc/signalbox.yaml': 'listen: "9000"'});
	const candidates = ['signalbox.yaml', 'etc/signalbox.yaml'];
	const env = {SIGNALBOX_CONFIG: 'two.yaml'};
	t.is(load(folder, {candidates, env, file: 'one.yaml'}).file, path.join(folder, 'one.yaml'));
	t.is(load(folder, {candidates, env}).file, path.join(folder, 'two.yaml'));
	t.is(load(folder, {candidates}).file, path.join(folder, 'etc/signalbox.yaml'));
	t.is(load(folder, {candidates}).listen.port, 9000);
	t.is(load(folder).file, null);
});

test('a file that somebody named must be there and be readable text', t => {
	const folder = folderWith(t, {'latin.yaml': new Uint8Array([0x61, 0x3a, 0x20, 0xfc]), 'folder/x': '', 'big.yaml': 'x'.repeat(1_100_000)});
	t.deepEqual(
		refusal(() => load(folder, {file: 'gone.yaml'})),
		['gone.yaml cannot be read: there is no such file'],
	);
	t.deepEqual(
		refusal(() => load(folder, {env: {SIGNALBOX_CONFIG: 'gone.yaml'}})),
		['gone.yaml cannot be read: there is no such file'],
	);
	t.deepEqual(
		refusal(() => load(folder, {file: 'latin.yaml'})),
		['latin.yaml cannot be read: it is not UTF-8 text'],
	);
	t.deepEqual(
		refusal(() => load(folder, {file: 'folder'})),
		['folder cannot be read: it is a folder'],
	);
	t.deepEqual(
		refusal(() => load(folder, {file: 'big.yaml'})),
		['big.yaml is larger than 1 MB'],
	);
});

test('PORT and SIGNALBOX_DATA are honoured over the file', t => {
	const text = 'listen: 127.0.0.1:9000\ndata: elsewhere\n';
	const folder = folderWith(t, {'sub/signalbox.yaml': text});
	const file = 'sub/signalbox.yaml';
	t.like(load(folder, {file}), {listen: {host: '127.0.0.1', port: 9000}, dataDir: path.join(folder, 'sub/elsewhere')});
	const env = {PORT: '9100', SIGNALBOX_DATA: 'other'};
	t.like(load(folder, {file, env}), {listen: {host: '127.0.0.1', port: 9100}, dataDir: path.join(folder, 'other')});
	t.deepEqual(
		refusal(() => load(folder, {env: {PORT: '80a'}})),
		['PORT is «80a»; it must be a whole number from 0 to 65535'],
	);
});

test('a service that says nothing has the usual groups, stages and rules', t => {
	const config = loadText(t, 'services:\n  app:\n');
	const app = config.services.get('app');
	t.deepEqual(app && {...app, policy: app.policy.rules.map(({rule: {name}}) => name)}, {
		name: 'app',
		groups: ['production'],
		stages: [
			{name: 'before', groups: []},
			{name: 'testservers', groups: []},
			{name: 'canaries', groups: []},
			{name: 'production', groups: ['production']},
		],
		deployHost: null,
		announcedAs: ['app'],
		atomic: false,
		changes: {from: 'names'},
		hosts: {canaries: [], baseline: []},
		quorum: 0,
		signals: [],
		policy: ['canary-errors'],
		prerequisites: [],
		rollback: {commands: [], sideEffects: [], movesToo: []},
		environments: [],
	});
});

test('every key of a service is read', t => {
	const folder = folderWith(t, {
		'signalbox.yaml': `
idle_close: 1h
announcements: 127.0.0.1:9200
${service(`groups: [east, west]
stages: [before, {name: canaries, groups: [east]}, production]
deploy_host: deploy1
announced_as: sync-world
atomic: true
quorum: 1
hosts: {canaries: [c1, c2], baseline: [b1]}
changes:
  from: git
  checkouts:
    - {path: src/core, branch: live, landed: refs/tags/live, groups: [west]}
    - {path: /srv/ext, repository: ext}
signals:
  errors:
    counts: fatals
    required: false
    log: {path: app.log, format: json, zone: "+01:00", fields: {host: server.name}}
    match: {levels: [ERROR], channels: [fatal]}
    distinct_requests: true
    exposure: {path: access.log, format: json, zone: Europe/Berlin}
    lag: 10s
policy: {undecided: hold, rules: {canary-errors: {rho_bad: 4, stages: [canaries]}}}
environments: [{name: first, service: app, groups: [east]}]
rollback: {commands: ["restart {deploy}"], side_effects: [cold caches], moves_too: [{group: west, also: [east], text: one checkout}]}`)}`,
	});
	const config = load(folder);
	t.like(config, {idleCloseMs: 3_600_000, announcements: {host: '127.0.0.1', port: 9200}});
	const app = config.services.get('app');
	t.like(app, {deployHost: 'deploy1', announcedAs: ['sync-world'], atomic: true, quorum: 1});
	t.deepEqual(app?.stages, [
		{name: 'before', groups: []},
		{name: 'canaries', groups: ['east']},
		{name: 'production', groups: ['east', 'west']},
	]);
	t.deepEqual(app?.changes, {
		from: 'git',
		checkouts: [
			{path: path.join(folder, 'src/core'), repository: 'core', branch: 'live', landed: 'refs/tags/live', groups: ['west']},
			{path: '/srv/ext', repository: 'ext', branch: null, landed: null, groups: ['east', 'west']},
		],
	});
	const usual = {time: '@timestamp', host: 'host', level: 'level', channel: 'channel', message: 'message', request: 'reqId'};
	t.deepEqual(app?.signals, [
		{
			name: 'errors',
			counts: 'fatals',
			required: false,
			source: 'log-file',
			log: {path: path.join(folder, 'app.log'), format: 'json', zone: '+01:00', fields: {...usual, host: 'server.name'}},
			match: {levels: ['ERROR'], channels: ['fatal']},
			distinctRequests: true,
			exposure: {path: path.join(folder, 'access.log'), format: 'json', zone: 'Europe/Berlin', fields: usual},
			lagMs: 10_000,
		},
	]);
	t.is(app?.policy.undecided.default, 'hold');
	t.deepEqual(app?.policy.rules[0]?.limits, {rhoBad: 4} as never);
	t.deepEqual(app?.rollback, {
		...{commands: ['restart {deploy}'], sideEffects: ['cold caches']},
		movesToo: [{group: 'west', also: ['east'], text: 'one checkout'}],
	});
	t.deepEqual(app?.environments, [{name: 'first', service: 'app', groups: ['east']}]);
});

test('the other sources of changes have their own keys', t => {
	const changes = (text: string) => loadText(t, service(`changes: ${text}`)).services.get('app')?.changes;
	t.deepEqual(changes('{from: names}'), {from: 'names'});
	t.deepEqual(changes('{from: rev-path}'), {from: 'rev-path', repository: null});
	t.deepEqual(changes('{from: file, file: /run/changes.json}'), {from: 'file', file: '/run/changes.json'});
	t.deepEqual(changes('{from: deployment-info, file: /a/deployment-info.json, stage_dir: /a}'), {
		from: 'deployment-info',
		file: '/a/deployment-info.json',
		stageDir: '/a',
	});
	t.deepEqual(refused(t, service('changes: {from: file}')), ['signalbox.yaml line 3: the key «file» is missing']);
	t.deepEqual(refused(t, service('changes: {from: names, file: x}')), [
		'signalbox.yaml line 3: there is no key «file»; known here: «from»',
	]);
	t.deepEqual(refused(t, service('changes: {from: gti}')), [
		'signalbox.yaml line 3: «from» must be git or deployment-info or rev-path or file or names, not «gti»',
	]);
	t.deepEqual(refused(t, service('changes: {checkouts: []}')), [
		'signalbox.yaml line 3: the key «from» is missing; it is one of git, deployment-info, rev-path, file, names',
	]);
	t.deepEqual(refused(t, service('changes: git')), ['signalbox.yaml line 3: «changes» must be a map of from, not «git»']);
});

test('every problem is said at once, with its line and the nearest right key', t => {
	const text = `lisen: 127.0.0.1:8420
store: shared
services:
  app:
    hosts:
      cannaries: [c1]
    idle: 3
    atomic: maybe
    signals:
      errors: {log: {path: x.log, format: jsno}, lag: 5}
    policy:
      rules:
        canary-erors: {}
        canary-errors: {rho_bad: -1, stages: [canary]}
`;
	t.deepEqual(refused(t, text), [
		'signalbox.yaml line 1: there is no key «lisen»; did you mean «listen»?',
		'signalbox.yaml line 2: «store» must be embedded, not «shared»',
		'signalbox.yaml line 6: there is no key «cannaries»; did you mean «canaries»?',
		'signalbox.yaml line 7: there is no key «idle»',
		'signalbox.yaml line 8: «atomic» must be true or false, not «maybe»',
		'signalbox.yaml line 10: «format» must be mediawiki or json, not «jsno»',
		'signalbox.yaml line 10: «lag» must be a time from 0s to 10m, such as 5s, not 5',
		'signalbox.yaml line 13: rules.canary-erors: there is no rule «canary-erors»; did you mean «canary-errors»?',
		'signalbox.yaml line 14: rules.canary-errors.rho_bad: must be from 1 to 100, not -1',
		'signalbox.yaml line 14: rules.canary-errors.stages.0: there is no stage «canary»; known here: «before», «testservers», «canaries», «production»',
	]);
});

test('what does not fit together is a sentence', t => {
	t.deepEqual(refused(t, service('hosts: {canaries: [c1, C1], baseline: [c1, b1, "x y"]}')), [
		'signalbox.yaml line 3: the host «C1» stands here twice',
		'signalbox.yaml line 3: the host «c1» is a canary already; a host on both sides would be compared with itself',
		'signalbox.yaml line 3: «x y» is no host name',
	]);
	t.deepEqual(refused(t, service('quorum: 3\nhosts: {canaries: [c1, c2]}')), [
		'signalbox.yaml line 3: «quorum» must be a whole number from 1 to 2, not 3',
	]);
	t.deepEqual(refused(t, service('quorum: 1')), ['signalbox.yaml line 3: «quorum» counts canaries, and «hosts» names none']);
	t.deepEqual(refused(t, service('stages: [before, before, {name: production, groups: [prodution]}]')), [
		'signalbox.yaml line 3: there is no group «prodution»; did you mean «production»?',
		'signalbox.yaml line 3: the stage «before» stands here twice',
	]);
	t.deepEqual(refused(t, 'services:\n  one: {announced_as: sync-world}\n  two:\n    announced_as: [x, sync-world]\n'), [
		'signalbox.yaml line 4: «sync-world» already announces the service «one»; one name can announce one service only',
	]);
	t.deepEqual(refused(t, 'store: embedded\nurl: http://localhost:8420\n').length, 1);
	t.deepEqual(refused(t, service('changes: {from: git, checkouts: [{path: a}, {path: ./a}]}')).length, 1);
	t.deepEqual(refused(t, 'services:\n  "a/b": {}\n').length, 1);
});

test('beyond loopback the service listens only where it knows who asks, and announcements nowhere', t => {
	const needs = (what: string) => `signalbox.yaml line 1: «listen» leads beyond this machine; that needs ${what}. Or listen on 127.0.0.1`;
	const signIn = '«sign_in: {links: true}» (or a proxy; docs/sign-in.md)';
	const url = '«url: https://NAME», by which people reach it';
	t.deepEqual(refused(t, 'listen: 0.0.0.0:8420\n'), [needs(`${signIn} and ${url}`)]);
	t.deepEqual(refused(t, 'listen: 0.0.0.0:8420\nurl: https://gate.example\n'), [needs(signIn)]);
	t.deepEqual(refused(t, 'listen: "[::]:8420"\nsign_in: {links: true}\n'), [needs(url)]);
	t.deepEqual(refused(t, 'announcements: "[::]:9200"\n'), [
		'signalbox.yaml line 1: «announcements» may only be loopback (127.0.0.1, ::1 or localhost): it asks nobody who they are',
	]);
	t.deepEqual(refused(t, 'listen: here\n'), ['signalbox.yaml line 1: «listen» must be host:port, such as 127.0.0.1:8420, not «here»']);
});

test('a secret has no place in the file', t => {
	t.deepEqual(refused(t, 'api_token: x\n'), [
		'signalbox.yaml line 1: there is no key «api_token»; secrets come from the environment or from files, never from here',
	]);
	t.deepEqual(refused(t, 'url: http://me:word@box:8420\n'), [
		'signalbox.yaml line 1: «url» holds a name or password; secrets come from the environment or from files, never from here',
	]);
});

test('a rule twice, and a service twice, are named with both lines', t => {
	t.deepEqual(refused(t, 'services:\n  app: {}\n  ores: {}\n  app: {}\n'), [
		'signalbox.yaml line 4: «app» stands here a second time (first on line 2); keep one',
	]);
	t.deepEqual(refused(t, service('policy:\n  rules:\n    canary-errors: off\n    canary-errors: {}')), [
		'signalbox.yaml line 6: «canary-errors» stands here a second time (first on line 5); keep one',
	]);
});

test('a policy may stand in a file of its own, beside the configuration, and is checked with its own lines', t => {
	const files = {
		'sub/signalbox.yaml': 'lisen: 1\nservices: {app: {policy: strict.yaml}}\n',
		'sub/good.yaml': 'services: {app: {policy: fine.yaml}}\n',
		'sub/strict.yaml': 'unknown: blind\nrules:\n  canary-errors:\n    rho_bat: 3\n',
		'sub/fine.yaml': 'rules: {canary-errors: {rho_bad: 7}}\n',
		'gone.yaml': 'services: {app: {policy: nowhere.yaml}}\n',
	};
	const folder = folderWith(t, files);
	t.deepEqual(load(folder, {file: 'sub/good.yaml'}).services.get('app')?.policy.rules[0]?.limits, {rhoBad: 7} as never);
	t.deepEqual(
		refusal(() => load(folder, {file: 'sub/signalbox.yaml'})),
		[
			'sub/signalbox.yaml line 1: there is no key «lisen»; did you mean «listen»?',
			'sub/strict.yaml line 4: rules.canary-errors.rho_bat: there is no key «rho_bat»; did you mean «rho_bad»?',
		],
	);
	t.deepEqual(
		refusal(() => load(folder, {file: 'gone.yaml'})),
		['nowhere.yaml cannot be read: there is no such file'],
	);
});

test('a zone that does not exist is refused, since times without a zone would be read wrongly', t => {
	const withZone = (zone: string) => service(`signals: {errors: {log: {path: x, format: mediawiki, zone: "${zone}"}}}`);
	for (const zone of ['UTC', 'Europe/Berlin', '-03:30']) t.deepEqual(refused(t, withZone(zone)), [], zone);
	for (const zone of ['Mars/Olympus', '+25:00', 'x'.repeat(200)]) t.is(refused(t, withZone(zone)).length, 1, zone);
});

test('values of the wrong kind anywhere are sentences, never a crash', t => {
	const wrong = ['3', 'true', 'text', '[1, [2]]', '{a: {b: 1}}', '[null]'];
	const keys = ['listen', 'data', 'url', 'spool', 'idle_close', 'announcements', 'services', 'unreachable'];
	for (const value of wrong) {
		for (const key of keys) t.notThrows(() => refused(t, `${key}: ${value}\n`), `${key}: ${value}`);
		for (const key of ['groups', 'stages', 'hosts', 'signals', 'policy', 'rollback', 'announced_as', 'quorum'])
			t.notThrows(() => refused(t, service(`${key}: ${value}`)), `${key}: ${value}`);
		t.notThrows(() => refused(t, service(`signals: {x: ${value}}`)));
		t.notThrows(() => refused(t, service(`signals: {x: {log: ${value}}}`)));
		t.true(refused(t, service(`hosts: ${value}`)).length > 0, value);
	}
});

test('an environment must be there, and what moves too must be named', t => {
	const said = (text: string) => t.throws(() => loadText(t, `services:\n  beta: {groups: [one]}\n  app:\n    ${text}\n`))?.message ?? '';
	t.regex(said('environments: [{name: beta, service: btea}]'), /line 4: there is no service «btea»; did you mean «beta»\?/);
	t.regex(said('environments: [{name: beta, service: beta, groups: [two]}]'), /line 4: beta has no group «two»/);
	t.regex(said('environments: [{name: self, service: app}]'), /an environment of app itself needs «groups»/);
	t.regex(said('environments: [{name: b, service: beta}, {name: b, service: beta}]'), /the environment «b» stands here twice/);
	t.regex(said('environments: [{service: beta}]'), /«name»/);
	t.regex(said('rollback: {moves_too: [{group: producton, also: [x]}]}'), /there is no group «producton»; did you mean «production»\?/);
	t.regex(said('rollback: {moves_too: [{group: production}]}'), /«also» must name what moves too/);
	t.notThrows(() => loadText(t, 'services:\n  beta:\n  app:\n    environments: [{name: beta, service: beta}]\n'));
});
