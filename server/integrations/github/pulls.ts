/** A pull request as a change: the commit it became or would become, its words and its files. */
import type {PathChange, Review} from '../../../gate/facts.ts';
import type {GithubApi} from './client.ts';
import {splitRepository} from './issues.ts';
import {type PullFacts, readMessages, readReview} from './pull-review.ts';

export type PullRequest = {
	/** `owner/name`. */
	readonly repository: string;
	readonly number: number;
	readonly state: 'open' | 'merged' | 'closed';
	/** Of the merge where it was merged, else of its head. */
	readonly sha: string;
	/** The branch that it is for. */
	readonly branch: string;
	readonly title: string;
	readonly text: string;
	readonly author: string | null;
	/** Null where they are more than are read, or could not be read whole. */
	readonly paths: readonly PathChange[] | null;
	/** Messages of its commits, in their order; absent in what was kept before they were read. */
	readonly messages?: string;
	readonly labels?: readonly string[];
	readonly review?: Review | {readonly missing: string};
};

const pageSize = 100;
export const pullFilesMax = 300;
const textMax = 65_536;

const kinds: Readonly<Record<string, PathChange['kind']>> = {added: 'added', copied: 'added', removed: 'deleted'};

async function readFiles(api: GithubApi, repository: string, number: number, signal: AbortSignal): Promise<PathChange[]> {
	const files: PathChange[] = [];
	for (let page = 1; files.length < pullFilesMax; page += 1) {
		const asked = {...splitRepository(repository), pull_number: number, per_page: pageSize, page};
		const {data} = await api.rest.pulls.listFiles({...asked, request: {signal, retries: 0}});
		for (const {filename, status, previous_filename: before, sha} of data) {
			if (status === 'renamed' && before !== undefined) files.push({path: before, kind: 'deleted'});
			const kind = status === 'renamed' ? 'added' : (kinds[status] ?? 'modified');
			files.push({path: filename, kind, ...(sha === null || kind === 'deleted' ? {} : {blob: sha})});
		}
		if (data.length < pageSize) break;
	}
	return files;
}

/** Asks once, without trying again: whoever waits for it has no time. */
export async function readPull(api: GithubApi, repository: string, number: number, signal: AbortSignal): Promise<PullRequest> {
	const {data} = await api.rest.pulls.get({...splitRepository(repository), pull_number: number, request: {signal, retries: 0}});
	const state = data.merged ? 'merged' : data.state === 'open' ? 'open' : 'closed';
	const isBounded = data.changed_files <= pullFilesMax;
	const facts: PullFacts = {
		...{repository, number, head: data.head.sha, url: data.html_url, state, isDraft: data.draft ?? false},
		...{author: data.user?.login ?? null, size: data.additions + data.deletions},
	};
	const [paths, messages, review] = await Promise.all([
		isBounded ? readFiles(api, repository, number, signal) : null,
		readMessages(api, facts, signal),
		readReview(api, facts, signal),
	]);
	return {
		...{repository: data.base.repo.full_name, number: data.number, state, branch: data.base.ref, title: data.title},
		sha: state === 'merged' && data.merge_commit_sha !== null ? data.merge_commit_sha : data.head.sha,
		text: (data.body ?? '').slice(0, textMax),
		author: data.user?.login ?? null,
		...{paths, messages, review, labels: data.labels.map(({name}) => name)},
	};
}
