/** Whether a path exists in what a group runs now: how an *exclusive* rule knows that the old owner is still in. */
import type {Holding} from '../../../gate/facts.ts';
import {pathMatches} from '../../../gate/order/path-matches.ts';
import type {Probe} from '../contract.ts';
import type {Place} from './git.ts';
import {isSha} from './git-log.ts';
import {git, type Limits} from './git-process.ts';

type Question = {readonly probe: Probe; readonly group: string; readonly sha: string};

const oddPath = (path: string) => path === '' || path.includes('\n') || path.includes('\0');

/** One git for all questions: each is asked as two lines, the commit (is it here at all?) and the path in it. */
async function ask(place: Place, questions: readonly Question[], limits: Limits): Promise<Holding[]> {
	if (questions.length === 0) return [];
	const input = questions.map(({sha, probe}) => `${sha}^{commit}\n${sha}:${probe.path}\n`).join('');
	const answer = await git(place.head.path, ['cat-file', '--batch-check'], limits, input);
	const lines = answer.stdout.toString('utf8').split('\n');
	return questions.map(({probe, group, sha}, index) => {
		const commit = lines[2 * index];
		const path = lines[2 * index + 1];
		const about = {group, repository: probe.repository, path: probe.path};
		if (commit === undefined || path === undefined || path === '')
			return {...about, present: {missing: `git could not look into ${place.head.path}`}};
		if (commit.endsWith(' missing'))
			return {...about, present: {missing: `commit ${sha.slice(0, 10)}, which is live, is not in ${place.head.path}`}};
		return {...about, present: / (blob|tree|commit) \d+$/.test(path)};
	});
}

const isGlob = (path: string): boolean => path.includes('*');

/** The folder that everything a glob can match lies in; empty: the whole tree. */
const folderOf = (glob: string): string => glob.slice(0, glob.indexOf('*')).replace(/[^/]*$/, '');

/** The files of a commit under one folder, each asked for once; null where git could not list them. */
function treesOf(place: Place, limits: Limits) {
	const trees = new Map<string, Promise<readonly string[] | null>>();
	const list = async (sha: string, folder: string): Promise<readonly string[] | null> => {
		const answer = await git(
			place.head.path,
			['ls-tree', '-r', '--full-tree', '--name-only', '-z', sha, ...(folder === '' ? [] : ['--', folder])],
			limits,
		);
		return answer.exit === 0 ? answer.stdout.toString('utf8').split('\0') : null;
	};
	return (sha: string, folder: string): Promise<readonly string[] | null> => {
		const key = `${sha} ${folder}`;
		const found = trees.get(key) ?? list(sha, folder);
		trees.set(key, found);
		return found;
	};
}

/** A glob is there where any file of the commit matches it. */
async function askGlobs(place: Place, questions: readonly Question[], limits: Limits): Promise<Holding[]> {
	const files = treesOf(place, limits);
	return Promise.all(
		questions.map(async ({probe: {repository, path}, group, sha}) => {
			const there = await files(sha, folderOf(path));
			const missing = `the files of commit ${sha.slice(0, 10)}, which is live, could not be listed in ${place.head.path}`;
			return {...{group, repository, path}, present: there === null ? {missing} : there.some(file => pathMatches(path, file))};
		}),
	);
}

/** Answers every probe for every group. What no checkout here can tell is `{missing}`, with the reason. */
export async function lookUpHoldings(
	places: readonly Place[],
	probes: readonly Probe[],
	groups: readonly string[],
	limits: Limits,
): Promise<Holding[]> {
	const holdings: Holding[] = [];
	const questions = new Map<Place, Question[]>();
	for (const probe of probes) {
		const there = places.filter(place => place.repository === probe.repository);
		for (const group of groups) {
			const place = there.find(each => each.landed.some(head => head.group === group));
			const sha = place?.landed.find(head => head.group === group)?.sha;
			const missing = oddPath(probe.path)
				? 'this is no path of a file'
				: there.length === 0
					? `there is no checkout of ${probe.repository} on this host`
					: `nothing of ${probe.repository} is known to be live on ${group}`;
			if (place && isSha(sha) && !oddPath(probe.path)) questions.set(place, [...(questions.get(place) ?? []), {probe, group, sha}]);
			else holdings.push({group, repository: probe.repository, path: probe.path, present: {missing}});
		}
	}
	const asked = await Promise.all(
		[...questions].flatMap(([place, list]) => [
			ask(
				place,
				list.filter(({probe}) => !isGlob(probe.path)),
				limits,
			),
			askGlobs(
				place,
				list.filter(({probe}) => isGlob(probe.path)),
				limits,
			),
		]),
	);
	return [...holdings, ...asked.flat()];
}
