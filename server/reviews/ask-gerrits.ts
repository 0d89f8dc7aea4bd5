/** What Gerrit knows of many terms, asked once for all of them and kept for a while; a Gerrit that is away is answered for by what was kept. */
import type {Deps} from '../actions/deps.ts';
import type {Gerrit} from '../gerrit.ts';
import {type GerritChange, queryChanges, readDetail, readTogether, type Together} from '../integrations/gerrit/changes.ts';
import {GerritError, hostOf} from '../integrations/gerrit/client.ts';

/** Where a vote may come at any moment. */
const freshMs = 30_000;
const mergedFreshMs = 10 * 60_000;
const keptMax = 5000;
const togetherMax = 5;
/** Not found by the search, which lags behind, and asked for by itself. */
const detailMax = 10;

export type Told = {
	readonly gerrit: Gerrit;
	/** By term; an empty list: Gerrit knows none, or none that may be seen. Absent: it could not be asked. */
	readonly changes: ReadonlyMap<string, readonly GerritChange[]>;
	/** Terms answered from what was kept, since it could not be asked now. */
	readonly stale: ReadonlySet<string>;
	readonly trouble: string | null;
	/** By number, of open changes: what would come with them. */
	readonly together: ReadonlyMap<number, Together>;
};

const isOf =
	(term: string) =>
	(change: GerritChange): boolean => {
		const [kind, name = ''] = term.split(':');
		if (kind === 'commit') return change.sha?.startsWith(name) ?? false;
		return String(change.number) === name || change.changeId.toLowerCase().startsWith(name.toLowerCase());
	};

const isFresh = (changes: readonly GerritChange[], ageMs: number): boolean =>
	ageMs < (changes.length > 0 && changes.every(({status}) => status === 'merged') ? mergedFreshMs : freshMs);

function keep(gerrit: Gerrit, term: string, changes: readonly GerritChange[], readMs: number): void {
	gerrit.kept.delete(term);
	gerrit.kept.set(term, {changes, readMs});
	for (const oldest of gerrit.kept.keys()) {
		if (gerrit.kept.size <= keptMax) break;
		gerrit.kept.delete(oldest);
	}
}

/** A number that the search does not know is asked for by itself: its index lags behind. */
async function details(deps: Deps, gerrit: Gerrit, terms: readonly string[], abort: AbortSignal): Promise<GerritChange[]> {
	const numbers = terms.flatMap(term => /^change:(\d+)$/.exec(term)?.[1] ?? []).slice(0, detailMax);
	const found = await Promise.all(
		numbers.map(async number => {
			try {
				return [await readDetail(gerrit.access, number, deps.clock.now(), abort)];
			} catch (error) {
				if (error instanceof GerritError && error.kind === 'gone') return [];
				throw error;
			}
		}),
	);
	return found.flat();
}

async function ask(deps: Deps, gerrit: Gerrit, terms: readonly string[], abort: AbortSignal, into: Map<string, readonly GerritChange[]>) {
	const found = await queryChanges(gerrit.access, terms, deps.clock.now(), abort);
	const missing = terms.filter(term => !found.some(isOf(term)));
	const all = [...found, ...(missing.length === 0 ? [] : await details(deps, gerrit, missing, abort))];
	const readMs = deps.clock.monotonicMs();
	for (const term of terms) {
		const changes = all.filter(isOf(term));
		into.set(term, changes);
		keep(gerrit, term, changes, readMs);
	}
}

/**
 * Asks one Gerrit for all terms, within the time that the signal leaves. `chains`: terms whose open changes are asked for what they stand
 * on. What arrives is told even where the rest does not.
 */
export async function askOne(
	deps: Deps,
	gerrit: Gerrit,
	{terms, chains}: {readonly terms: readonly string[]; readonly chains: ReadonlySet<string>},
	abort: AbortSignal,
): Promise<Told> {
	const changes = new Map<string, readonly GerritChange[]>();
	const stale = new Set<string>();
	const together = new Map<number, Together>();
	const nowMs = deps.clock.monotonicMs();
	const open: string[] = [];
	for (const term of terms) {
		const kept = gerrit.kept.get(term);
		if (kept && isFresh(kept.changes, nowMs - kept.readMs)) changes.set(term, kept.changes);
		else open.push(term);
	}
	let trouble: string | null = null;
	try {
		if (open.length > 0 && nowMs < gerrit.pausedUntilMs) throw new GerritError('limited', gerrit.pauseReason, gerrit.pausedUntilMs - nowMs);
		if (open.length > 0) await ask(deps, gerrit, open, abort, changes);
		const dependencies = [...chains].flatMap(term => changes.get(term) ?? []).filter(({status}) => status === 'open' || status === 'draft');
		for (const change of dependencies.slice(0, togetherMax))
			together.set(change.number, await readTogether(gerrit.access, change, deps.clock.now(), abort));
	} catch (error) {
		if (!(error instanceof GerritError)) throw error;
		trouble = abort.aborted ? `${hostOf(gerrit.config.url)} did not answer in the time that a check has` : error.message;
		if (error.kind === 'limited' && error.afterMs > 0) {
			gerrit.pausedUntilMs = Math.max(gerrit.pausedUntilMs, nowMs + error.afterMs);
			gerrit.pauseReason = error.message;
		}
		for (const term of open) {
			const kept = gerrit.kept.get(term);
			if (changes.has(term) || !kept) continue;
			changes.set(term, kept.changes);
			stale.add(term);
		}
	}
	return {gerrit, changes, stale, trouble, together};
}
