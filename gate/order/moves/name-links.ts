/**
 * Links by name. *Exclusive*: a name is registered here that is (or was, until one of the changes) registered in another repository. *Drain*: a
 * name goes that another repository still reads.
 */
import type {Facts, NameTrace, NameUse} from '../../facts.ts';
import {plainText} from '../plain-text.ts';
import type {Detected} from './detect.ts';
import {
	bounded,
	changesById,
	latest,
	meets,
	nameChange,
	partOf,
	placeText,
	presenceIn,
	type Step,
	sharersMax,
	stepEvidence,
} from './link-parts.ts';

/** A name that more repositories than this own at once is common property: one more owner is no move. */
const ownersMax = 2;
/** Kinds of which two owners are the rule, not a clash: they are linked only where one goes as the other comes. */
const sharedKinds: ReadonlySet<string> = new Set(['hook handler', 'setting', 'config']);

type Named = {
	readonly kind: string;
	readonly name: string;
	readonly steps: readonly (Step & {readonly trace: NameTrace})[];
	readonly uses: readonly NameUse[];
};

const keyOf = ({kind, name}: {readonly kind: string; readonly name: string}): string => `${kind} ${name}`;
const isRegistering = ({does}: NameTrace): boolean => does === 'registers' || does === 'unregisters';

function gather(facts: Facts): {readonly named: Named[]; readonly batch: ReadonlySet<string>} {
	const {all, batch} = changesById(facts);
	const found = new Map<string, {kind: string; name: string; steps: (Step & {trace: NameTrace})[]; uses: NameUse[]}>();
	for (const trace of facts.traces?.names ?? []) {
		const change = all.get(trace.change);
		if (change === undefined) continue;
		const entry = found.get(keyOf(trace)) ?? {kind: trace.kind, name: trace.name, steps: [], uses: []};
		const does = trace.does === 'registers' || trace.does === 'reads' ? 'comes' : 'goes';
		entry.steps.push({change, does, path: trace.path, line: trace.line, trace});
		found.set(keyOf(trace), entry);
	}
	for (const use of facts.traces?.uses ?? []) found.get(keyOf(use))?.uses.push(use);
	return {named: [...found.values()], batch};
}

const inRepository = (repository: string) => (step: Step) => step.change.repository === repository;

function useEvidence(uses: readonly NameUse[], says: string) {
	const distinct = [...new Map(uses.map(use => [`${use.repository} ${use.path} ${use.line} ${use.sha}`, use])).values()];
	return distinct.slice(0, 3).map(use => {
		const groups = [...new Set(uses.filter(each => each.path === use.path && each.sha === use.sha).map(({group}) => group))];
		const where = nameChange({repository: use.repository, sha: use.sha, id: use.sha});
		return {label: `${where}, ${placeText(use.path, use.line)}`, text: `${says} on ${plainText(groups.slice(0, 4).join(', '), 160)}`};
	});
}

