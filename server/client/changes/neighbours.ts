/** What is in the neighbours of now: which of the changes that this batch is about, and which of the paths that rules ask about. */
import type {Change, Holding, LandedChange, Neighbour, Note} from '../../../gate/facts.ts';
import type {LandedFind, Probe} from '../contract.ts';
import type {Place} from './git.ts';
import type {Limits} from './git-process.ts';
import {type History, historyOf} from './history.ts';
import {lookUpHoldings} from './holdings.ts';
import {landedIn} from './known.ts';
import type {Moment, MomentHead} from './moments.ts';

const momentsMax = 10;
const repositoriesMax = 20;
const commitsMax = 100;

/** By what a change is found. */
export type Asked = Pick<Change, 'repository' | 'sha' | 'changeId'>;

export type Question = {
	readonly moments: readonly Moment[];
	/** What the batch leans on, and itself where something comes after it: what is new now is in nothing that was before. */
	readonly changes: readonly Asked[];
	readonly batch: readonly Asked[];
	readonly probes: readonly Probe[];
	/** Those that were read for other questions. */
	readonly histories: readonly History[];
	readonly limits: Limits;
	readonly cacheDir: string | null;
};

/** The checkout of a neighbour's repository, with the neighbour for a group. */
const placeFor = (place: Place, group: string, {repository, branch, sha}: MomentHead): Place => ({
	...place,
	landed: [{group, repository, branch: branch ?? null, sha}],
});

async function historyFor(place: Place, {histories, limits, cacheDir}: Question): Promise<History | null> {
	const known = histories.find(history => history.place.head.path === place.head.path);
	const isThere = known !== undefined && place.landed.every(({sha}) => known.has(sha, sha) === true);
	return isThere ? {...known, place} : historyOf(place, cacheDir, limits);
}

/** Which of the changes are in one head of a neighbour; null where that could not be looked up. */
async function changesIn(place: Place, asked: readonly Asked[], question: Question): Promise<LandedFind[] | null> {
	const own = asked.filter(change => change.repository === place.repository);
	if (own.length === 0) return [];
	const history = await historyFor(place, question);
	const [head] = place.landed;
	if (history === null || head === undefined || history.has(head.sha, head.sha) !== true) return null;
	const ids = own.flatMap(({changeId}) => changeId ?? []);
	const shas = [...new Set([...own.flatMap(({sha}) => sha ?? []), ...history.byChangeId(ids)])].slice(0, commitsMax);
	const {landedChanges} = await landedIn(history, await history.read(shas));
	history.remember();
	return [...landedChanges];
}

const changeOf = ({group: _group, ...change}: LandedFind): LandedChange => change;

async function lookInto(moment: Moment, question: Question): Promise<Neighbour> {
	const {name, groups} = moment;
	const changes = moment.moment === 'next' ? [...question.changes, ...question.batch] : question.changes;
	const repositories = new Set([...changes, ...question.probes].map(({repository}) => repository));
	const heads = moment.heads.filter(({repository}) => repositories.has(repository)).slice(0, repositoriesMax);
	const places = heads.flatMap(head => (head.place === null ? [] : [placeFor(head.place, name, head)]));
	const found = await Promise.all(places.map(place => changesIn(place, changes, question)));
	const probes = question.probes.filter(probe => places.some(place => place.repository === probe.repository));
	const holdings: Holding[] = await lookUpHoldings(places, probes, [name], question.limits);
	const unseen = places.filter((_, index) => found[index] === null).map(({repository}) => repository);
	const absent = heads.filter(({place}) => place === null).map(({repository}) => repository);
	const missing = [
		...(moment.missing === undefined ? [] : [moment.missing]),
		...(unseen.length === 0 ? [] : [`the commits of ${unseen.join(', ')} could not be looked up (absent here, or no time was left)`]),
		...(absent.length === 0 ? [] : [`there is no checkout of ${absent.join(', ')} in which to look`]),
	];
	return {
		...{moment: moment.moment, name, groups: [...groups]},
		heads: heads.map(({place: _place, ...target}) => target),
		changes: found.flatMap(each => each ?? []).map(changeOf),
		holdings,
		...(missing.length === 0 ? {} : {missing: missing.join('; ').slice(0, 1000)}),
	};
}

/** Never throws for what is slow or absent: that is said in `missing`. */
export async function lookUpNeighbours(question: Question): Promise<{neighbours: Neighbour[]; notes: Note[]}> {
	const neighbours: Neighbour[] = [];
	for (const moment of question.moments.slice(0, momentsMax)) neighbours.push(await lookInto(moment, question));
	const left = question.moments.length - momentsMax;
	const text = `only ${momentsMax} neighbouring versions were looked at, and ${left} were not`;
	return {neighbours, notes: left > 0 ? [{about: 'neighbours', text}] : []};
}
