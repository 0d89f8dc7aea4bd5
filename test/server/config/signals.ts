import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {AppError} from '../../../server/app-error.ts';
import {loadConfig} from '../../../server/config/load.ts';
import type {SignalConfig} from '../../../server/config.ts';
import {temporaryFolder} from '../../helpers/service.ts';

const head = 'services:\n  app:\n    signals:\n      errors:\n';

function read(t: ExecutionContext, text: string): {folder: string; signal: SignalConfig | undefined} {
	const folder = temporaryFolder(t);
	writeFileSync(path.join(folder, 'signalbox.yaml'), `${head}${text.replace(/^/gm, '        ')}\n`);
	return {folder, signal: loadConfig({env: {}, cwd: folder, rules: []}).services.get('app')?.signals[0]};
}

/** What is said of it, each with its line counted from the first one of `text`. */
function refused(t: ExecutionContext, text: string): string[] {
	try {
		read(t, text);
	} catch (error) {
		if (!(error instanceof AppError)) throw error;
		const said = error.problems.length > 0 ? error.problems : [error.message];
		return said.map(problem => problem.replace(/^signalbox\.yaml line (\d+)/, (_whole, line) => `line ${Number(line) - 4}`));
	}
	return [];
}

test('a question to Elasticsearch has what is usual where nothing is said', t => {
	const {signal} = read(t, 'source: elasticsearch\nelasticsearch: {url: "https://logs.example:9200/", query: "level:ERROR"}');
	t.deepEqual(signal, {
		...{name: 'errors', counts: 'errors', required: true, source: 'elasticsearch', lagMs: 5000, exposure: null},
		elasticsearch: {
			...{url: 'https://logs.example:9200', auth: {kind: 'none'}, caFile: null, timeoutMs: 5000, index: 'logstash-*', query: 'level:ERROR'},
			...{alive: null, timeField: '@timestamp', hostField: 'host', requestField: null},
		},
	});
});

test('every key of Elasticsearch is read, and its exposure takes over what it does not say itself', t => {
	const {signal, folder} = read(
		t,
		`source: elasticsearch
lag: 30s
elasticsearch:
  url: https://logs.example:9200/es
  index: logstash-mediawiki-*,.ds-app-*
  query: level:ERROR AND channel:exception
  alive: type:mediawiki
  time_field: ts
  host_field: host.name
  request_field: reqId
  auth: {basic_file: secrets/logs}
  ca_file: ca.pem
  timeout: 8s
exposure:
  elasticsearch: {query: "type:access", index: access-*}`,
	);
	const main = {
		...{
			url: 'https://logs.example:9200/es',
			auth: {kind: 'basic', file: path.join(folder, 'secrets/logs')},
			caFile: path.join(folder, 'ca.pem'),
		},
		...{timeoutMs: 8000, index: 'logstash-mediawiki-*,.ds-app-*', query: 'level:ERROR AND channel:exception', alive: 'type:mediawiki'},
		...{timeField: 'ts', hostField: 'host.name', requestField: 'reqId'},
	};
	t.deepEqual(signal, {
		...{name: 'errors', counts: 'errors', required: true, source: 'elasticsearch', lagMs: 30_000},
		elasticsearch: main,
		exposure: {...main, index: 'access-*', query: 'type:access', alive: null, requestField: null},
	} as SignalConfig);
});

test('every key of Prometheus is read', t => {
	const {signal, folder} = read(
		t,
		`source: prometheus
counts: fatals
required: false
prometheus:
  url: http://prometheus.example:9090
  query: mediawiki_errors_total{job="mediawiki"}
  kind: gauge-count
  host_label: host
  exposure: http_requests_total{job="mediawiki"}
  up: up{job="mediawiki"}
  auth: {bearer_file: /etc/signalbox/token}
  ca_file: /etc/ssl/ca.pem
  timeout: 3s`,
	);
	t.deepEqual(signal, {
		...{name: 'errors', counts: 'fatals', required: false, source: 'prometheus', lagMs: 5000},
		prometheus: {
			...{url: 'http://prometheus.example:9090', auth: {kind: 'bearer', file: '/etc/signalbox/token'}, caFile: '/etc/ssl/ca.pem'},
			...{timeoutMs: 3000, query: 'mediawiki_errors_total{job="mediawiki"}', kind: 'gauge-count', hostLabel: 'host'},
			...{exposure: 'http_requests_total{job="mediawiki"}', up: 'up{job="mediawiki"}'},
		},
	});
	t.is(folder.length > 0, true);
	t.like(read(t, 'source: prometheus\nprometheus: {url: "http://p:9090", query: x, auth: none}').signal, {
		prometheus: {auth: {kind: 'none'}, kind: 'counter', hostLabel: 'instance', exposure: null, up: null},
	});
});

