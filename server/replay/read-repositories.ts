/** The repositories of a story and their commits. */
import {basename} from 'node:path';
import {entries, fields, isWritten, items, neededText, type Place, text, textOrNull} from '../config/place.ts';
import {block, moment, textMap} from './read-values.ts';
import type {StoryCommit, StoryRepository} from './story.ts';

const repositoriesMax = 50;
const commitsMax = 1000;
const filesMax = 200;

/** A path that stays below its folder and is nobody's administrative file. */
const isPlainPath = (path: string): boolean =>
	/^[A-Za-z0-9_][A-Za-z0-9_./@+-]{0,250}$/.test(path) && !path.split('/').some(part => part === '' || part.startsWith('.'));

function checkPath(place: Place, path: string): void {
	if (!isPlainPath(path)) place.complain(place.path, `«${path.slice(0, 60)}» is no plain relative path`);
}

function readFiles(place: Place): Record<string, string | null> {
	const read = entries(place, filesMax).map((entry): [string, string | null] => {
		const path = String(entry.path.at(-1));
		checkPath(entry, path);
		return [path, isWritten(entry) ? (block(entry) ?? '') : null];
	});
	return Object.fromEntries(read);
}

function readCommit(place: Place, repository: string, branch: string): StoryCommit {
	const at = fields(place, ['id', 'branch', 'from', 'change_id', 'subject', 'body', 'footers', 'author', 'at', 'committed_at', 'files']);
	const authoredAt = moment(at('at'), '1970-01-01T00:00:00.000Z');
	if (!isWritten(at('at'))) place.complain(place.path, 'the key «at» is missing: when the commit was written');
	const changeId = textOrNull(at('change_id'));
	if (changeId !== null && !/^I[0-9a-f]{40}$/.test(changeId))
		place.complain(at('change_id').path, `«${changeId.slice(0, 60)}» is no Change-Id: it is I and 40 digits, 0 to f`);
	return {
		...{id: neededText(at('id')), repository, branch: text(at('branch'), branch), from: textOrNull(at('from')), changeId},
		...{subject: neededText(at('subject')), body: block(at('body'))?.trim() ?? '', footers: textMap(at('footers'), 20)},
		...{author: text(at('author'), 'Engineer'), authoredAt, committedAt: moment(at('committed_at'), authoredAt)},
		files: readFiles(at('files')),
	};
}

function checkCommits(place: Place, commits: readonly StoryCommit[], branch: string, taken: Set<string>): void {
	const tips = new Map<string, string>();
	const here = new Set<string>();
	for (const [index, commit] of commits.entries()) {
		const path = [...place.path, index];
		if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/.test(commit.id))
			place.complain([...path, 'id'], `«${commit.id.slice(0, 60)}» cannot be the id of a commit: letters, digits, _ and -, 40 at most`);
		if (taken.has(commit.id)) place.complain([...path, 'id'], `the commit «${commit.id}» stands here twice`);
		if (commit.from !== null && !here.has(commit.from))
			place.complain([...path, 'from'], `there is no commit «${commit.from.slice(0, 60)}» before this one in the repository`);
		if (!/^[A-Za-z0-9][\w./-]{0,200}$/.test(commit.branch) || commit.branch.includes('..') || commit.branch.endsWith('/'))
			place.complain([...path, 'branch'], `«${commit.branch.slice(0, 60)}» is no name of a branch`);
		taken.add(commit.id);
		here.add(commit.id);
		tips.set(commit.branch, commit.id);
	}
	if (!tips.has(branch)) place.complain(place.path, `no commit is on «${branch.slice(0, 60)}», the branch that is deployed`);
}

/** A map of repositories; their order is that in which a deploy brings them out. */
export function readRepositories(place: Place): StoryRepository[] {
	const taken = new Set<string>();
	const read = entries(place, repositoriesMax).map(entry => {
		const name = String(entry.path.at(-1));
		const at = fields(entry, ['checkout', 'branch', 'commits']);
		const branch = text(at('branch'), 'main');
		const checkout = text(at('checkout'), basename(name));
		checkPath(entry, name);
		checkPath(at('checkout'), checkout);
		const commits = items(at('commits'), commitsMax).map(item => readCommit(item, name, branch));
		checkCommits(at('commits'), commits, branch, taken);
		return {name, checkout, branch, commits};
	});
	if (read.length === 0) place.complain(place.path, 'a story needs at least one repository');
	return read;
}
