/**
 * What scap has staged: `{stage_dir}/deployment-info.json`, written by scap since August 2026:
 * `{"common": [{repo, branch?, commit_ref}], "versions": {"1.47.0-wmf.3": [{repo, branch?, commit_ref}]}}`.
 */
import {join} from 'node:path';
import type {Note, Target} from '../../../gate/facts.ts';
import {AppError} from '../../app-error.ts';
import type {LandedAnswer} from '../contract.ts';
import {headOf, type NewInCheckout, newInCheckout, type Place} from './git.ts';
import {isSha} from './git-log.ts';
import {type Limits, realPath} from './git-process.ts';
import {isMap, readJsonFile, textOf} from './json-file.ts';
import type {Read} from './read.ts';

type Staged = Target & {readonly folder: string | null};

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
		return {repository, ...(branch === undefined ? {} : {branch}), sha, folder: folderOf(repository, version)};
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

const plainTarget = ({folder: _folder, ...target}: Staged): Target => target;

/** Where a staged repository is checked out; null where scap's layout or the disk does not say. */
const checkoutOf = ({folder}: Staged, stageDir: string | null): string | null =>
	stageDir !== null && folder !== null ? realPath(join(stageDir, folder)) : null;

const isSameLine = (target: Staged, head: {readonly repository: string; readonly branch?: string | null}): boolean =>
	head.repository === target.repository && (!head.branch || !target.branch || head.branch === target.branch);

/** A repository that brings nothing new, as a place to look things up in: no git is asked about it until then. */
function unchangedPlace(staged: Staged, stageDir: string | null, {landed}: LandedAnswer): Place[] {
	const path = checkoutOf(staged, stageDir);
	if (path === null) return [];
	const branch = staged.branch ?? null;
	const head = {path, sha: staged.sha, branch, shallow: false};
	return [{head, repository: staged.repository, branch, landed: landed.filter(each => isSameLine(staged, each))}];
}

/** One repository whose staged commit is not live: its new commits where there is a checkout, else the commit alone. */
async function readOne(
	staged: Staged,
	stageDir: string | null,
	{landed}: LandedAnswer,
	limits: Limits,
): Promise<NewInCheckout | {notes: Note[]}> {
	const path = checkoutOf(staged, stageDir);
	if (path === null) return {notes: []};
	const checkout = {path, repository: staged.repository, branch: staged.branch ?? null, landed: null, groups: []};
	try {
		const head = await headOf(path, limits);
		return await newInCheckout(checkout, {...head, sha: staged.sha}, landed, limits);
	} catch (error) {
		if (!(error instanceof AppError)) throw error;
		return {notes: [{about: staged.repository, text: `only the commit is known, not its message: ${error.message}`}]};
	}
}

/** Reads the staged targets, and what is new in those that are not live. */
export async function readDeploymentInfo(
	from: {readonly file: string; readonly stageDir: string | null},
	landed: LandedAnswer,
	limits: Limits,
): Promise<Read> {
	const staged = readStaged(from.file);
	const isLive = (target: Staged) => {
		const there = landed.landed.filter(head => isSameLine(target, head));
		return there.length > 0 && there.every(head => head.sha === target.sha);
	};
	const fresh = staged.filter(target => !isLive(target));
	const read: Array<NewInCheckout | {notes: readonly Note[]}> = [];
	// The checkouts are many and the machine is busy deploying: a few at once.
	for (let next = 0; next < fresh.length; next += atOnceMax) {
		read.push(...(await Promise.all(fresh.slice(next, next + atOnceMax).map(each => readOne(each, from.stageDir, landed, limits)))));
	}
	return {
		targets: staged.map(plainTarget),
		changes: fresh.flatMap((each, index) => {
			const found = read[index];
			return found && 'changes' in found ? found.changes : [{id: each.sha.slice(0, 10), ...plainTarget(each)}];
		}),
		places: read.flatMap(each => ('place' in each ? [each.place] : [])),
		unchanged: staged.filter(isLive).flatMap(each => unchangedPlace(each, from.stageDir, landed)),
		live: [],
		notes: read.flatMap(each => each.notes),
	};
}