test('keys belong to their source, and each problem has its line and the nearest key', t => {
	t.deepEqual(refused(t, 'source: elastic\nlog: {path: x, format: json}'), [
		'line 1: «source» must be log-file or elasticsearch or prometheus, not «elastic»',
	]);
	t.deepEqual(refused(t, 'source: elasticsearch'), [
		'line 0: the key «elasticsearch» is missing: it says where it is asked, and which documents count',
	]);
	t.deepEqual(refused(t, 'source: prometheus'), [
		'line 0: the key «prometheus» is missing: it says where it is asked, and which counter counts',
	]);
	t.deepEqual(refused(t, 'source: elasticsearch\nmatch: {levels: [ERROR]}\nelasticsearch:\n  url: http://x\n  qurey: a\n  query: b'), [
		'line 2: there is no key «match»; known here: «counts», «required», «source», «lag», «elasticsearch», «exposure»',
		'line 5: there is no key «qurey»; did you mean «query»?',
	]);
	t.deepEqual(refused(t, 'source: elasticsearch\nelasticsearch: {index: x}'), [
		'line 2: the key «url» is missing',
		'line 2: the key «query» is missing',
	]);
	t.deepEqual(refused(t, 'source: elasticsearch\nelasticsearch: {url: "http://x", query: a}\nexposure: {query: b}'), [
		'line 3: there is no key «query»; known here: «elasticsearch»',
		'line 3: the key «elasticsearch» is missing: it says which documents are requests',
	]);
	t.deepEqual(refused(t, 'source: prometheus\nexposure: {path: x}\nprometheus: {url: "http://x", query: a, host_lable: b}'), [
		'line 2: there is no key «exposure»; known here: «counts», «required», «source», «lag», «prometheus»',
		'line 3: there is no key «host_lable»; did you mean «host_label»?',
	]);
});

test('what cannot be asked is refused: addresses, indices, labels, and functions of Prometheus', t => {
	const elasticsearch = (text: string) => refused(t, `source: elasticsearch\nelasticsearch: {query: a, ${text}}`);
	t.regex(elasticsearch('url: logs:9200').join(), /«url» must be an address such as https:\/\/logs\.example:9200, not «logs:9200»/);
	t.regex(elasticsearch('url: "http://x/?a=1"').join(), /must end with its path/);
	for (const index of ['a/b', '../_all', 'a b', '<logstash-{now}>', 'a?b', 'a#b'])
		t.regex(elasticsearch(`url: "http://x", index: "${index}"`).join(), /cannot name an index/, index);
	const prometheus = (query: string) => refused(t, `source: prometheus\nprometheus:\n  url: http://x\n  query: ${query}`);
	t.regex(prometheus('rate(errors_total[5m])').join(), /^line 4: «query»: functions are not taken, since starts and resets/);
	t.regex(prometheus('sum by (instance) (errors_total)').join(), /^line 4: «query»: it cannot be read from «by \(instance\)/);
	t.regex(refused(t, 'source: prometheus\nprometheus: {url: "http://x", query: a, host_label: "a-b"}').join(), /is no name of a label/);
});

test('a password has no place in the file, and one file proves who asks', t => {
	const auth = (text: string) => refused(t, `source: elasticsearch\nelasticsearch: {url: "http://x", query: a, auth: ${text}}`).join('\n');
	t.regex(auth('{password: x}'), /no key «password»; secrets come from the environment or from files/);
	t.regex(auth('{basic_file: a, bearer_file: b}'), /«auth» names basic_file and bearer_file; it takes one of them/);
	t.regex(auth('secret'), /«auth» must be a map of basic_file, api_key_file, bearer_file, not «secret»/);
	t.regex(
		refused(t, 'source: elasticsearch\nelasticsearch: {url: "http://me:word@x", query: a}').join(),
		/«url» holds a name or password; write them into a file and name it under «auth»/,
	);
});

test('values of the wrong kind anywhere are sentences, never a crash', t => {
	for (const value of ['3', 'true', 'text', '[1, [2]]', '{a: {b: 1}}', '[null]', '""'])
		for (const text of [
			`source: ${value}`,
			`source: elasticsearch\nelasticsearch: ${value}`,
			`source: prometheus\nprometheus: ${value}`,
			`source: elasticsearch\nelasticsearch: {url: ${value}, query: ${value}, index: ${value}, auth: ${value}, ca_file: ${value}, timeout: ${value}}\nexposure: ${value}`,
			`source: prometheus\nprometheus: {url: ${value}, query: ${value}, kind: ${value}, host_label: ${value}, exposure: ${value}, up: ${value}}`,
		])
			t.true(refused(t, text).length > 0, text);
});

test('the examples of docs/signals.md are configurations', t => {
	const text = readFileSync(path.join(process.cwd(), 'docs/signals.md'), 'utf8');
	const examples = [...text.matchAll(/```yaml\n([^`]+)```/g)].map(([, example = '']) => example);
	t.true(examples.length >= 3);
	const sources = examples.flatMap(example => {
		const cwd = temporaryFolder(t);
		writeFileSync(path.join(cwd, 'signalbox.yaml'), example);
		return [...loadConfig({env: {}, cwd, rules: []}).services.values()].flatMap(({signals}) => signals.map(({source}) => source));
	});
	t.deepEqual([...new Set(sources)].sort(), ['elasticsearch', 'log-file', 'prometheus']);
});
