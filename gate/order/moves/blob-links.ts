/** Links by blob: one file's contents leave a repository and enter another. The old owner goes before the new one comes. */
import type {Facts} from '../../facts.ts';
import {plainText} from '../plain-text.ts';
import type {Detected} from './detect.ts';
import {bounded, changesById, isNear, latest, partOf, presenceIn, type Step, stepEvidence} from './link-parts.ts';

const digits = (bytes: number): string => String(bytes).replace(/\B(?=(\d{3})+$)/g, ',');

/** The pairs of repositories between which one blob moves: from the one that it left to the one that it came to last. */
function movesOf(steps: readonly Step[], batch: ReadonlySet<string>): {from: string; to: string}[] {
	const repositories = [...new Set(steps.map(({change}) => change.repository))];
	const of = (repository: string, does: Step['does']) => steps.filter(step => step.does === does && step.change.repository === repository);
	return repositories.flatMap(from =>
		repositories.flatMap(to => {
			const [gone, come] = [of(from, 'goes'), of(to, 'comes')];
			const meets = gone.some(left =>
				come.some(came => isNear(left.change, came.change) && (batch.has(left.change.id) || batch.has(came.change.id))),
			);
			// Of two that exchange it, the one to which it came last is its new home.
			return from !== to && meets && latest(come) >= latest(of(from, 'comes')) ? [{from, to}] : [];
		}),
	);
}

export function blobLinks(facts: Facts): Detected[] {
	const {all, batch} = changesById(facts);
	const byBlob = new Map<string, {bytes: number; steps: Step[]}>();
	for (const {change: id, does, blob, bytes, path} of facts.traces?.blobs ?? []) {
		const change = all.get(id);
		if (change === undefined) continue;
		const entry = byBlob.get(blob) ?? {bytes, steps: []};
		entry.steps.push({change, does: does === 'enters' ? 'comes' : 'goes', path, line: null});
		byBlob.set(blob, entry);
	}
	return [...byBlob].flatMap(([blob, {bytes, steps}]) =>
		movesOf(steps, batch).map(({from, to}): Detected => {
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
		}),
	);
}
