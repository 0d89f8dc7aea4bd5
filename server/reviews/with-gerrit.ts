/**
 * The question with what Gerrit knows: changes that it names by number, changes that its footers need and no checkout here knows, and what
 * the changes of the batch went through. Bounded in time; what could not be had is said, never left out.
 */
import type {Change, LandedChange, Note, Review} from '../../gate/facts.ts';
import {readFooters} from '../../gate/order/footers.ts';
import {parseReference, type Reference} from '../../gate/order/reference.ts';
import type {Deps} from '../actions/deps.ts';
import {targetsOf} from '../client/changes/file.ts';
import type {ServiceConfig} from '../config.ts';
import {type Gerrit, gerritsOf} from '../gerrit.ts';
import type {GerritChange} from '../integrations/gerrit/changes.ts';
import {hostOf} from '../integrations/gerrit/client.ts';
import type {WithPulls} from '../pull-requests.ts';
import {askOne, type Told} from './ask-gerrits.ts';

const termsMax = 400;
const togetherKnownMax = 20;

export type WithReviews = WithPulls & {readonly landedChanges: readonly (LandedChange & {readonly group: string})[]};

type Wanted = {
	/** What a person wrote, for notes. */
	readonly name: string;
	readonly term: string;
	readonly gerrits: readonly Gerrit[];
};

const isNameOnly = (change: Change): boolean => change.sha === undefined && change.changeId === undefined;

function wantedOf(reference: Reference | null | undefined, name: string, gerrits: readonly Gerrit[]): Wanted | null {
	if (reference?.kind === 'change-id') return {name, term: `change:${reference.changeId}`, gerrits};
	if (reference?.kind !== 'number') return null;
	// A number alone is one of the first Gerrit; with a host it is one of that host, or none of ours.
	const own = reference.host === undefined ? gerrits.slice(0, 1) : gerrits.filter(({config}) => hostOf(config.url) === reference.host);
	return own.length === 0 ? null : {name, term: `change:${reference.number}`, gerrits: own};
}

/** What the footers name and nothing here knows. */
function neededBy({batch, known, landedChanges}: WithReviews, gerrits: readonly Gerrit[]): Wanted[] {
	const here = [...batch.changes, ...known, ...landedChanges].flatMap(({changeId}) => changeId?.toLowerCase() ?? []);
	const isHere = (id: string): boolean => here.some(each => each.startsWith(id.toLowerCase()));
	const entries = [...batch.changes, ...known].flatMap(({message}) => (message === undefined ? [] : readFooters(message).entries));
	const all = entries.flatMap(({status, reference}) => {
		if (status !== 'read' || (reference?.kind === 'change-id' && isHere(reference.changeId))) return [];
		return wantedOf(reference, reference?.kind === 'number' ? reference.number : (reference?.kind ?? ''), gerrits) ?? [];
	});
	return [...new Map(all.map(each => [each.term, {...each, name: each.term.slice('change:'.length)}])).values()];
}

/** By what the review of a change of the batch is found; null where nobody proposed it to a Gerrit, or its review is known. */
function reviewTerm(change: Change): string | null {
	if (change.review !== undefined) return null;
	if (change.changeId !== undefined) return `change:${change.changeId}`;
	return change.sha === undefined ? null : `commit:${change.sha}`;
}

const localName = ({config}: Gerrit, service: ServiceConfig, project: string): string => {
	const called = config.repositories.get(project);
	if (called !== undefined || service.changes.from !== 'git') return called ?? project;
	const names = [...new Set(service.changes.checkouts.map(({repository}) => repository))];
	const ends = names.filter(name => name === project || project.split('/').at(-1) === name);
	return ends.length === 1 && ends[0] !== undefined ? ends[0] : project;
};

function changeOf(told: GerritChange, id: string, gerrit: Gerrit, service: ServiceConfig): Change {
	const {project, branch, sha, changeId, subject, message, paths, author, committedAt, labels, review} = told;
	return {
		...{id, repository: localName(gerrit, service, project), branch, changeId, subject, review},
		...(sha === null ? {} : {sha}),
		...(message === null ? {} : {message}),
		...(paths === null ? {} : {paths}),
		...(author === null ? {} : {author}),
		...(committedAt === null ? {} : {committedAt}),
		...(labels.length === 0 ? {} : {labels}),
	};
}

const toldOf = (all: readonly Told[], term: string): {told: Told; change: GerritChange}[] =>
	all.flatMap(told => (told.changes.get(term) ?? []).map(change => ({told, change})));

/** Of several picks of one change, the one that stands for this commit; null where that cannot be told. */
function pickFor(change: Change, found: readonly {told: Told; change: GerritChange}[], service: ServiceConfig) {
	const bySha = found.filter(each => each.change.sha !== null && each.change.sha === change.sha);
	const byProject = found.filter(each => localName(each.told.gerrit, service, each.change.project) === change.repository);
	const byBranch = byProject.filter(each => each.change.branch === change.branch);
	const fitting = [bySha, byBranch, byProject, found].find(list => list.length > 0) ?? [];
	return fitting.length === 1 ? (fitting[0] ?? null) : null;
}

/** A change of the batch with what it went through, or why that is not known. */
function reviewed(change: Change, all: readonly Told[], service: ServiceConfig): Change {
	const term = reviewTerm(change);
	if (term === null) return change;
	const found = toldOf(all, term);
	const pick = pickFor(change, found, service);
	if (pick) {
		const labels = [...new Set([...(change.labels ?? []), ...pick.change.labels])];
		return {...change, review: pick.change.review, ...(labels.length === 0 ? {} : {labels})};
	}
	const trouble = all.find(each => !each.changes.has(term))?.trouble;
	const hosts = all.map(({gerrit}) => hostOf(gerrit.config.url)).join(', ');
	const review: Review | {missing: string} =
		found.length > 1
			? {missing: `${found.length} changes of ${hosts} could be meant: on ${found.map(each => each.change.branch).join(', ')}`}
			: {missing: trouble ?? `${hosts} does not know it: it may be private, or was never proposed there`};
	return {...change, review};
}

