/**
 * What scap has staged: `{stage_dir}/deployment-info.json`, written by scap since August 2026:
 * `{"common": [{repo, branch?, commit_ref}], "versions": {"1.47.0-wmf.3": [{repo, branch?, commit_ref}]}}`.
 */
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Note, Target} from '../../../gate/facts.ts';
import {AppError} from '../../app-error.ts';
import type {ChangesConfig} from '../../config.ts';
import type {LandedAnswer, LandedHead} from '../contract.ts';
import {headOf, type NewInCheckout, newInCheckout, type Place} from './git.ts';
import {isSha} from './git-log.ts';
import {type Limits, realPath} from './git-process.ts';
import {isMap, readJsonFile, textOf} from './json-file.ts';
import {momentsOfVersions} from './moments.ts';
import type {Read} from './read.ts';
import {readWikiVersions, type WikiVersions} from './wiki-versions.ts';

type Staged = Target & {readonly folder: string | null; readonly version: string | null};

const stagedMax = 5000;
const atOnceMax = 4;

/** Where scap keeps the checkout of a repository, below the stage folder; null where its layout does not say. */
function folderOf(repository: string, version: string | null): string | null {
	if (version === null) return repository === 'operations/mediawiki-config' ? '.' : null;
	if (!/^[\w.-]+$/.test(version) || version.startsWith('.')) return null;
	const top = `php-${version}`;
	if (repository === 'mediawiki/core') return top;
	if (repository === 'mediawiki/vendor') return join(top, 'vendor');
	const [, kind, name] = /^mediawiki\/(extensions|skins)\/([\w.-]+)$/.exec(repository) ?? [];
	return kind && name && !name.startsWith('.') ? join(top, kind, name) : null;
}

function stagedIn(list: unknown, version: string | null, where: string): Staged[] {
	if (!Array.isArray(list)) throw new AppError('invalid', `${where} must be a list`);
	return list.map((each: unknown, index) => {
		const at = `${where}[${index}]`;
		if (!isMap(each)) throw new AppError('invalid', `${at} must be an object {repo, commit_ref}`);
		const repository = textOf(each, 'repo', at, true).replace(/\.git$/, '');
		const sha = textOf(each, 'commit_ref', at, true);
		if (!isSha(sha)) throw new AppError('invalid', `${at}.commit_ref must be a whole commit id, 40 hexadecimal digits`);
		// Each version runs on its own groups, so its repositories are told apart even where scap names no branch.
		const branch = textOf(each, 'branch', at, false) ?? (version === null ? undefined : `wmf/${version}`);
		return {repository, ...(branch === undefined ? {} : {branch}), sha, folder: folderOf(repository, version), version};
	});
}

/** The staged commits, in the file's order. Throws AppError with the place of what is wrong. */
export function readStaged(file: string): Staged[] {
	const content = readJsonFile(file);
	if (!isMap(content)) throw new AppError('invalid', `${file} must be an object with «common» and «versions»`);
	const versions = content['versions'] ?? {};
	if (!isMap(versions)) throw new AppError('invalid', `${file}: versions must be an object`);
	const all = [
		...stagedIn(content['common'] ?? [], null, `${file}: common`),
		...Object.entries(versions).flatMap(([version, list]) => stagedIn(list, version, `${file}: versions["${version}"]`)),
	];
	if (all.length > stagedMax) throw new AppError('invalid', `${file} names ${all.length} repositories; at most ${stagedMax} are read`);
	return all;
}

const plainTarget = ({folder: _folder, version: _version, ...target}: Staged): Target => target;

/** Where a staged repository is checked out; null where scap's layout or the disk does not say. */
const checkoutOf = ({folder}: Staged, stageDir: string | null): string | null =>
	stageDir !== null && folder !== null ? realPath(join(stageDir, folder)) : null;

const isSameLine = (target: Target, head: {readonly repository: string; readonly branch?: string | null}): boolean =>
	head.repository === target.repository && (!head.branch || !target.branch || head.branch === target.branch);

/** A staged repository as a place to look things up in: no git is asked about it until then. */
function placeOf(staged: Staged, {stageDir, localCommits: said}: StageFolder, heads: readonly LandedHead[]): Place | null {
	const path = checkoutOf(staged, stageDir);
	if (path === null) return null;
	const branch = staged.branch ?? null;
	const head = {path, sha: staged.sha, branch, shallow: false};
	const landed = heads.filter(each => isSameLine(staged, each));
	return {head, repository: staged.repository, branch, landed, ...(said === undefined ? {} : {localCommits: said})};
}

/** One repository whose staged commit is not live: its new commits where there is a checkout, else the commit alone. */
async function readOne(
	staged: Staged,
	{stageDir, localCommits}: StageFolder,
	{ledger, running}: Heads,
	limits: Limits,
): Promise<NewInCheckout | {notes: Note[]}> {
	const path = checkoutOf(staged, stageDir);
	if (path === null) return {notes: []};
	const checkout = {
		...{path, repository: staged.repository, branch: staged.branch ?? null, landed: null, groups: []},
		...(localCommits === undefined ? {} : {localCommits}),
	};
	try {
		const head = await headOf(path, limits);
		const found = await newInCheckout(checkout, {...head, sha: staged.sha}, ledger, limits);
		return {...found, place: {...found.place, landed: running.filter(each => isSameLine(staged, each))}};
	} catch (error) {
		if (!(error instanceof AppError)) throw error;
		return {notes: [{about: staged.repository, text: `only the commit is known, not its message: ${error.message}`}]};
	}
}

