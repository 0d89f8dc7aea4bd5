/**
 * What a pull request went through: who approved its newest commit, what its tests say, the messages of its commits. Each part is asked by
 * itself, since a token may see one and not another; what it may not see is missing, with the reason.
 */
import type {Review} from '../../../gate/facts.ts';
import type {GithubApi} from './client.ts';
import {splitRepository} from './issues.ts';
import {toldBy} from './trouble.ts';

export type PullFacts = {
	readonly repository: string;
	readonly number: number;
	/** Its newest commit. */
	readonly head: string;
	readonly url: string;
	readonly state: 'open' | 'merged' | 'closed';
	readonly isDraft: boolean;
	readonly author: string | null;
	readonly size: number;
};

const pageSize = 100;
const reviewsMax = 500;
/** GitHub lists no more commits of a pull request. */
const commitsMax = 250;
const messagesMax = 32_768;
const checksMax = 500;

type Tests = NonNullable<Review['tests']>;

/** All pages of a list, up to a bound; stops where a page is not full. */
async function pagesOf<Item>(maximum: number, page: (number: number) => Promise<readonly Item[]>): Promise<Item[]> {
	const all: Item[] = [];
	for (let number = 1; all.length < maximum; number += 1) {
		const items = await page(number);
		all.push(...items);
		if (items.length < pageSize) break;
	}
	return all;
}

/** Who approved this very commit and did not change their mind since. A later comment takes no approval back; a dismissal does. */
export function approversOf(reviews: readonly {user: string | null; state: string; commit: string | null}[], head: string): string[] {
	const newest = new Map<string, {state: string; commit: string | null}>();
	for (const {user, state, commit} of reviews) {
		if (user !== null && ['APPROVED', 'CHANGES_REQUESTED', 'DISMISSED'].includes(state)) newest.set(user, {state, commit});
	}
	return [...newest].filter(([, {state, commit}]) => state === 'APPROVED' && commit === head).map(([user]) => user);
}

async function readApprovers(api: GithubApi, {repository, number, head}: PullFacts, signal: AbortSignal): Promise<string[]> {
	const asked = {...splitRepository(repository), pull_number: number, per_page: pageSize, request: {signal, retries: 0}};
	const reviews = await pagesOf(reviewsMax, async page => (await api.rest.pulls.listReviews({...asked, page})).data);
	return approversOf(
		reviews.map(({user, state, commit_id: commit}) => ({user: user?.login ?? null, state, commit})),
		head,
	);
}

const failed = new Set(['failure', 'timed_out', 'action_required', 'startup_failure', 'stale', 'cancelled', 'error']);

/** Check runs and commit statuses together: one that failed fails all, one that goes on leaves them running. */
export function testsOf(states: readonly (string | null)[]): Tests {
	if (states.length === 0) return 'none';
	if (states.some(state => state !== null && failed.has(state))) return 'failed';
	return states.some(state => state === null || state === 'pending') ? 'running' : 'passed';
}

async function readTests(api: GithubApi, {repository, head}: PullFacts, signal: AbortSignal): Promise<Tests> {
	const asked = {...splitRepository(repository), ref: head, per_page: pageSize, request: {signal, retries: 0}};
	try {
		const [runs, statuses] = await Promise.all([
			pagesOf(checksMax, async page => (await api.rest.checks.listForRef({...asked, page})).data.check_runs),
			pagesOf(checksMax, async page => (await api.rest.repos.getCombinedStatusForRef({...asked, page})).data.statuses),
		]);
		return testsOf([
			...runs.map(({status, conclusion}) => (status === 'completed' ? conclusion : null)),
			...statuses.map(({state}) => state),
		]);
	} catch (error) {
		const {status, message} = toldBy(error);
		return {missing: status === null ? message : `GitHub answered ${status}: ${message} (the token needs Checks and Commit statuses)`};
	}
}

const statusOf = ({state, isDraft}: PullFacts): NonNullable<Review['status']> =>
	state === 'merged' ? 'merged' : state === 'closed' ? 'abandoned' : isDraft ? 'draft' : 'open';

/** What it went through; `{missing}` where not even its approvals may be seen. */
export async function readReview(api: GithubApi, pull: PullFacts, signal: AbortSignal): Promise<Review | {missing: string}> {
	try {
		const [approvedBy, tests] = await Promise.all([readApprovers(api, pull, signal), readTests(api, pull, signal)]);
		const {url, author, size} = pull;
		return {...{source: 'github', url, status: statusOf(pull), approvedBy, tests, size}, ...(author === null ? {} : {owner: author})};
	} catch (error) {
		// A limit is for whoever asked: nothing else may be asked then.
		if (toldBy(error).status !== 404 && toldBy(error).status !== 403) throw error;
		return {missing: `its reviews may not be seen (${toldBy(error).message})`};
	}
}

/** The messages of its commits, in their order: their footers count beside those of its text. Bounded in number and length. */
export async function readMessages(api: GithubApi, {repository, number}: PullFacts, signal: AbortSignal): Promise<string> {
	const asked = {...splitRepository(repository), pull_number: number, per_page: pageSize, request: {signal, retries: 0}};
	const commits = await pagesOf(commitsMax, async page => (await api.rest.pulls.listCommits({...asked, page})).data);
	return commits
		.map(({commit}) => commit.message.trim())
		.join('\n\n')
		.slice(0, messagesMax);
}
