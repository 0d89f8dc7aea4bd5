/** What is read beside the batch: versions and wikis, the neighbours of now, the mirrors. Each part is absent where nobody asks for it. */
import type {Change, Note} from '../../../gate/facts.ts';
import type {ChangesConfig} from '../../config.ts';
import type {Beside, LandedFind, LandedHead, Probe} from '../contract.ts';
import type {Limits} from './git-process.ts';
import type {History} from './history.ts';
import {lookUpMirrors, type MirrorAnswers} from './mirrors.ts';
import {lookUpNeighbours} from './neighbours.ts';
import type {Read} from './read.ts';
import {mentionedWikis} from './wiki-versions.ts';

type Looked = {
	readonly known: readonly Change[];
	readonly landedChanges: readonly LandedFind[];
	readonly histories: readonly History[];
	readonly probes: readonly Probe[];
	readonly limits: Limits;
	readonly cacheDir: string | null;
};

const headsMax = 2000;

/** Null where no mirror is configured. */
export function mirrorsOf(from: ChangesConfig, {targets, places, unchanged = []}: Read, limits: Limits, answers: MirrorAnswers) {
	const mirrors = 'mirrors' in from ? (from.mirrors ?? []) : [];
	return mirrors.length === 0 ? Promise.resolve(null) : lookUpMirrors(mirrors, targets, [...places, ...unchanged], limits, answers);
}

/** Heads of the repositories that this question is about: of the others nobody needs to know. */
function derivedHeads(derived: readonly LandedHead[], repositories: ReadonlySet<string>) {
	return derived
		.filter(({repository}) => repositories.has(repository))
		.slice(0, headsMax)
		.map(({group, repository, branch, sha}) => ({group, repository, ...(branch ? {branch} : {}), sha}));
}

export async function readBeside(read: Read, looked: Looked): Promise<{beside: Beside; notes: readonly Note[]}> {
	const {wikis, derived = [], moments = []} = read;
	const changes = [...looked.known, ...looked.landedChanges];
	const repositories = new Set([...read.changes, ...changes, ...looked.probes].map(({repository}) => repository));
	const heads = derivedHeads(derived, repositories);
	const ofVersions: Beside = {
		...(wikis === undefined ? {} : {versions: wikis.versions, wikis: mentionedWikis(read.changes, wikis.groupOf)}),
		...(heads.length === 0 ? {} : {heads}),
	};
	if (moments.length === 0) return {beside: ofVersions, notes: []};
	const {neighbours, notes} = await lookUpNeighbours({...looked, moments, changes, batch: read.changes});
	return {beside: {...ofVersions, neighbours}, notes};
}
