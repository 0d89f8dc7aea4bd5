/**
 * Reads what is checked out from the files of a plain repository, as gitrepository-layout(5) has them: a git process for it would come
 * before all others and cost more than they do. Anything else than the plain layout is left to git.
 */
import {existsSync, lstatSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {isPlainRef} from '../config-changes.ts';
import {isSha} from './git-log.ts';

export type Checked = {readonly sha: string; readonly branch: string | null; readonly shallow: boolean};

const packedRefsMax = 16 * 1024 * 1024;

function shaOfRef(gitDir: string, ref: string): string | null {
	const loose = join(gitDir, ref);
	if (existsSync(loose)) return readFileSync(loose, 'utf8').trim();
	const packed = join(gitDir, 'packed-refs');
	if (!existsSync(packed) || lstatSync(packed).size > packedRefsMax) return null;
	const text = readFileSync(packed, 'utf8');
	const end = text.indexOf(` ${ref}\n`);
	return end === -1 ? null : text.slice(text.lastIndexOf('\n', end) + 1, end);
}

/** Whether a repository has a ref; null where only git can tell. */
export function hasRef(path: string, ref: string): boolean | null {
	try {
		const gitDir = join(path, '.git');
		if (!isPlainRef(ref) || !lstatSync(gitDir).isDirectory() || existsSync(join(gitDir, 'reftable'))) return null;
		return shaOfRef(gitDir, ref) !== null;
	} catch {
		// Not readable, or not there: git says it better.
		return null;
	}
}

/** The commit and branch that are checked out, or null where only git can tell (a worktree, another store of refs, an odd name). */
export function readHead(path: string): Checked | null {
	try {
		const gitDir = join(path, '.git');
		if (!lstatSync(gitDir).isDirectory()) return null;
		const head = readFileSync(join(gitDir, 'HEAD'), 'utf8').trim();
		const shallow = existsSync(join(gitDir, 'shallow'));
		if (isSha(head)) return {sha: head, branch: null, shallow};
		const branch = /^ref: refs\/heads\/(.+)$/.exec(head)?.[1];
		if (branch === undefined || !isPlainRef(branch)) return null;
		const sha = shaOfRef(gitDir, `refs/heads/${branch}`);
		return isSha(sha) ? {sha, branch, shallow} : null;
	} catch {
		// Not readable, or not there: git says it better.
		return null;
	}
}
