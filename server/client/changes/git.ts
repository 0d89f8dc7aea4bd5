/** What is new in a git checkout since the commit that is live: one `git log` for the commits, one pipe for their patch-ids. */
import type {Change, Note, Target} from '../../../gate/facts.ts';
import {AppError} from '../../app-error.ts';
import type {CheckoutConfig} from '../../config.ts';
import type {LandedHead} from '../contract.ts';
import {type Commit, changeOf, changesMax, isSha, logArguments, readLog} from './git-log.ts';
import {type GitAnswer, git, gitPatchIds, type Limits, realPath} from './git-process.ts';
import {readHead} from './head-file.ts';
import {localCommits, withLocal} from './local-commits.ts';

/** A checkout as it stands. */
export type Head = {readonly path: string; readonly sha: string; readonly branch: string | null; readonly shallow: boolean};

/** A checkout with what is live from it: where known commits, holdings and names are looked up. */
export type Place = {
	readonly head: Head;
	readonly repository: string;
	readonly branch: string | null;
	/** Live commits of the groups that run from this checkout. */
	readonly landed: readonly LandedHead[];
	/** Whether anybody may read the words of its local commits. */
	readonly localCommits?: 'public';
};

/** What one checkout adds to a batch; changes oldest first. */
export type NewInCheckout = {
	readonly place: Place;
	readonly target: Target;
	readonly changes: readonly Change[];
	/** What the configuration names as live, where nothing is known yet: the service learns it, and a rollback has a target. */
	readonly live: readonly Target[];
	readonly notes: readonly Note[];
};

function failure(path: string, answer: GitAnswer): AppError {
	if (answer.cut) return new AppError('unavailable', `git needed too long to read ${path}`);
	const said = answer.stderr.split('\n', 1)[0] ?? '';
	return new AppError('invalid', `${path} cannot be read by git: ${said || `exit ${answer.exit}`}`);
}

/** Looks at the commit that is checked out. Throws AppError where there is no checkout, or nothing committed in it. */
export async function headOf(given: string, limits: Limits): Promise<Head> {
	const path = realPath(given);
	if (path === null)
		throw new AppError('invalid', `there is no checkout at ${given}; correct its path in the configuration, or clone it there`);
	const quick = readHead(path);
	if (quick) return {path, ...quick};
	const answer = await git(path, ['rev-parse', '--is-shallow-repository', 'HEAD', '--abbrev-ref', 'HEAD'], limits);
	const [shallow, sha, branch] = answer.stdout.toString('utf8').split('\n');
	if (answer.exit === 0 && isSha(sha)) return {path, sha, branch: branch && branch !== 'HEAD' ? branch : null, shallow: shallow === 'true'};
	if (answer.stderr.includes('not a git repository')) throw new AppError('invalid', `${given} is no git checkout`);
	if (answer.stderr.includes("ambiguous argument 'HEAD'")) throw new AppError('invalid', `the checkout ${given} has no commit yet`);
	throw failure(given, answer);
}

/** Whether what is said to be live belongs to this checkout. A branch counts only where both sides name one. */
const belongs = (checkout: CheckoutConfig, branch: string | null) => (head: LandedHead) =>
	head.repository === checkout.repository &&
	(checkout.groups.length === 0 || checkout.groups.includes(head.group)) &&
	(!head.branch || branch === null || head.branch === branch);

type Base = {readonly sha: string | null; readonly notes: readonly Note[]};

/** Which of these commits, whole or shortened, the checkout has. */
export async function present(path: string, shas: readonly string[], limits: Limits): Promise<string[]> {
	const answer = await git(path, ['cat-file', '--batch-check'], limits, `${shas.join('\n')}\n`);
	const lines = answer.stdout.toString('utf8').split('\n');
	return shas.filter((_, index) => / commit \d+$/.test(lines[index] ?? ''));
}

async function resolveRef(head: Head, ref: string, limits: Limits): Promise<string> {
	const answer = await git(head.path, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], limits);
	const sha = answer.stdout.toString('utf8').trim();
	if (answer.exit === 0 && isSha(sha)) return sha;
	throw new AppError('invalid', `«landed: ${ref}» names no commit in ${head.path}`);
}

/** The commit from which on everything is new: what all groups of this checkout have. Null: nothing is known to be live. */
async function baseOf(
	head: Head,
	checkout: CheckoutConfig,
	landed: readonly LandedHead[],
	limits: Limits,
	checkPresence: boolean,
): Promise<Base> {
	const about = checkout.repository;
	const shas = [...new Set(landed.map(each => each.sha))].filter(isSha);
	if (shas.length === 0) {
		if (checkout.landed !== null) return {sha: await resolveRef(head, checkout.landed, limits), notes: []};
		const text = `nothing is known to be live from ${head.path}: only its newest commit ${head.sha.slice(0, 10)} is taken for the batch`;
		return {sha: null, notes: [{about, text, remedy: `name what is live once: «landed: REF» of this checkout in the configuration`}]};
	}
	if (shas.length === 1 && shas[0] === head.sha) return {sha: head.sha, notes: []};
	const [single] = shas;
	// Nearly always there is one, and it is here: asking first would cost a process for nothing.
	if (shas.length === 1 && single && !checkPresence) return {sha: single, notes: []};
	const here = await present(head.path, shas, limits);
	const notes = shas
		.filter(sha => !here.includes(sha))
		.map(sha => ({
			about,
			text: `commit ${sha.slice(0, 10)}, which is live, is not in ${head.path}${head.shallow ? ', a shallow clone' : ''}`,
			remedy: head.shallow ? `git -C ${head.path} fetch --unshallow` : `git -C ${head.path} fetch`,
		}));
	const [only] = here;
	if (here.length === 0) {
		const text = `what is new in ${head.path} cannot be told: only its newest commit ${head.sha.slice(0, 10)} is taken for the batch`;
		return {sha: null, notes: [...notes, {about, text}]};
	}
	if (here.length === 1 && only) return {sha: only, notes};
	const answer = await git(head.path, ['merge-base', '--octopus', ...here], limits);
	const common = answer.stdout.toString('utf8').trim();
	return {sha: isSha(common) ? common : (only ?? null), notes};
}

