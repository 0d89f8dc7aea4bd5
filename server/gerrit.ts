/** The Gerrits of a configuration, each with what it answered lately and the pause that it asked for. */
import {readSecret} from './config/secret.ts';
import type {Config, GerritConfig} from './config.ts';
import type {GerritChange} from './integrations/gerrit/changes.ts';
import type {GerritAccess} from './integrations/gerrit/client.ts';

export type Gerrit = {
	readonly config: GerritConfig;
	readonly access: GerritAccess;
	/** By the term that was asked; the newest last. */
	readonly kept: Map<string, {readonly changes: readonly GerritChange[]; readonly readMs: number}>;
	/** Nothing is asked before, by the monotonic clock. */
	pausedUntilMs: number;
	pauseReason: string;
};

const known = new WeakMap<Config, readonly Gerrit[]>();

const accessOf = ({url, user, passwordFile, caFile, timeoutMs}: GerritConfig): GerritAccess => ({
	...{url, user, timeoutMs},
	password: () => (passwordFile === null ? null : readSecret(passwordFile, 'password_file of gerrit')),
	ca: () => (caFile === null ? null : readSecret(caFile, 'ca_file of gerrit')),
});

export function gerritsOf(config: Config): readonly Gerrit[] {
	const found =
		known.get(config) ??
		config.gerrits.map((each): Gerrit => ({config: each, access: accessOf(each), kept: new Map(), pausedUntilMs: 0, pauseReason: ''}));
	known.set(config, found);
	return found;
}
