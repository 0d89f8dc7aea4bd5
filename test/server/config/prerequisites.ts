/** Things outside git, as they are written in the configuration. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {AppError} from '../../../server/app-error.ts';
import {loadConfig} from '../../../server/config/load.ts';
import {temporaryFolder} from '../../helpers/service.ts';

function read(t: ExecutionContext, prerequisites: object) {
	const cwd = temporaryFolder(t);
	writeFileSync(path.join(cwd, 'signalbox.yaml'), JSON.stringify({services: {app: {groups: ['east', 'west'], prerequisites}}}));
	return {cwd, load: () => loadConfig({env: {}, cwd, rules: []}).services.get('app')?.prerequisites};
}

test('what is not written is usual: ticked by people, the same for all groups, for ever', t => {
	t.deepEqual(read(t, {table: {text: 'The table is filled'}}).load(), [
		{name: 'table', text: 'The table is filled', groups: null, probe: null, validForMs: null},
	]);
});

test('groups, a probe and how long a tick counts are read', t => {
	const probe = {url: 'https://x.example/{group}?full=1', expect: {status: 204, contains: 'ok'}, ca_file: 'ca.pem', timeout: '1s'};
	const {cwd, load} = read(t, {
		table: {text: 'Filled', groups: ['west'], valid_for: '30d'},
		policy: {text: 'Applied', groups: 'each', probe},
	});
	t.deepEqual(load(), [
		{name: 'table', text: 'Filled', groups: ['west'], probe: null, validForMs: 30 * 86_400_000},
		{
			...{name: 'policy', text: 'Applied', groups: ['east', 'west'], validForMs: null},
			probe: {url: probe.url, status: 204, contains: 'ok', caFile: path.join(cwd, 'ca.pem'), timeoutMs: 1000},
		},
	]);
});

for (const [what, problem] of [
	[{text: 'x', group: 'east'}, /there is no key «group»; did you mean «groups»\?/],
	[{}, /the key «text» is missing/],
	[{text: 'x', groups: ['nord']}, /there is no group «nord»/],
	[{text: 'x', valid_for: '10s'}, /«valid_for» must be a time from 1m/],
	[{text: 'x', probe: {url: 'ftp://x.example/'}}, /«url» must be an address such as https:/],
	[{text: 'x', probe: {url: 'https://riley:secret@x.example/'}}, /«url» holds a name or password/],
	[{text: 'x', probe: {url: 'https://x.example/{group}'}}, /has \{group\} in it, and the prerequisite names no «groups»/],
	[{text: 'x', probe: {url: 'https://x.example/', timeout: '1m'}}, /«timeout» must be a time from 100ms to 10s/],
	[{text: 'x', probe: {url: 'https://x.example/'}, valid_for: '1d'}, /«valid_for» is for what people tick/],
] as const)
	test(`${JSON.stringify(what)} is refused with its reason`, t => {
		const error = t.throws<AppError>(() => read(t, {table: what}).load(), {instanceOf: AppError});
		t.regex([error?.message, ...(error?.problems ?? [])].join('\n'), problem);
	});
