/**
 * Pull requests as changes: what is named by one, or depends on one, is looked up at GitHub and kept. Bounded, so that a check never waits
 * long; what could not be looked up is said as a note, never silence.
 */
import type {Change, Note, Target} from '../gate/facts.ts';
import {readFooters} from '../gate/order/footers.ts';
import {parseReference, type Reference} from '../gate/order/reference.ts';
import {type Deps, reading, writing} from './actions/deps.ts';
import {targetsOf} from './client/changes/file.ts';
import type {Config, GithubConfig, ServiceConfig} from './config.ts';
import {githubOf, githubPause, pauseGithub} from './github.ts';
import {type PullRequest, pullFilesMax, readPull} from './integrations/github/pulls.ts';
import {troubleOf} from './integrations/github/trouble.ts';

const lookupMs = 2000;
/** An open or closed one may change; a merged one is what it is. */
const freshMs = 60_000;
const pullsMax = 30;
/** Of commits that came with a pull request: each is half a dozen questions. */
const reviewedMax = 20;
const atOnceMax = 6;
const messageMax = 131_072;

type Wanted = {readonly repository: string; readonly number: number};
type Found = {readonly pull: PullRequest; readonly stale: boolean} | {readonly missing: string};

const idOf = ({repository, number}: Wanted): string => `${repository}#${number}`;

/** The host of the pages that belong to an API: those of `https://ghe.example/api/v3` are at `ghe.example`. */
function pagesHost({apiUrl}: GithubConfig): string {
	const {host} = new URL(apiUrl);
	return host === 'api.github.com' ? 'github.com' : host;
}

function wantedOf(reference: Reference | undefined | null, github: GithubConfig): Wanted | null {
	if (reference?.kind !== 'pull-request' || reference.repository.split('/').length !== 2) return null;
	if (reference.host !== undefined && reference.host !== pagesHost(github)) return null;
	return {repository: reference.repository, number: Number(reference.number)};
}

/** What a repository of GitHub is called here: as configured, or as the one checkout whose name ends in the same way. */
export function localName({github}: Pick<Config, 'github'>, service: ServiceConfig, repository: string): string {
	const called = github?.repositories.get(repository.toLowerCase());
	if (called !== undefined) return called;
	const known = service.changes.from === 'git' ? service.changes.checkouts.map(checkout => checkout.repository) : [service.name];
	const last = repository.split('/').at(-1) ?? repository;
	const ends = [...new Set(known)].filter(name => name.toLowerCase() === repository.toLowerCase() || name.split('/').at(-1) === last);
	return ends.length === 1 && ends[0] !== undefined ? ends[0] : repository;
}

/** Nobody waits for it any longer. */
const late: Found = {missing: `GitHub did not answer within ${lookupMs / 1000} s`};

async function lookUp(deps: Deps, wanted: Wanted, signal: AbortSignal): Promise<Found> {
	const {github} = deps.config;
	const api = githubOf(deps.config);
	if (github === null || api === null) return {missing: 'the configuration has no «github»'};
	const key = {api: github.apiUrl, ...wanted};
	const kept = await reading(deps).pullRequests.get<PullRequest>(key);
	const now = deps.clock.now();
	if (kept && (kept.pull.state === 'merged' || Date.parse(now) - Date.parse(kept.readAt) < freshMs)) return {pull: kept.pull, stale: false};
	const pause = githubPause(deps.config, deps.clock.monotonicMs());
	if (pause !== null) return kept ? {pull: kept.pull, stale: true} : {missing: pause};
	try {
		const pull = await readPull(api, wanted.repository, wanted.number, signal);
		await writing(deps, ({pullRequests, at}) => pullRequests.put(key, pull, at));
		return {pull, stale: false};
	} catch (error) {
		const trouble = troubleOf(error, now);
		const {kind, reason} = trouble;
		if (trouble.kind === 'limited') pauseGithub(deps.config, deps.clock.monotonicMs() + trouble.afterMs, reason);
		if (kept) return {pull: kept.pull, stale: true};
		if (signal.aborted) return late;
		return {missing: kind === 'gone' ? `there is no such pull request, or the token may not see it (${reason})` : reason};
	}
}

