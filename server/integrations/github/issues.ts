/** Issues: made once, found again by their marker, and read again only where they changed. */
import type {Instant} from '../../../gate/facts.ts';
import type {GithubApi} from './client.ts';
import {toldBy} from './trouble.ts';

export type Issue = {
	/** `owner/name`, as GitHub calls it now. */
	readonly repository: string;
	readonly number: number;
	readonly url: string;
	readonly title: string;
	readonly state: 'open' | 'closed';
	/** `completed`, `not_planned`, `duplicate`, `reopened`; null where GitHub says nothing. */
	readonly why: string | null;
	readonly closedAt: Instant | null;
	/** The name of who closed it; null where GitHub does not say. */
	readonly closedBy: string | null;
	readonly updatedAt: Instant;
	readonly etag: string | null;
};

export type IssueKey = {readonly repository: string; readonly number: number};

const pageSize = 100;
/** The newest thousand issues since the first attempt; GitHub's search is asked beyond that. */
const pagesMax = 10;

type Answered = {
	readonly number: number;
	readonly html_url: string;
	readonly title: string;
	readonly state: string;
	readonly state_reason?: string | null | undefined;
	readonly closed_at: string | null;
	readonly closed_by?: {readonly login: string} | null | undefined;
	readonly updated_at: string;
};

export function splitRepository(repository: string): {owner: string; repo: string} {
	const [owner = '', repo = ''] = repository.split('/');
	return {owner, repo};
}

const instantOf = (time: string): Instant => new Date(time).toISOString();

/** The repository that an issue's address names: it may have been moved, or its repository renamed. */
function repositoryIn(url: string, asked: string): string {
	const [owner, repo] = URL.canParse(url) ? new URL(url).pathname.split('/').filter(part => part !== '') : [];
	return owner !== undefined && repo !== undefined ? `${owner}/${repo}` : asked;
}

const issueOf = (issue: Answered, asked: string, etag: string | null): Issue => ({
	...{repository: repositoryIn(issue.html_url, asked), number: issue.number, url: issue.html_url, title: issue.title},
	...{state: issue.state === 'closed' ? 'closed' : 'open', why: issue.state_reason ?? null, etag},
	closedAt: issue.closed_at === null ? null : instantOf(issue.closed_at),
	...{closedBy: issue.closed_by?.login ?? null, updatedAt: instantOf(issue.updated_at)},
});

/** Makes an issue. It is not tried again by itself: whoever got no answer looks for the marker first. */
export async function createIssue(
	api: GithubApi,
	issue: {repository: string; title: string; body: string; labels: readonly string[]},
	signal: AbortSignal,
): Promise<Issue> {
	const {repository, title, body, labels} = issue;
	const answer = await api.rest.issues.create({
		...splitRepository(repository),
		...{title, body, labels: [...labels], request: {signal, retries: 0}},
	});
	return issueOf(answer.data, repository, null);
}

/** The issue with this marker in its text that was made since then; a list is read, since GitHub's search lags behind what was written. */
export async function findIssue(
	api: GithubApi,
	{repository, marker, since}: {repository: string; marker: string; since: Instant},
	signal: AbortSignal,
): Promise<Issue | null> {
	for (let page = 1; page <= pagesMax; page += 1) {
		const {data} = await api.rest.issues.listForRepo({
			...splitRepository(repository),
			...{state: 'all', since, sort: 'created', direction: 'desc', per_page: pageSize, page, request: {signal}},
		});
		const found = data.find(({body, created_at: createdAt}) => body?.includes(marker) === true && instantOf(createdAt) >= since);
		if (found) return issueOf(found, repository, null);
		if (data.length < pageSize) return null;
	}
	const {data} = await api.rest.search.issuesAndPullRequests({
		...{q: `"${marker}" in:body is:issue repo:${repository}`, per_page: 5, request: {signal}},
	});
	const [found] = data.items.filter(({body}) => body?.includes(marker) === true);
	return found ? issueOf(found, repository, null) : null;
}

export type IssueRead = {readonly kind: 'read'; readonly issue: Issue; readonly moved: boolean} | {readonly kind: 'same'};

/** An issue as it stands now, or that it is as it was by its ETag. One that was moved is followed within the same API. */
export async function readIssue(api: GithubApi, key: IssueKey, etag: string | null, signal: AbortSignal): Promise<IssueRead> {
	const headers = etag === null ? {} : {'if-none-match': etag};
	try {
		const request = {signal};
		const answer = await api.rest.issues.get({...splitRepository(key.repository), issue_number: key.number, headers, request});
		const status: number = answer.status;
		if (status < 300) return {kind: 'read', issue: issueOf(answer.data, key.repository, answer.headers.etag ?? null), moved: false};
		const to = answer.headers.location ?? '';
		const there = await api.request(`GET ${to}`, {request});
		const issue: Answered = there.data;
		return {kind: 'read', issue: issueOf(issue, key.repository, there.headers.etag ?? null), moved: true};
	} catch (error) {
		if (toldBy(error).status === 304) return {kind: 'same'};
		throw error;
	}
}
