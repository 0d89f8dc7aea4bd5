/** A target of scap3 as scap lays it out: `X-cache/cache`, `X-cache/revs/SHA`, the links, and `X` itself; and the checks of docs/scap.md. */
import {existsSync, mkdirSync, realpathSync, rmSync, symlinkSync} from 'node:fs';
import path from 'node:path';
import {git} from './client-world.ts';
import {documented, type Machine} from './hook-world.ts';
import {scap3Environment} from './scap-caller.ts';

export type ScapCheck = {
	readonly type: 'command';
	readonly before?: string;
	readonly after?: string;
	readonly group?: string;
	readonly timeout?: number;
	readonly command: string;
};

/** The checks that docs/scap.md tells people to paste, by name. */
export const documentedChecks = (): Readonly<Record<string, ScapCheck>> =>
	(documented('scap.md').yaml('checks') as {checks: Record<string, ScapCheck>}).checks;

export function documentedCheck(name: string): ScapCheck {
	const check = documentedChecks()[name];
	if (!check) throw new Error(`docs/scap.md has no check ${name}.`);
	return check;
}

export type ScapTarget = {
	readonly machine: Machine;
	/** What scap's stages do to the disk, in their order. */
	fetch(sha: string): void;
	promote(sha: string): void;
	finalize(sha: string): void;
	/** scap's own way back: `current` leads to what was done before, where there is such a thing. */
	rollBack(): void;
	/** A check of this target while `sha` is deployed: what `runAsScap3` takes. */
	call(check: ScapCheck, sha: string): {commandLine: string; env: Record<string, string>; cwd: string; timeoutMs?: number};
};

const link = (from: string, to: string): void => {
	rmSync(to, {force: true});
	symlinkSync(from, to);
};

/** A target on this machine; `source` is the deploy host's checkout. Nothing is there before the first deploy. */
export function scapTarget(machine: Machine, source: string): ScapTarget {
	const finalPath = path.join(machine.home, '..', 'srv', 'ores', 'deploy');
	const cacheDir = `${finalPath}-cache`;
	const revision = (sha: string) => path.join(cacheDir, 'revs', sha);
	const [current, done, inProgress] = ['current', '.done', '.in-progress'].map(name => path.join(cacheDir, name)) as [
		string,
		string,
		string,
	];
	const leadsTo = (name: string): string | undefined => (existsSync(name) ? path.basename(realpathSync(name)) : undefined);
	const promote = (sha: string): void => {
		link(revision(sha), current);
		link(current, finalPath);
	};
	return {
		machine,
		promote,
		fetch(sha) {
			mkdirSync(path.join(cacheDir, 'revs'), {recursive: true});
			const cache = path.join(cacheDir, 'cache');
			if (existsSync(cache)) git(cache, 'fetch', '-q', source);
			else git(cacheDir, 'clone', '-q', source, cache);
			if (!existsSync(revision(sha))) {
				git(cacheDir, 'clone', '-q', '--no-checkout', '--reference', cache, source, revision(sha));
				git(revision(sha), 'checkout', '-q', '--detach', sha);
			}
			link(revision(sha), inProgress);
		},
		finalize(sha) {
			link(revision(sha), done);
			rmSync(inProgress, {force: true});
		},
		rollBack() {
			const before = leadsTo(done);
			if (before !== undefined) promote(before);
			rmSync(inProgress, {force: true});
		},
		call({command, timeout}, sha) {
			const [now, before] = [leadsTo(current), leadsTo(done)];
			const scap = scap3Environment({
				root: finalPath,
				revision: sha,
				...(now === undefined ? {} : {current: now}),
				...(before === undefined ? {} : {done: before}),
			});
			return {
				commandLine: command,
				env: {...machine.env, ...scap.env},
				cwd: scap.cacheDir,
				...(timeout === undefined ? {} : {timeoutMs: timeout * 1000}),
			};
		},
	};
}
