import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {issuePlaceOf} from '../../../server/actions/track-action-item.ts';
import {loadConfig} from '../../../server/config/load.ts';
import {temporaryFolder} from '../../helpers/service.ts';

function load(t: ExecutionContext, github: unknown) {
	const cwd = temporaryFolder(t);
	writeFileSync(path.join(cwd, 'signalbox.yaml'), JSON.stringify({services: {app: {}, other: {}}, github}, null, 1));
	return () => loadConfig({env: {}, cwd, rules: []});
}
const said = (t: ExecutionContext, github: unknown): string => {
	const error = t.throws(load(t, github));
	return [error?.message, ...(error && 'problems' in error && Array.isArray(error.problems) ? error.problems.map(String) : [])].join('\n');
};

test('action items go where their service says, else where all go, else nowhere', t => {
	const services = {other: {action_items: 'o/other'}};
	const config = load(t, {token_file: 'token', action_items: 'o/r', labels: 'incident', services})();
	t.is(config.github?.apiUrl, 'https://api.github.com');
	t.deepEqual(issuePlaceOf(config, 'app'), {repository: 'o/r', labels: ['incident']});
	t.deepEqual(issuePlaceOf(config, 'other'), {repository: 'o/other', labels: ['incident']});
	t.is(issuePlaceOf(load(t, {token_file: 'token'})(), 'app'), null);
	t.is(load(t, undefined)().github, null);
});

test('a token in the file itself, and what is no repository, service or address, are said', t => {
	t.regex(said(t, {token: 'x', token_file: 'token'}), /«token».*secrets come from/);
	t.regex(said(t, {}), /«token_file» is missing/);
	t.regex(said(t, {token_file: 'token', action_items: 'postmortems'}), /must be a repository as owner\/name/);
	t.regex(said(t, {token_file: 'token', services: {ap: {}}}), /no service «ap»/);
	t.regex(said(t, {token_file: 'token', api_url: 'github.com'}), /«api_url» must be the address/);
	t.regex(said(t, {token_file: 'token', repositories: {core: 'mediawiki/core'}}), /owner\/name/);
});