/** A few at a time. What has not come when the time is over is late, and what comes after it is kept for the next question. */
async function lookUpAll(deps: Deps, all: readonly Wanted[], limitMs: number): Promise<Map<string, Found>> {
	const found = new Map<string, Found>(all.map(wanted => [idOf(wanted).toLowerCase(), late]));
	const waiting = [...all];
	const stop = new AbortController();
	const work = async (): Promise<void> => {
		for (let wanted = waiting.shift(); wanted !== undefined && !stop.signal.aborted; wanted = waiting.shift())
			found.set(idOf(wanted).toLowerCase(), await lookUp(deps, wanted, stop.signal));
	};
	const timer = new AbortController();
	await Promise.race([Promise.all(Array.from({length: atOnceMax}, work)), deps.clock.sleep(Math.max(0, limitMs), timer.signal)]);
	timer.abort();
	stop.abort();
	return new Map(found);
}

function changeOf(id: string, pull: PullRequest, repository: string, branch: string | null): Change {
	const {messages = '', labels = [], review} = pull;
	// Its own text comes first, as it does where GitHub merges it into one commit; a footer counts wherever it stands.
	const message = [`${pull.title}\n\n${pull.text}`, messages].filter(text => text !== '').join('\n\n');
	return {
		...{id, repository, sha: pull.sha.toLowerCase(), subject: pull.title, message: message.slice(0, messageMax)},
		...(labels.length === 0 ? {} : {labels}),
		...(review === undefined ? {} : {review}),
		...(branch === null ? {} : {branch}),
		...(pull.paths === null ? {} : {paths: pull.paths}),
		...(pull.author === null ? {} : {author: pull.author}),
	};
}

function notesOf(id: string, found: Found | undefined): Note[] {
	if (found === undefined) return [{about: id, text: `${id} was not looked up: only the first ${pullsMax} pull requests are`}];
	if ('missing' in found) {
		const remedy = `name its commit instead, or write Depends-On with the commit or the Change-Id`;
		return [{about: id, text: `the pull request ${id} could not be looked up: ${found.missing}`, remedy}];
	}
	const {pull, stale} = found;
	const files =
		pull.paths === null ? [{about: id, text: `${id} changes more than ${pullFilesMax} files: rules about paths do not see them`}] : [];
	const closed = pull.state === 'closed' ? [{about: id, text: `${id} was closed without being merged`}] : [];
	const old = stale ? [{about: id, text: `GitHub could not be asked about ${id} now; this is how it stood before`}] : [];
	return [...files, ...closed, ...old];
}

export type WithPulls = {
	readonly batch: {readonly targets: readonly Target[]; readonly changes: readonly Change[]};
	readonly known: readonly Change[];
	readonly notes: readonly Note[];
};

/** A change that is named by its pull request alone: its commit is what is to be found out. */
const isNameOnly = (change: Change): boolean => change.sha === undefined && change.changeId === undefined;

function footersOf(changes: readonly Change[], github: GithubConfig): Wanted[] {
	return changes
		.flatMap(({message}) => (message === undefined ? [] : readFooters(message).entries))
		.flatMap(({status, reference}) => (status === 'read' ? (wantedOf(reference, github) ?? []) : []));
}

/** Those that are no change of the batch or known by this name already. */
function distinct(all: readonly Wanted[], except: ReadonlySet<string>): Wanted[] {
	return [...new Map(all.map(wanted => [idOf(wanted).toLowerCase(), wanted])).values()].filter(
		wanted => !except.has(idOf(wanted).toLowerCase()),
	);
}

/** Gives changes that are named by a pull request their commit, and the batch its targets where nothing else said them. */
function named<Request extends WithPulls>(
	{config}: Deps,
	{service, github, request}: {service: ServiceConfig; github: GithubConfig; request: Request},
	found: ReadonlyMap<string, Found>,
): Request {
	const {batch} = request;
	const notes: Note[] = [];
	const shas = new Set(batch.changes.flatMap(({sha}) => sha ?? []));
	const resolved = new Set<string>();
	const changes = batch.changes.flatMap((change): readonly Change[] => {
		const wanted = isNameOnly(change) ? wantedOf(parseReference(change.id), github) : null;
		if (wanted === null) return [change];
		const id = idOf(wanted);
		const look = found.get(id.toLowerCase());
		notes.push(...notesOf(id, look));
		if (look === undefined || 'missing' in look) return [{...change, id}];
		const whole = changeOf(id, look.pull, localName({github}, service, look.pull.repository), null);
		resolved.add(look.pull.sha.toLowerCase());
		// The same commit is named twice: once is enough.
		if (shas.has(look.pull.sha.toLowerCase())) return [];
		shas.add(look.pull.sha.toLowerCase());
		return [whole];
	});
	// The client could not know that these are the ones that were named.
	const ridesAlong = ({about}: Note): boolean => /^[0-9a-f]{7,40}$/.test(about) && [...resolved].some(sha => sha.startsWith(about));
	// A checkout says itself where it is to be; names alone say it by their last commit.
	const targets = service.changes.from === 'names' && config.github !== null ? targetsOf(changes) : batch.targets;
	return {...request, batch: {...batch, targets, changes}, notes: [...request.notes.filter(note => !ridesAlong(note)), ...notes]};
}