/** Patch-ids by commit. What could not be had in time is left out: it only helps to know a change again. */
async function patchIds(head: Head, revisions: readonly string[], limits: Limits): Promise<Map<string, string>> {
	const log = ['log', '-p', '--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', '--no-decorate', '--format=commit %H'];
	const answer = await gitPatchIds(head.path, [...log, ...revisions, '--'], limits);
	const lines = answer.stdout.toString('latin1').split('\n').filter(Boolean);
	return new Map(lines.flatMap(line => (/^[0-9a-f]+ [0-9a-f]+$/.test(line) ? [line.split(' ').reverse() as [string, string]] : [])));
}

function notesOn(head: Head, checkout: CheckoutConfig, commits: readonly Commit[], reachesEnd: boolean): Note[] {
	const about = checkout.repository;
	const notes: Note[] = [];
	if (head.shallow) {
		const text = `${head.path} is a shallow clone: older changes, and those on other branches, cannot be seen`;
		notes.push({about, text, remedy: `git -C ${head.path} fetch --unshallow`});
	}
	for (const commit of commits.filter(each => each.shortened).slice(0, 10)) {
		notes.push({
			about,
			text: `the message of ${commit.id} is longer than 64 KiB: its middle was left out, and footers in it were not read`,
		});
	}
	if (!reachesEnd)
		notes.push({about, text: `${head.path} has more than ${changesMax} new changes: only the newest ${changesMax} were read`});
	return notes;
}

type Logged = {readonly commits: readonly Commit[]; readonly complete: boolean; readonly local: ReadonlySet<string>};

/** The reviewed changes after `base`, newest first; null where git cannot tell, mostly since `base` is not here. */
async function logSince(
	head: Head,
	base: string | null,
	named: {repository: string; branch?: string},
	limits: Limits,
): Promise<Logged | GitAnswer> {
	const revisions = base === null ? ['--max-count=1', head.sha] : [head.sha, `^${base}`];
	const [answer, ids, local] = await Promise.all([
		git(head.path, [...logArguments(base === null ? 1 : 2 * changesMax + 1), ...revisions, '--'], limits),
		patchIds(head, revisions, limits),
		localCommits(head.path, named.branch, revisions, limits),
	]);
	if (answer.exit !== 0 && answer.cut !== 'size') return answer;
	// A merge without a Change-Id is not a reviewed patch: what it merges stands in the log itself.
	const all = readLog(answer.stdout, named).filter(commit => commit.parents < 2 || commit.changeId !== undefined);
	const commits = all.slice(0, changesMax).map(commit => {
		const patchId = ids.get(commit.sha);
		return patchId === undefined ? commit : {...commit, patchId};
	});
	return {commits, complete: all.length <= changesMax && answer.cut === null, local};
}

/** Reads what is new between the live commit and `head.sha` (the one checked out, or one that a file of scap names). */
export async function newInCheckout(
	checkout: CheckoutConfig,
	head: Head,
	allLanded: readonly LandedHead[],
	limits: Limits,
): Promise<NewInCheckout> {
	const branch = checkout.branch ?? head.branch;
	const landed = allLanded.filter(belongs(checkout, branch));
	const named = branch === null ? {repository: checkout.repository} : {repository: checkout.repository, branch};
	const {repository, localCommits: said} = checkout;
	const place: Place = {head, repository, branch, landed, ...(said === undefined ? {} : {localCommits: said})};
	const target: Target = {...named, sha: head.sha};
	let base = await baseOf(head, checkout, landed, limits, false);
	const live = landed.length === 0 && checkout.landed !== null && base.sha !== null ? [{...named, sha: base.sha}] : [];
	if (base.sha === head.sha) return {place, target, changes: [], live, notes: notesOn(head, checkout, [], true)};
	let logged = await logSince(head, base.sha, named, limits);
	if ('exit' in logged && logged.cut === null) {
		base = await baseOf(head, checkout, landed, limits, true);
		logged = await logSince(head, base.sha, named, limits);
	}
	if ('exit' in logged) throw failure(head.path, logged);
	const changes = withLocal([...logged.commits].reverse().map(changeOf), logged.local, checkout);
	const notes = [...base.notes, ...notesOn(head, checkout, logged.commits, logged.complete), ...changes.notes];
	return {place, target, changes: changes.changes, live, notes};
}
