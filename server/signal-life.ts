/** Whether a signal lives, in one line: for the board and for the page of the signals. */
import type {Instant, Signal} from '../gate/facts.ts';

const freshMs = 60_000;

/** In one line, whether 0 errors of this signal would mean anything now. */
export function lifeOf(signal: Signal): {alive: boolean; why: string} {
	const {proof} = signal;
	if (proof.failure !== undefined) return {alive: false, why: proof.failure};
	if ('missing' in proof.matchedOnBaseline) return {alive: false, why: proof.matchedOnBaseline.missing};
	if (proof.matchedOnBaseline.count === 0) return {alive: false, why: 'the query matched nothing on the baseline in a day'};
	if (typeof proof.lagMs !== 'number') return {alive: false, why: proof.lagMs.missing};
	if (proof.lagMs > freshMs) return {alive: false, why: `its newest event is ${Math.round(proof.lagMs / 1000)} s old`};
	const silent = proof.canaries.filter(({newestAt}) => newestAt === null).map(({host}) => host);
	if (silent.length > 0) return {alive: false, why: `never heard from ${silent.slice(0, 5).join(', ')}`};
	return {alive: true, why: `${proof.matchedOnBaseline.count} matched on the baseline in a day`};
}

/** The newest event of either arm; null: none was ever seen. */
export const newestOf = ({proof}: Signal): Instant | null =>
	[proof.newestAt.canary, proof.newestAt.baseline]
		.filter(at => at !== null)
		.sort()
		.at(-1) ?? null;
