/** The one client of GitHub for each configuration that is in use, with its secrets read when they are needed. */

import {readSecret} from './config/secret.ts';
import type {Config} from './config.ts';
import {type GithubApi, githubApi} from './integrations/github/client.ts';

const clients = new WeakMap<Config, GithubApi>();

/** Null where the configuration has no GitHub. */
export function githubOf(config: Config): GithubApi | null {
	const {github} = config;
	if (github === null) return null;
	const {apiUrl, tokenFile, caFile} = github;
	const found =
		clients.get(config) ??
		githubApi({
			apiUrl,
			token: () => readSecret(tokenFile, 'token_file of github'),
			ca: () => (caFile === null ? null : readSecret(caFile, 'ca_file of github')),
		});
	clients.set(config, found);
	return found;
}