type StageFolder = ChangesConfig & {from: 'deployment-info'};
/** What is live as the service says, and as it must be by the version that each group runs. */
type Heads = {readonly ledger: readonly LandedHead[]; readonly running: readonly LandedHead[]};

/** Which group runs which version; null where nothing here says so. */
function versionsOf({stageDir, wikiversions, dblists}: StageFolder, staged: readonly Staged[], groups: readonly string[]) {
	const inStageDir = (name: string): string | null => (stageDir === null ? null : join(stageDir, name));
	const [file, lists] = [wikiversions ?? inStageDir('wikiversions.json'), dblists ?? inStageDir('dblists')];
	if (file === null) return null;
	const isMeant = wikiversions !== undefined || new Set(staged.flatMap(({version}) => version ?? [])).size > 1;
	// One version alone is what every group runs: a stage folder without wikis lacks nothing.
	if (!isMeant && !existsSync(file)) return null;
	return readWikiVersions(file, lists ?? '', groups);
}

/**
 * What each group runs, by its version: the ledger's word for another group of that version holds for it too. Where nobody has a word,
 * what is staged is taken, and said so.
 */
function byVersion(
	staged: readonly Staged[],
	{versions}: WikiVersions,
	landed: LandedAnswer,
): Heads & {derived: LandedHead[]; notes: Note[]} {
	const ledger = landed.landed;
	const isOfVersion = ({group, branch}: LandedHead): boolean =>
		versions[group] === undefined || !/^wmf\/\d/.test(branch ?? '') || branch === `wmf/${versions[group]}`;
	const kept = ledger.filter(isOfVersion);
	const keyOf = (repository: string, branch: string | null | undefined) => `${repository} ${branch ?? ''}`;
	const onLine = new Map([...ledger].map(head => [keyOf(head.repository, head.branch), head]));
	const derived: LandedHead[] = [];
	const guessed = new Map<string, number>();
	for (const [group, version] of Object.entries(versions)) {
		const has = new Set(kept.filter(head => head.group === group).map(({repository, branch}) => keyOf(repository, branch)));
		for (const {repository, branch = null, sha, version: of} of staged) {
			if (of !== version || has.has(keyOf(repository, branch)) || has.has(keyOf(repository, null))) continue;
			const told = onLine.get(keyOf(repository, branch));
			derived.push({group, repository, branch, sha: told?.sha ?? sha});
			if (told === undefined) guessed.set(group, (guessed.get(group) ?? 0) + 1);
		}
	}
	const notes = [...guessed].map(([group, count]) => ({
		about: group,
		text: `nothing is known yet to be live on ${group} of ${count} ${count === 1 ? 'repository' : 'repositories'}: it is taken to run what is staged of ${versions[group]}`,
	}));
	return {ledger, running: [...kept, ...derived], derived, notes};
}

/** What waits for a version that nobody runs yet is judged when it comes: until then it is looked at as a neighbour. */
function waiting(staged: readonly Staged[], {live}: WikiVersions, fresh: readonly Staged[]): {ids: Set<Staged>; notes: Note[]} {
	const isWaiting = ({version}: Staged): boolean => live.length > 0 && version !== null && !live.includes(version);
	const versions = [...new Set(staged.filter(isWaiting).flatMap(({version}) => version ?? []))];
	const notes = versions.map(version => {
		const count = fresh.filter(each => each.version === version).length;
		return {
			about: version,
			text: `no wiki runs ${version}: what is staged for it (${count} not known to be live) is no part of this deploy`,
		};
	});
	return {ids: new Set(fresh.filter(isWaiting)), notes};
}

const nothingKnown: WikiVersions = {versions: {}, live: [], groupOf: new Map(), notes: []};

/** Reads the staged targets, and what is new in those that are not live. */
export async function readDeploymentInfo(from: StageFolder, landed: LandedAnswer, limits: Limits): Promise<Read> {
	const staged = readStaged(from.file);
	const wikis = versionsOf(from, staged, landed.groups) ?? nothingKnown;
	const heads = byVersion(staged, wikis, landed);
	const isLive = (target: Target) => {
		const there = landed.landed.filter(head => isSameLine(target, head));
		return there.length > 0 && there.every(head => head.sha === target.sha);
	};
	const notLive = staged.filter(target => !isLive(target));
	const {ids, notes} = waiting(staged, wikis, notLive);
	const fresh = notLive.filter(each => !ids.has(each));
	const read: Array<NewInCheckout | {notes: readonly Note[]}> = [];
	// The checkouts are many and the machine is busy deploying: a few at once.
	for (let next = 0; next < fresh.length; next += atOnceMax) {
		read.push(...(await Promise.all(fresh.slice(next, next + atOnceMax).map(each => readOne(each, from, heads, limits)))));
	}
	const staging = staged.map(each => ({...plainTarget(each), version: each.version, place: placeOf(each, from, heads.running)}));
	return {
		targets: staged.map(plainTarget),
		changes: fresh.flatMap((each, index) => {
			const found = read[index];
			return found && 'changes' in found ? found.changes : [{id: each.sha.slice(0, 10), ...plainTarget(each)}];
		}),
		places: read.flatMap(each => ('place' in each ? [each.place] : [])),
		unchanged: staged.filter(isLive).flatMap(each => placeOf(each, from, heads.running) ?? []),
		live: [],
		notes: [...read.flatMap(each => each.notes), ...wikis.notes, ...heads.notes, ...notes],
		...(wikis === nothingKnown ? {} : {wikis, derived: heads.derived}),
		moments: momentsOfVersions(staging, wikis, landed),
	};
}
