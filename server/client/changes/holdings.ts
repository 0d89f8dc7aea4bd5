/** Whether a path exists in what a group runs now: how an *exclusive* rule knows that the old owner is still in. */
import type {Holding} from '../../../gate/facts.ts';
import type {Probe} from '../contract.ts';
import type {Place} from './git.ts';
import {isSha} from './git-log.ts';
import {git, type Limits} from './git-process.ts';

type Question = {readonly probe: Probe; readonly group: string; readonly sha: string};

const oddPath = (path: string) => path === '' || path.includes('\n') || path.includes('\0');

/** One git for all questions: each is asked as two lines, the commit (is it here at all?) and the path in it. */
async function ask(place: Place, questions: readonly Question[], limits: Limits): Promise<Holding[]> {
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
	const asked = await Promise.all([...questions].map(([place, list]) => ask(place, list, limits)));
	return [...holdings, ...asked.flat()];
}
