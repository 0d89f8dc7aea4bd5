/** scap's staging folder on the deploy host: checkouts below a version's folder, and the `deployment-info.json` that scap writes. */
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {commit, git, repository} from './client-world.ts';

const version = '1.47.0-wmf.3';

export type StageDir = {
	readonly folder: string;
	/** Commits to the branch that is deployed; answers the commit. */
	change(name: string, message: string): string;
	/** Commits to a branch that is not deployed: merged, and nowhere live. */
	mergeElsewhere(name: string, message: string): string;
	/** Writes what is staged now, as scap does before it deploys. */
	stage(): void;
	/** Puts a checkout back to a commit, and stages that. */
	takeBack(name: string, sha: string): void;
};

/** A staging folder with these extensions, one commit each, staged. */
export function stageDir(folder: string, names: readonly string[]): StageDir {
	const checkoutOf = (name: string) => path.join(folder, `php-${version}`, 'extensions', name);
	mkdirSync(folder, {recursive: true});
	let count = 0;
	const change = (name: string, message: string): string => {
		count += 1;
		return commit(checkoutOf(name), message, {'extension.json': `{"version": ${count}}`});
	};
	const stage = (): void => {
		const staged = names.map(name => ({
			repo: `mediawiki/extensions/${name}`,
			branch: `wmf/${version}`,
			commit_ref: git(checkoutOf(name), 'rev-parse', 'HEAD'),
		}));
		writeFileSync(path.join(folder, 'deployment-info.json'), JSON.stringify({common: [], versions: {[version]: staged}}));
	};
	for (const name of names) {
		repository(checkoutOf(name));
		change(name, `${name} as it was`);
		git(checkoutOf(name), 'branch', '-q', 'next');
	}
	stage();
	return {
		folder,
		change,
		stage,
		mergeElsewhere(name, message) {
			const here = git(checkoutOf(name), 'rev-parse', '--abbrev-ref', 'HEAD');
			git(checkoutOf(name), 'checkout', '-q', 'next');
			const sha = change(name, message);
			git(checkoutOf(name), 'checkout', '-q', here);
			return sha;
		},
		takeBack(name, sha) {
			git(checkoutOf(name), 'reset', '-q', '--hard', sha);
			stage();
		},
	};
}