/** The pull request that a commit of a checkout came with, as GitHub writes it into the subject of what it merges. */
function mergedBy({subject = '', repository, review, sha}: Change, repositories: ReadonlyMap<string, string>): Wanted | null {
	const number = /^Merge pull request #(\d{1,9}) |\(#(\d{1,9})\)$/.exec(subject);
	if (number === null || review !== undefined || sha === undefined) return null;
	return repositories.has(repository) ? {repository: repositories.get(repository) ?? '', number: Number(number[1] ?? number[2])} : null;
}

/** What the commits of checkouts went through, where the configuration says which repository of GitHub theirs is. */
async function withMergedReviews<Request extends WithPulls>(
	deps: Deps,
	request: Request,
	github: GithubConfig,
	limitMs: number,
): Promise<Request> {
	const repositories = new Map([...github.repositories].map(([name, called]) => [called, name]));
	const wanted = request.batch.changes.map(change => mergedBy(change, repositories));
	const all = distinct(
		wanted.flatMap(each => each ?? []),
		new Set(),
	).slice(0, reviewedMax);
	if (all.length === 0) return request;
	const found = await lookUpAll(deps, all, limitMs);
	const changes = request.batch.changes.map((change, index): Change => {
		const pull = wanted[index];
		const look = pull ? found.get(idOf(pull).toLowerCase()) : undefined;
		if (!pull || look === undefined) return change;
		if ('missing' in look) return {...change, review: {missing: `${idOf(pull)} could not be looked up: ${look.missing}`}};
		const {review, labels = []} = look.pull;
		return {...change, ...(review === undefined ? {} : {review}), ...(labels.length === 0 ? {} : {labels})};
	});
	return {...request, batch: {...request.batch, changes}};
}

/**
 * The question with the pull requests that it names, and those that its footers name, looked up. A change whose commit is known already
 * by another name becomes known by both, since ids of one commit are one change.
 */
export async function withPullRequests<Request extends WithPulls>(
	deps: Deps,
	service: ServiceConfig,
	request: Request,
	{limitMs = lookupMs, footers = true}: {limitMs?: number; footers?: boolean} = {},
): Promise<Request> {
	const {github} = deps.config;
	const {changes} = request.batch;
	const references = changes.filter(isNameOnly).map(({id}) => parseReference(id));
	if (github === null) {
		const left = changes.filter((change, index) => isNameOnly(change) && references[index]?.kind === 'pull-request');
		if (left.length === 0) return request;
		const missing = 'the configuration of the service has no «github»';
		return {...request, notes: [...request.notes, ...left.flatMap(({id}) => notesOf(id, {missing}))]};
	}
	const boundedMs = Math.min(lookupMs, limitMs);
	const startedMs = deps.clock.monotonicMs();
	const names = distinct(
		references.flatMap(reference => wantedOf(reference, github) ?? []),
		new Set(),
	);
	const asked =
		names.length === 0 ? request : named(deps, {service, github, request}, await lookUpAll(deps, names.slice(0, pullsMax), boundedMs));
	if (!footers) return asked;
	const here = new Set([...asked.batch.changes, ...asked.known].map(({id}) => id.toLowerCase()));
	const needed = distinct(footersOf([...asked.batch.changes, ...asked.known], github), here);
	const leftMs = (): number => boundedMs - (deps.clock.monotonicMs() - startedMs);
	if (needed.length === 0) return withMergedReviews(deps, asked, github, leftMs());
	const found = await lookUpAll(deps, needed.slice(0, pullsMax), leftMs());
	const known = needed.flatMap((wanted): Change[] => {
		const look = found.get(idOf(wanted).toLowerCase());
		if (look === undefined || 'missing' in look) return [];
		return [changeOf(idOf(wanted), look.pull, localName(deps.config, service, look.pull.repository), look.pull.branch)];
	});
	const notes = needed.flatMap(wanted => notesOf(idOf(wanted), found.get(idOf(wanted).toLowerCase())));
	const whole = {...asked, known: [...asked.known, ...known], notes: [...asked.notes, ...notes]};
	// What is needed comes first: without it the order is not known.
	return withMergedReviews(deps, whole, github, leftMs());
}
