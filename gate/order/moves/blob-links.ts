/** Links by blob: one file's contents leave a repository and enter another. The old owner goes before the new one comes. */
import type {Facts} from '../../facts.ts';
import {plainText} from '../plain-text.ts';
import type {Detected} from './detect.ts';
import {bounded, changesById, latest, meets, partOf, presenceIn, type Step, sharersMax, stepEvidence} from './link-parts.ts';

const digits = (bytes: number): string => String(bytes).replace(/\B(?=(\d{3})+$)/g, ',');

/** The pairs of repositories between which one blob moves: from the one that it left to the one that it came to last. */
function movesOf(steps: readonly Step[], batch: ReadonlySet<string>): {from: string; to: string}[] {
	const repositories = [...new Set(steps.map(({change}) => change.repository))];
	if (repositories.length > sharersMax) return [];
	const of = (repository: string, does: Step['does']) => steps.filter(step => step.does === does && step.change.repository === repository);
	return repositories.flatMap(from =>
		repositories.flatMap(to => {
			const [gone, come] = [of(from, 'goes'), of(to, 'comes')];
			// Of two that exchange it, the one to which it came last is its new home.
			return from !== to && meets(gone, come, batch) && latest(come) >= latest(of(from, 'comes')) ? [{from, to}] : [];
		}),
	);
}

/** At most about `linksMax`: what is not said anyway is not worked out. */
export function blobLinks(facts: Facts, linksMax: number): Detected[] {
	const {all, batch} = changesById(facts);
	const byBlob = new Map<string, {bytes: number; steps: Step[]}>();
	for (const {change: id, does, blob, bytes, path} of facts.traces?.blobs ?? []) {
		const change = all.get(id);
		if (change === undefined) continue;
		const entry = byBlob.get(blob) ?? {bytes, steps: []};
		entry.steps.push({change, does: does === 'enters' ? 'comes' : 'goes', path, line: null});
		byBlob.set(blob, entry);
	}
	const links: Detected[] = [];
	for (const [blob, {bytes, steps}] of byBlob) {
		if (links.length >= linksMax) break;
		const found = movesOf(steps, batch).map(({from, to}): Detected => {
			const of = (repository: string, does: Step['does']) =>
				steps.filter(step => step.does === does && step.change.repository === repository);
			const [removing, coming, back] = [of(from, 'goes'), of(to, 'comes'), of(from, 'comes')];
			const path = removing[0]?.path ?? '';
			const holds = (facts.traces?.uses ?? []).filter(use => use.kind === 'blob' && use.name === blob && use.repository === from);
			return bounded({
				kind: 'exclusive',
				by: 'blob',
				name: `the file ${plainText(path.split('/').at(-1) ?? path, 100)} (${digits(bytes)} bytes)`,
				owner: {repository: from, path},
				trigger: {repository: to, path: coming[0]?.path ?? ''},
				parts: [
					...removing.map(step => partOf(step, 'remove')),
					...back.map(step => partOf(step, 'add')),
					...coming.map(step => partOf(step, 'trigger')),
				],
				presence: presenceIn(facts, from, group => holds.some(use => use.group === group)),
				evidence: [
					...removing.slice(0, 3).map(step => stepEvidence(step, `takes out blob ${blob.slice(0, 10)}`)),
					...coming.slice(0, 3).map(step => stepEvidence(step, `brings the same blob ${blob.slice(0, 10)}`)),
				],
			});
		});
		links.push(...found);
	}
	return links;
}
