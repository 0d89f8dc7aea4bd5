/** Files whose contents leave one repository and enter another, byte by byte the same: the surest sign of a move that nobody declared. */
import type {BlobTrace, Change} from '../../../../gate/facts.ts';
import type {Place} from '../git.ts';
import {type Commit, isSha, logArguments, readLog} from '../git-log.ts';
import {git, type Limits} from '../git-process.ts';
import {objectInfos} from './objects.ts';

/** Between leaving and entering: what comes back after longer is another story. */
export const windowDays = 30;
const dayMs = 86_400_000;
/** Small files are alike without having moved: an empty index, a licence header, a stub. */
const bytesMin = 100;
const recentMax = 3000;
const blobsMax = 500;

/** A file that comes or goes with a change. */
export type BlobStep = {readonly change: Change; readonly does: 'leaves' | 'enters'; readonly blob: string; readonly path: string};

const isHiddenPath = (path: string): boolean => path.startsWith('.') || path.includes('/.');
const isNothing = (blob: string): boolean => /^0+$/.test(blob);

/** The files that a change brings or takes out; one that only goes to another place of its repository does neither. */
export function blobSteps(changes: readonly Change[]): BlobStep[] {
	return changes.flatMap(change => {
		const moved = (change.paths ?? []).filter(
			({kind, path, blob}) => kind !== 'modified' && blob && !isNothing(blob) && !isHiddenPath(path),
		);
		const blobsOf = (kind: string) => new Set(moved.filter(each => each.kind === kind).map(({blob}) => blob));
		const [come, gone] = [blobsOf('added'), blobsOf('deleted')];
		return moved.flatMap(({path, kind, blob = ''}): BlobStep[] =>
			come.has(blob) && gone.has(blob) ? [] : [{change, does: kind === 'added' ? 'enters' : 'leaves', blob, path}],
		);
	});
}

/** The span in which the other half of a move is looked for; null where no change says when it was made. */
export function windowAround(changes: readonly Change[]): {readonly from: string; readonly to: string} | null {
	const times = changes.flatMap(({committedAt}) => (committedAt === undefined ? [] : [Date.parse(committedAt)])).filter(Number.isFinite);
	if (times.length === 0) return null;
	const [first, last] = times.reduce(([low, high], time) => [Math.min(low, time), Math.max(high, time)], [Infinity, -Infinity]);
	const at = (ms: number): string => `${Math.floor(ms / 1000)}`;
	return {from: at(first - windowDays * dayMs), to: at(last + windowDays * dayMs)};
}

/** The changes without those at which a shallow clone ends: there everything looks new. */
export async function withoutCutOff(places: readonly Place[], changes: readonly Change[], limits: Limits): Promise<Change[]> {
	const cutOff = new Set<string>();
	for (const place of places.filter(({head}) => head.shallow)) {
		const own = changes.filter(({repository, sha}) => repository === place.repository && isSha(sha));
		const infos = await objectInfos(
			place,
			own.map(({sha}) => `${sha}^1`),
			limits,
		);
		for (const {id, sha} of own) if (!infos?.get(`${sha}^1`)) cutOff.add(id);
	}
	return changes.filter(({id}) => !cutOff.has(id));
}

export type Recent = {readonly commits: readonly Commit[]; readonly unread: readonly string[]};

/** Commits of one checkout, on any ref and within the window, that bring or take out one of these blobs. */
export async function recentMoves(
	place: Place,
	blobs: ReadonlySet<string>,
	window: {readonly from: string; readonly to: string},
	limits: Limits,
): Promise<Recent> {
	if (blobs.size === 0) return {commits: [], unread: []};
	const args = [
		...logArguments(recentMax),
		'--all',
		'--no-merges',
		'--diff-filter=AD',
		`--since=${window.from}`,
		`--until=${window.to}`,
		'--',
	];
	const answer = await git(place.head.path, args, limits);
	const named = place.branch === null ? {repository: place.repository} : {repository: place.repository, branch: place.branch};
	const commits = readLog(answer.stdout, named);
	const isWhole = answer.exit === 0 && commits.length < recentMax;
	return {
		// Where a shallow clone ends everything looks new.
		commits: commits.filter(
			commit => !(place.head.shallow && commit.parents === 0) && blobSteps([commit]).some(step => blobs.has(step.blob)),
		),
		unread: isWhole
			? []
			: [
					`${place.repository}: not every commit of the last ${windowDays} days was looked at for files that moved (time, or more than ${recentMax})`,
				],
	};
}

/** Steps whose blob leaves one repository and enters another, with at least one half in the batch. */
export function pairedSteps(steps: readonly BlobStep[], batch: ReadonlySet<Change>): BlobStep[] {
	const byBlob = new Map<string, BlobStep[]>();
	for (const step of steps) byBlob.set(step.blob, [...(byBlob.get(step.blob) ?? []), step]);
	return [...byBlob.values()].filter(isMove(batch)).flat();
}

const isMove = (batch: ReadonlySet<Change>) => (steps: readonly BlobStep[]) =>
	steps.some(({change}) => batch.has(change)) &&
	steps.some(
		left => left.does === 'leaves' && steps.some(came => came.does === 'enters' && came.change.repository !== left.change.repository),
	);

/** Traces of the steps whose files are long enough to say something. */
export async function traceBlobs(places: readonly Place[], steps: readonly BlobStep[], limits: Limits): Promise<BlobTrace[]> {
	const sizes = new Map<string, number>();
	for (const place of places) {
		const own = steps.filter(({change}) => change.repository === place.repository).map(({blob}) => blob);
		const infos = await objectInfos(place, own.filter(blob => !sizes.has(blob)).slice(0, blobsMax), limits);
		for (const [blob, info] of infos ?? []) if (info?.type === 'blob') sizes.set(blob, info.bytes);
	}
	return steps.slice(0, blobsMax).flatMap(({change, does, blob, path}) => {
		const bytes = sizes.get(blob) ?? 0;
		return bytes < bytesMin ? [] : [{change: change.id, does, blob, bytes, path}];
	});
}
