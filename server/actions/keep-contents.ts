/**
 * Keeps what a client looked up of the versions that groups run and would go back to: which of the changes that a batch leans on they hold,
 * and which of the paths that rules ask about. When a group goes back at night, nobody looks; what was seen then is what there is.
 */
import type {LandedChange, Neighbour} from '../../gate/facts.ts';
import {sameBy} from '../../gate/order/identity.ts';
import type {CheckRequest} from '../schemas/check.ts';
import type {GroupContent} from '../stores/group-contents.ts';
import type {Writing} from './deps.ts';

const contentsMax = 1000;
const changesMax = 100;

/** A change without the words that people wrote of it. */
const identityOf = ({repository, branch, sha, changeId, patchId}: LandedChange): LandedChange => ({
	repository,
	...(branch === undefined ? {} : {branch}),
	...(sha === undefined ? {} : {sha}),
	...(changeId === undefined ? {} : {changeId}),
	...(patchId === undefined ? {} : {patchId}),
});

/** `wmf/1.27.0-wmf.3` is the branch of the version `1.27.0-wmf.3`. */
const versionOf = ({name}: Neighbour): string => name.split('/').at(-1) ?? name;

/** What runs now: a change that was found is there, and one that was asked for and found elsewhere only is not. */
function heldNow({beside, landedChanges, holdings}: CheckRequest, asked: readonly LandedChange[]): GroupContent[] {
	return Object.entries(beside.versions ?? {}).flatMap(([group, version]) => {
		const found = landedChanges.filter(find => find.group === group);
		return [
			...asked.flatMap((change): GroupContent[] => {
				const same = found.filter(find => sameBy(find, change) !== null);
				// Not found says nothing here: where it was looked up is not told. What is absent from a group is told by its neighbours.
				if (same.length === 0) return [];
				return [{kind: 'change', change, group, version, present: same.some(({revertedBy}) => revertedBy === undefined)}];
			}),
			...holdings.flatMap(({group: of, repository, path, present}): GroupContent[] =>
				of === group && typeof present === 'boolean' ? [{kind: 'path', path: {repository, path}, group, version, present}] : [],
			),
		];
	});
}

function heldBeside(neighbour: Neighbour, asked: readonly LandedChange[]): GroupContent[] {
	// What could not be looked up is not absent.
	if (neighbour.missing !== undefined) return [];
	const version = versionOf(neighbour);
	const repositories = new Set(neighbour.heads.map(({repository}) => repository));
	const own = asked.filter(({repository}) => repositories.has(repository));
	return neighbour.groups.flatMap(group => [
		...own.map((change): GroupContent => {
			const same = neighbour.changes.filter(find => sameBy(find, change) !== null);
			return {kind: 'change', change, group, version, present: same.some(({revertedBy}) => revertedBy === undefined)};
		}),
		...neighbour.holdings.flatMap(({repository, path, present}): GroupContent[] =>
			typeof present === 'boolean' ? [{kind: 'path', path: {repository, path}, group, version, present}] : [],
		),
	]);
}

/** Inside the transaction that knows the deploy. Where nobody tells versions there is nothing to keep. */
export async function keepContents(stores: Writing, service: string, request: CheckRequest): Promise<void> {
	const {beside, known, landedChanges} = request;
	if (Object.keys(beside.versions ?? {}).length === 0) return;
	const asked = [...landedChanges, ...known].filter(({sha, changeId}) => sha !== undefined || changeId !== undefined);
	const distinct = new Map(asked.map(change => [`${change.repository}\n${change.changeId ?? change.sha}`, identityOf(change)]));
	const changes = [...distinct.values()].slice(0, changesMax);
	const contents = [...heldNow(request, changes), ...(beside.neighbours ?? []).flatMap(neighbour => heldBeside(neighbour, changes))];
	if (contents.length === 0) return;
	await stores.groupContents.keep(service, contents.slice(0, contentsMax), stores.at);
}
