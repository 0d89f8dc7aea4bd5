/** Makes the repositories of a story real: git checkouts with the story's commits, dates and all, so that every run has the same shas. */
import {mkdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {AppError} from '../app-error.ts';
import type {Children} from './children.ts';
import type {Pick, Story, StoryCommit, StoryRepository} from './story.ts';

/** What git is given in place of the settings of whoever runs the story. */
export const gitEnv = {
	...{GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', GIT_EDITOR: 'true'},
	...{
		GIT_AUTHOR_NAME: 'Deployer',
		GIT_AUTHOR_EMAIL: 'deployer@story.invalid',
		GIT_COMMITTER_NAME: 'Deployer',
		GIT_COMMITTER_EMAIL: 'deployer@story.invalid',
	},
};

const startTag = 'refs/tags/live';
const gitLimitMs = 60_000;
const secondsOf = (at: string): number => Math.floor(Date.parse(at) / 1000);
const mailOf = (author: string): string => `${author.toLowerCase().replace(/[^a-z0-9]+/g, '-')}@story.invalid`;
const blockOf = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;

/** The whole message: subject, body, then one paragraph of footers with the Change-Id last, as Gerrit's hook leaves it. */
export function messageOf(commit: StoryCommit, more: Readonly<Record<string, string>> = {}, pickedFrom: string | null = null): string {
	const footers = Object.entries({...commit.footers, ...more}).map(([name, value]) => `${name}: ${value}`);
	const last = [
		...footers,
		...(commit.changeId === null ? [] : [`Change-Id: ${commit.changeId}`]),
		...(pickedFrom === null ? [] : [`(cherry picked from commit ${pickedFrom})`]),
	];
	return `${[commit.subject, commit.body, last.join('\n')].filter(part => part !== '').join('\n\n')}\n`;
}

/** The commits as `git fast-import` takes them. */
export function importStream({commits}: StoryRepository): string {
	const marks = new Map<string, number>();
	const tips = new Map<string, number>();
	return commits
		.map((commit, index) => {
			const mark = index + 1;
			const parent = commit.from === null ? tips.get(commit.branch) : marks.get(commit.from);
			marks.set(commit.id, mark);
			tips.set(commit.branch, mark);
			const who = `${commit.author} <${mailOf(commit.author)}>`;
			const files = Object.entries(commit.files).map(([path, text]) =>
				text === null ? `D ${path}\n` : `M 100644 inline ${path}\n${blockOf(text)}`,
			);
			return [
				`commit refs/heads/${commit.branch}\nmark :${mark}\nauthor ${who} ${secondsOf(commit.authoredAt)} +0000\n`,
				`committer ${who} ${secondsOf(commit.committedAt)} +0000\n${blockOf(messageOf(commit))}`,
				...(parent === undefined ? [] : [`from :${parent}\n`]),
				...files,
			].join('');
		})
		.join('');
}

export type StoryGit = {
	/** Where a repository is checked out. */
	pathOf(repository: string): string;
	/** The newest form of a commit: as it was picked, or as it was written. */
	shaOf(commit: string): string;
	/** Puts commits on the staging checkouts, one after another. */
	pick(from: 'start' | 'head', picks: readonly Pick[]): Promise<string[]>;
	/** The paths that are checked out of a repository. */
	files(repository: string): Promise<string[]>;
};

/** Makes all repositories below `folder`, each with the branch that is deployed checked out and its newest commit tagged as live. */
export async function makeHistory(story: Story, folder: string, children: Children): Promise<StoryGit> {
	const commits = new Map(story.repositories.flatMap(repository => repository.commits.map(commit => [commit.id, commit] as const)));
	const pathOf = (name: string): string => join(folder, story.repositories.find(repository => repository.name === name)?.checkout ?? name);
	const originals = new Map<string, string>();
	const newest = new Map<string, string>();
	let picked = 0;
	const git = async (
		repository: string,
		args: readonly string[],
		more: {input?: string; env?: Record<string, string>} = {},
	): Promise<string> => {
		const answer = await children.run('git', ['-C', pathOf(repository), ...args], {...more, limitMs: gitLimitMs});
		if (answer.exit !== 0)
			throw new AppError('conflict', `git ${args[0]} failed in ${pathOf(repository)}: ${answer.output.trim().slice(-500)}`);
		return answer.output;
	};
	for (const repository of story.repositories) {
		mkdirSync(pathOf(repository.name), {recursive: true});
		await git(repository.name, ['init', '--quiet', `--initial-branch=${repository.branch}`]);
		const marks = join(pathOf(repository.name), '.git', 'story-marks');
		await git(repository.name, ['fast-import', '--quiet', `--export-marks=${marks}`], {input: importStream(repository)});
		await git(repository.name, ['update-ref', startTag, `refs/heads/${repository.branch}`]);
		await git(repository.name, ['reset', '--quiet', '--hard', repository.branch]);
		for (const line of readFileSync(marks, 'utf8').trim().split('\n')) {
			const [mark = '', sha = ''] = line.split(' ');
			const commit = repository.commits[Number(mark.slice(1)) - 1];
			if (commit) originals.set(commit.id, sha);
		}
	}
	const pickOne = async ({commit: id, footers}: Pick): Promise<string> => {
		const commit = commits.get(id);
		const from = originals.get(id);
		if (!commit || from === undefined) throw new AppError('not-found', `There is no commit ${id} in the story.`);
		picked += 1;
		const date = `${secondsOf(story.start) + picked} +0000`;
		const env = {
			GIT_AUTHOR_NAME: commit.author,
			GIT_AUTHOR_EMAIL: mailOf(commit.author),
			GIT_AUTHOR_DATE: `${secondsOf(commit.authoredAt)} +0000`,
			GIT_COMMITTER_DATE: date,
		};
		await git(commit.repository, ['cherry-pick', '--no-commit', from], {env});
		await git(commit.repository, ['commit', '--quiet', '--allow-empty', '--file=-'], {env, input: messageOf(commit, footers, from)});
		const sha = (await git(commit.repository, ['rev-parse', 'HEAD'])).trim();
		newest.set(id, sha);
		return sha;
	};
	return {
		pathOf,
		shaOf: id => newest.get(id) ?? originals.get(id) ?? id,
		async pick(from, picks) {
			if (from === 'start') for (const {name} of story.repositories) await git(name, ['reset', '--quiet', '--hard', startTag]);
			const made: string[] = [];
			for (const pick of picks) made.push(await pickOne(pick));
			return made;
		},
		files: async name => (await git(name, ['ls-files', '-z'])).split('\0').filter(path => path !== ''),
	};
}