/** The links of one name that comes somewhere: one for each other repository that owns it, or gives it up. */
function exclusiveLinks({kind, name, steps, uses}: Named, batch: ReadonlySet<string>, facts: Facts): Detected[] {
	const told = steps.filter(({trace}) => isRegistering(trace));
	const registered = uses.filter(({use}) => use === 'registered');
	const owners = new Set(registered.map(({repository}) => repository));
	if (owners.size > ownersMax) return [];
	const repositories = new Set(told.map(({change}) => change.repository));
	if (repositories.size > sharersMax) return [];
	const ownedBy = new Set(registered.map(({repository, group}) => `${repository}\n${group}`));
	return [...repositories].flatMap(to => {
		const coming = told.filter(step => step.does === 'comes' && inRepository(to)(step));
		if (coming.length === 0) return [];
		return [...new Set([...repositories, ...owners])]
			.filter(from => from !== to)
			.flatMap(from => {
				const removing = told.filter(step => step.does === 'goes' && inRepository(from)(step));
				const back = told.filter(step => step.does === 'comes' && inRepository(from)(step));
				const holds = registered.filter(({repository}) => repository === from);
				const pairs = meets(removing, coming, batch);
				// Where both sides had it before the batch, neither of them is new.
				const joins = coming.some(came => batch.has(came.change.id)) && holds.some(({group}) => !ownedBy.has(`${to}\n${group}`));
				// A hook that a third one handles as well is handled by many.
				if (sharedKinds.has(kind) && [...owners].some(owner => owner !== from && owner !== to)) return [];
				if (!pairs && (!joins || sharedKinds.has(kind))) return [];
				// The one to which it came last is the new owner.
				if (back.length > 0 && latest(back) > latest(coming)) return [];
				const path = removing[0]?.path ?? holds[0]?.path ?? '';
				const link: Detected = {
					kind: 'exclusive',
					by: 'name',
					name: `${plainText(kind, 40)} ${plainText(name, 120)}`,
					owner: {repository: from, path},
					trigger: {repository: to, path: coming[0]?.path ?? ''},
					parts: [
						...removing.map(step => partOf(step, 'remove')),
						...back.map(step => partOf(step, 'add')),
						...coming.map(step => partOf(step, 'trigger')),
					],
					presence: presenceIn(facts, from, group => holds.some(use => use.group === group)),
					evidence: [
						...removing.slice(0, 2).map(step => stepEvidence(step, `no longer registers ${plainText(name, 120)}`)),
						...useEvidence(holds, `registers ${plainText(name, 120)}`).slice(0, 2),
						...coming.slice(0, 2).map(step => stepEvidence(step, `registers ${plainText(name, 120)}`)),
					],
				};
				return [bounded(link)];
			});
	});
}

/** The links of one name that goes: one for each other repository that reads it, or stops to. */
function drainLinks({kind, name, steps, uses}: Named, batch: ReadonlySet<string>, facts: Facts, linksMax: number): Detected[] {
	const going = steps.filter(({trace, change}) => trace.does === 'unregisters' && batch.has(change.id));
	if (going.length === 0) return [];
	return [...new Set(going.map(({change}) => change.repository))].flatMap(from => {
		const removing = going.filter(inRepository(from));
		// Somebody else brings it: then it is a move, and its readers lose nothing.
		const taken = steps.some(({trace, change}) => trace.does === 'registers' && change.repository !== from);
		const kept = uses.some(use => use.use === 'registered' && use.repository !== from);
		if (taken || kept) return [];
		const reading = uses.filter(use => use.use === 'read' && use.repository !== from);
		const stopping = steps.filter(({trace, change}) => trace.does === 'unreads' && change.repository !== from);
		const readers = [...new Set([...reading.map(({repository}) => repository), ...stopping.map(({change}) => change.repository)])];
		return readers.slice(0, linksMax).map(reader => {
			const stands = reading.filter(({repository}) => repository === reader);
			const stops = stopping.filter(inRepository(reader));
			const starts = steps.filter(step => step.trace.does === 'reads' && inRepository(reader)(step));
			return bounded({
				kind: 'drain',
				by: 'name',
				name: `${plainText(kind, 40)} ${plainText(name, 120)}`,
				owner: {repository: reader, path: stands[0]?.path ?? stops[0]?.path ?? ''},
				trigger: {repository: from, path: removing[0]?.path ?? ''},
				parts: [
					...stops.map(step => partOf(step, 'remove')),
					...starts.map(step => partOf(step, 'add')),
					...removing.map(step => partOf(step, 'trigger')),
				],
				presence: presenceIn(facts, reader, group => stands.some(use => use.group === group)),
				evidence: [
					...useEvidence(stands, `reads ${plainText(name, 120)}`),
					...stops.slice(0, 2).map(step => stepEvidence(step, `no longer reads ${plainText(name, 120)}`)),
					...removing.slice(0, 2).map(step => stepEvidence(step, `no longer registers ${plainText(name, 120)}`)),
				],
			});
		});
	});
}

/** At most about `linksMax`: what is not said anyway is not worked out. */
export function nameLinks(facts: Facts, linksMax: number): Detected[] {
	const {named, batch} = gather(facts);
	const links: Detected[] = [];
	for (const each of named) {
		if (links.length >= linksMax) break;
		links.push(...exclusiveLinks(each, batch, facts), ...drainLinks(each, batch, facts, linksMax));
	}
	return links;
}
