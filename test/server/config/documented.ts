import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {loadConfig} from '../../../server/config/load.ts';

const text = readFileSync(path.join(process.cwd(), 'docs/configuration.md'), 'utf8');

test('the example of docs/configuration.md is a configuration', t => {
	const [, example] = /```yaml\n([^`]+)```/.exec(text) ?? [];
	const cwd = mkdtempSync(path.join(tmpdir(), 'signalbox-documented-'));
	t.teardown(() => rmSync(cwd, {recursive: true, force: true}));
	writeFileSync(path.join(cwd, 'example.yaml'), example ?? '');
	const {services, url} = loadConfig({file: 'example.yaml', env: {}, cwd, rules: []});
	t.is(url, 'http://localhost:8420');
	t.deepEqual(services.get('mediawiki')?.stages[1]?.groups, ['testwikis']);
	t.deepEqual(services.get('mediawiki')?.policy.undecided.stages, {canaries: 'hold'});
});

test('every key that is read is in docs/configuration.md', t => {
	const folder = path.join(process.cwd(), 'server/config');
	const sources = readdirSync(folder).map(file => readFileSync(path.join(folder, file), 'utf8'));
	const keys = new Set(
		sources.flatMap(source => [...source.matchAll(/\bat\('(\w+)'\)|\w+At\('(\w+)'\)/g)].map(([, one, two]) => one ?? two ?? '')),
	);
	t.true(keys.size > 30);
	t.deepEqual(
		[...keys].filter(key => !new RegExp(`[\`.,\\[ ]${key}\\b`).test(text)),
		[],
	);
});
