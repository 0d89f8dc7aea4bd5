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

const pauses = new WeakMap<Config, {readonly untilMs: number; readonly reason: string}>();

/** GitHub asked for a pause until then, by the monotonic clock: whoever goes on asking is shut out for longer. */
export function pauseGithub(config: Config, untilMs: number, reason: string): void {
	if (untilMs > (pauses.get(config)?.untilMs ?? 0)) pauses.set(config, {untilMs, reason});
}

/** Why GitHub is not asked now; null where it may be. */
export function githubPause(config: Config, nowMs: number): string | null {
	const pause = pauses.get(config);
	return pause !== undefined && nowMs < pause.untilMs ? pause.reason : null;
}
