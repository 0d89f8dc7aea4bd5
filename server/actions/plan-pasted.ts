/** The order that works for changes that a person pasted: what the ledger and the deploys so far know of them is put beside. Nothing is recorded. */
import type {Change} from '../../gate/facts.ts';
import {readFooters} from '../../gate/order/footers.ts';
import {AppError} from '../app-error.ts';
import {targetsOf} from '../client/changes/file.ts';
import type {ServiceConfig} from '../config.ts';
import {type PastedChange, readPasted, type UnreadLine} from '../pasted-changes.ts';
import {changesNamed} from '../stores/landed-list.ts';
import type {Deps} from './deps.ts';
import {explainOrder, type OrderAnswer} from './explain-order.ts';
import {nameGroups, nameService} from './name-service.ts';

export const pastedBytesMax = 262_144;
export const pastedChangesMax = 200;
const candidatesMax = 20;
const knownMax = 500;
/** What a known change needs is looked up too, so far. */
const roundsMax = 4;

export type PlanRequest = {
	readonly service: string;
	/** Of changes that name none; null: the service's only one, or its name. */
	readonly repository: string | null;
	readonly text: string;
	/** The groups that are judged; empty: all of the service. */
	readonly groups: readonly string[];
};

export type PastedPlan = {
	/** Null where nothing could be read. */
	readonly answer: OrderAnswer | null;
	/** Ids of the batch as it was pasted. */
	readonly given: readonly string[];
	readonly unread: readonly UnreadLine[];
};

function usualRepository({changes, name}: ServiceConfig): string {
	if (changes.from !== 'git') return name;
	const repositories = [...new Set(changes.checkouts.map(({repository}) => repository))];
	return repositories.length === 1 ? (repositories[0] ?? name) : name;
}

/** The pasted change as deploys so far have read it; where they have not, as it stands in the text. More than one where a Change-Id was picked to several branches. */
async function resolved(deps: Deps, pasted: PastedChange, repository: string): Promise<Change[] | UnreadLine> {
	const {line, name, sha, changeId, subject, message, author} = pasted;
	const stored = (await changesNamed(deps.database.read, sha ?? changeId ?? '', candidatesMax))
		.map(({change}) => change)
		.filter(change => pasted.repository === null || change.repository === pasted.repository);
	const names = new Set(stored.map(change => (sha === null ? (change.changeId ?? '') : (change.sha ?? ''))));
	if (names.size > 1) return {line, text: name, why: `names ${names.size} changes: write more digits`};
	// One commit is stored once for each branch that it was read on; one is enough.
	const found = [...new Map(stored.map(change => [`${change.repository} ${change.sha ?? change.id}`, change])).values()];
	if (found.length > 0) return found.map(change => (change.message === undefined && message !== null ? {...change, message} : change));
	return [
		{
			...{id: name, repository: pasted.repository ?? repository},
			...(sha === null ? {} : {sha}),
			...(changeId === null ? {} : {changeId}),
			...(subject === null ? {} : {subject}),
			...(message === null ? {} : {message}),
			...(author === null ? {} : {author}),
		},
	];
}

/** Ids are unique among the facts: a later one of the same name is called by its repository, then by its place. */
function withUniqueIds(changes: readonly Change[]): Change[] {
	const seen = new Set<string>();
	return changes.map((change, index) => {
		const id = [change.id, `${change.repository}@${change.id}`, `${change.id}#${index + 1}`].find(one => !seen.has(one)) ?? change.id;
		seen.add(id);
		return {...change, id};
	});
}

const mentionedBy = ({message}: Change): string[] =>
	message === undefined
		? []
		: readFooters(message).entries.flatMap(({reference}) =>
				reference?.kind === 'change-id' ? [reference.changeId] : reference?.kind === 'sha' ? [reference.sha] : [],
			);

/** What the batch names in its footers and does not bring, and what that names in turn, where a deploy so far has read it. */
async function knownBeside(deps: Deps, batch: readonly Change[]): Promise<Change[]> {
	const isSame = (one: Change) => (other: Change) => one.repository === other.repository && one.sha === other.sha && one.id === other.id;
	const known: Change[] = [];
	const asked = new Set<string>();
	let latest = batch;
	for (let round = 0; round < roundsMax && latest.length > 0; round += 1) {
		const found: Change[] = [];
		for (const name of latest.flatMap(mentionedBy)) {
			if (asked.has(name) || asked.size >= knownMax) continue;
			asked.add(name);
			for (const {change} of await changesNamed(deps.database.read, name, candidatesMax)) {
				const isThere = [...batch, ...known, ...found].some(isSame(change));
				if (!isThere && known.length + found.length < knownMax) found.push(change);
			}
		}
		known.push(...found);
		latest = found;
	}
	return known;
}

export async function planPasted(deps: Deps, {service: named, repository, text, groups}: PlanRequest): Promise<PastedPlan> {
	const service = nameService(deps.config, named);
	const judged = nameGroups(service, groups);
	if (Buffer.byteLength(text) > pastedBytesMax)
		throw new AppError('too-large', `The text is larger than ${pastedBytesMax / 1024} kB: plan fewer changes at a time.`);
	const pasted = readPasted(text);
	if (pasted.changes.length > pastedChangesMax)
		throw new AppError('too-large', `The text names ${pasted.changes.length} changes; at most ${pastedChangesMax} are planned at a time.`);
	const unread: UnreadLine[] = [...pasted.unread];
	const given: Change[] = [];
	for (const change of pasted.changes) {
		const found = await resolved(deps, change, repository ?? usualRepository(service));
		if ('why' in found) unread.push(found);
		else given.push(...found);
	}
	const nothing = {answer: null, given: [], unread: unread.sort((a, b) => a.line - b.line)};
	if (given.length === 0) return nothing;
	const known = await knownBeside(deps, given);
	const all = withUniqueIds([...given, ...known]);
	const batch = all.slice(0, given.length);
	const answer = await explainOrder(deps, {
		service: service.name,
		groups: judged,
		batch: {changes: batch, targets: targetsOf(batch)},
		known: all.slice(given.length),
		...{landedChanges: [], holdings: [], beside: {}, notes: []},
	});
	return {...nothing, answer, given: batch.map(({id}) => id)};
}