function notFoundNote({name, term, gerrits}: Wanted, all: readonly Told[]): Note[] {
	if (toldOf(all, term).length > 0) return [];
	const asked = all.filter(({gerrit}) => gerrits.includes(gerrit));
	const trouble = asked.find(each => !each.changes.has(term))?.trouble;
	const hosts = asked.map(({gerrit}) => hostOf(gerrit.config.url)).join(', ');
	const why = trouble ?? `${hosts} knows no such change: it may be private to this account, or not exist`;
	return [{about: name, text: `${name} could not be looked up: ${why}`}];
}

function togetherNotes(all: readonly Told[]): Note[] {
	return all.flatMap(({together}) =>
		[...together].flatMap(([number, {numbers, hidden}]) => {
			if (numbers.length + hidden === 0) return [];
			const others = [...numbers.slice(0, 10).map(String), ...(hidden > 0 ? [`${hidden} that may not be seen`] : [])].join(', ');
			const text = `${number} is not merged, and is merged only with what it stands on: ${others}`;
			return [{about: String(number), text: numbers.length > 10 ? `${text}, …` : text}];
		}),
	);
}

const troubleNotes = (all: readonly Told[]): Note[] =>
	all.flatMap(({gerrit, trouble, stale}) => {
		if (trouble === null) return [];
		const old = stale.size > 0 ? `; ${stale.size} answers are what it said before` : '';
		return [{about: hostOf(gerrit.config.url), text: `Gerrit could not be asked for everything: ${trouble}${old}`}];
	});

/** Puts what was told into the question. */
function withTold<Request extends WithReviews>(
	request: Request,
	all: readonly Told[],
	{service, names, needed}: {service: ServiceConfig; names: ReadonlyMap<string, Wanted>; needed: readonly Wanted[]},
): Request {
	const changes = request.batch.changes.map((change): Change => {
		const wanted = isNameOnly(change) ? names.get(change.id) : undefined;
		if (wanted === undefined) return reviewed(change, all, service);
		const [found] = toldOf(all, wanted.term);
		return found === undefined ? change : changeOf(found.change, change.id, found.told.gerrit, service);
	});
	const isNamed = changes.some((change, index) => change.sha !== request.batch.changes[index]?.sha);
	const targets = isNamed && service.changes.from === 'names' ? targetsOf(changes) : request.batch.targets;
	const ids = new Set([...changes, ...request.known].map(({id}) => id));
	const shas = new Set([...changes, ...request.known].flatMap(({sha}) => sha ?? []));
	const found = needed.flatMap(({term}) => toldOf(all, term)).slice(0, togetherKnownMax * 5);
	const known = found.flatMap(({told, change}): Change[] => {
		// A bare number is told apart from another Gerrit's by its address.
		const id = told.gerrit === all[0]?.gerrit ? String(change.number) : (change.review.url ?? String(change.number));
		if (ids.has(id) || (change.sha !== null && shas.has(change.sha))) return [];
		ids.add(id);
		return [changeOf(change, id, told.gerrit, service)];
	});
	const notes = [
		...[...names.values(), ...needed].flatMap(wanted => notFoundNote(wanted, all)),
		...togetherNotes(all),
		...troubleNotes(all),
	];
	return {
		...request,
		batch: {...request.batch, targets, changes},
		known: [...request.known, ...known],
		notes: [...request.notes, ...notes],
	};
}

/** Asks every Gerrit of the configuration, all at once, at most so long. A change that is named by a number alone needs one. */
export async function withGerrit<Request extends WithReviews>(
	deps: Deps,
	service: ServiceConfig,
	request: Request,
	{limitMs, footers}: {readonly limitMs: number; readonly footers: boolean},
): Promise<Request> {
	const gerrits = gerritsOf(deps.config);
	const named = request.batch.changes.filter(isNameOnly);
	if (gerrits.length === 0) {
		const left = named.filter(({id}) => parseReference(id)?.kind === 'number');
		const notes = left.map(({id}) => ({
			about: id,
			text: `the change ${id} could not be looked up: the service's configuration has no «gerrit»`,
		}));
		return left.length === 0 ? request : {...request, notes: [...request.notes, ...notes]};
	}
	const names = new Map(named.flatMap(({id}) => [wantedOf(parseReference(id), id, gerrits)].flatMap(each => (each ? [[id, each]] : []))));
	const needed = footers ? neededBy(request, gerrits) : [];
	const reviews = request.batch.changes.flatMap(change => reviewTerm(change) ?? []);
	const stop = new AbortController();
	const asking = Promise.all(
		gerrits.map(gerrit => {
			const own = [...names.values(), ...needed].filter(each => each.gerrits.includes(gerrit)).map(({term}) => term);
			const terms = [...new Set([...own, ...reviews])].slice(0, termsMax);
			return askOne(deps, gerrit, {terms, chains: new Set(needed.map(({term}) => term))}, stop.signal);
		}),
	);
	const timer = new AbortController();
	const late = deps.clock.sleep(Math.max(0, limitMs), timer.signal).then(() => stop.abort());
	// Whoever is asked ends with the signal, and tells what it has until then.
	const all = await asking;
	timer.abort();
	await late.catch(() => undefined);
	return withTold(request, all, {service, names, needed});
}
