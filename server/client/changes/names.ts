/** Changes named on the command line: chosen and ordered among what the checkouts have, or taken as they are where there is no checkout. */
import type {Change, Note, Target} from '../../../gate/facts.ts';
import {nearest} from '../../../gate/nearest.ts';
import {parseReference} from '../../../gate/order/reference.ts';
import {publicChange} from '../../../gate/passage/kept-back.ts';
import {AppError} from '../../app-error.ts';
import {targetsOf} from './file.ts';
import type {Place} from './git.ts';
import {changeOf, isSha} from './git-log.ts';
import type {Limits} from './git-process.ts';
import {findByChangeId, findBySha} from './look-through.ts';
import type {Read} from './read.ts';

type Name = {
	readonly text: string;
	readonly repository: string | null;
	readonly sha: string | null;
	readonly changeId: string | null;
	/** A pull request, which the service looks up: from here GitHub is never asked. */
	readonly pull: {readonly repository: string; readonly number: string} | null;
	/** A change number of Gerrit, or the address of one, which the service looks up too. */
	readonly isNumber: boolean;
};

/** Reads one name: a commit of 7 digits or more, a Change-Id of `I` and 8 or more, REPOSITORY@COMMIT, or OWNER/REPOSITORY#NUMBER. */
function nameOf(text: string): Name {
	const reference = parseReference(text);
	if (reference?.kind === 'pull-request') return {text, repository: null, sha: null, changeId: null, pull: reference, isNumber: false};
	if (reference?.kind === 'number' && !/^\d{7,}$/.test(text))
		return {text, repository: null, sha: null, changeId: null, pull: null, isNumber: true};
	const at = text.lastIndexOf('@');
	const [repository, id] = at > 0 ? [text.slice(0, at), text.slice(at + 1)] : [null, text];
	const sha = /^[0-9a-f]{7,64}$/i.test(id) ? id.toLowerCase() : null;
	const changeId = /^I[0-9a-f]{7,40}$/i.test(id) ? `I${id.slice(1).toLowerCase()}` : null;
	// Digits alone may be a commit or a number: which of them is known when nothing here has such a commit.
	return {text, repository, sha, changeId, pull: null, isNumber: reference?.kind === 'number'};
}

const lastPart = (repository: string): string => (repository.split('/').at(-1) ?? repository).toLowerCase();

/** GitHub writes the number into the subject of what it merges: `Merge pull request #12 from …`, or `… (#12)` at the end. */
const isOfPull = ({repository, number}: {repository: string; number: string}, {repository: own, subject = ''}: Change): boolean =>
	lastPart(repository) === lastPart(own) && (subject.startsWith(`Merge pull request #${number} `) || subject.endsWith(`(#${number})`));

const answers = (name: Name, change: Change): boolean =>
	change.id === name.text ||
	(name.pull !== null && isOfPull(name.pull, change)) ||
	((name.repository === null || name.repository === change.repository) &&
		((name.sha !== null && (change.sha?.startsWith(name.sha) ?? false)) ||
			(name.changeId !== null && (change.changeId?.startsWith(name.changeId) ?? false))));

/** Names without any checkout: each becomes a change with what the name says. */
export function changesByName(names: readonly string[], service: string): {changes: Change[]; targets: Target[]} {
	const changes = names.map(nameOf).map(({text, repository, sha, changeId, pull, isNumber}): Change => {
		if (pull !== null) return {id: text, repository: pull.repository};
		if (isNumber) return {id: text, repository: service};
		if (sha === null && changeId === null) {
			throw new AppError(
				'invalid',
				`${JSON.stringify(text)} names no change: it is no commit (7 or more digits), Change-Id, change number, REPOSITORY@COMMIT or OWNER/REPOSITORY#NUMBER, and no checkout is configured to look in`,
			);
		}
		return {id: text, repository: repository ?? service, ...(sha === null ? {} : {sha}), ...(changeId === null ? {} : {changeId})};
	});
	return {changes, targets: targetsOf(changes)};
}

/** A change that is not among what is new, but on another ref or live already. */
async function elsewhere(name: Name, places: readonly Place[], limits: Limits): Promise<Change[]> {
	const there = places.filter(place => name.repository === null || place.repository === name.repository);
	const found = await Promise.all(
		there.map(async place => {
			if (name.changeId !== null) return (await findByChangeId(place, [name.changeId], limits)).commits;
			return name.sha === null ? [] : (await findBySha(place, name.sha, limits)).commits;
		}),
	);
	return found
		.flat()
		.filter(commit => isSha(commit.sha))
		.map(changeOf);
}

function unknown(name: Name, read: Read): AppError {
	const looked = read.places.map(place => place.head.path).join(', ') || 'what is configured';
	const ids = read.changes.flatMap(change => [change.id, change.changeId ?? []].flat());
	const near = nearest(name.text, ids);
	const some = read.changes
		.slice(0, 5)
		.map(change => change.id)
		.join(', ');
	const hint = near
		? `did you mean ${near}?`
		: some
			? `new there: ${some}${read.changes.length > 5 ? ', ...' : ''}`
			: 'nothing is new there';
	return new AppError('not-found', `the change ${JSON.stringify(name.text)} was not found in ${looked}; ${hint}`);
}

/** Chooses the named changes, in the order of the names. Throws AppError for a name that nothing answers, or that two changes answer. */
export async function chooseNamed(names: readonly string[], read: Read, limits: Limits): Promise<Read> {
	const chosen: Change[] = [];
	const notes: Note[] = [];
	for (const text of names) {
		const name = nameOf(text);
		let found: readonly Change[] = read.changes.filter(change => answers(name, change));
		if (found.length === 0 && name.pull !== null) {
			chosen.push({id: text, repository: name.pull.repository});
			continue;
		}
		if (found.length === 0 && (name.sha !== null || name.changeId !== null)) {
			found = await elsewhere(name, read.places, limits);
			if (found.length > 0) notes.push({about: text, text: `${text} is named, but is not among what is new in the checkouts`});
		}
		if (found.length === 0 && name.isNumber) {
			chosen.push({id: text, repository: read.places[0]?.repository ?? text});
			continue;
		}
		const [first] = found;
		if (!first) throw unknown(name, read);
		if (found.length > 1 && new Set(found.map(change => change.changeId ?? change.sha)).size > 1) {
			throw new AppError(
				'invalid',
				`${JSON.stringify(text)} names ${found.length} changes (${found
					.slice(0, 5)
					.map(each => `${each.repository}@${each.id}`)
					.join(', ')}): write more digits, or REPOSITORY@COMMIT`,
			);
		}
		// One Change-Id on two branches is one change picked twice: both go out.
		for (const change of found)
			if (!chosen.some(each => each.sha === change.sha && each.repository === change.repository)) chosen.push(change);
	}
	for (const change of read.changes.filter(each => !chosen.some(other => other.id === each.id)).slice(0, 50)) {
		notes.push({
			about: change.id,
			text: `${change.id} (${change.repository}: ${publicChange(change).subject ?? 'no subject'}) was not named and would ride along`,
			remedy: `name it too, or take it out of the checkout`,
		});
	}
	return {...read, changes: chosen, notes: [...read.notes, ...notes]};
}
