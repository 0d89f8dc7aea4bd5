/** What an explained order answers: whether it works as given, works as it is printed, cannot work, or cannot be told. */
import type {OrderExplained} from '../gate/order/explained.ts';
import type {RawFinding} from '../gate/rule.ts';

/** `as-printed`: not as given, but in the order that is printed, with what it says is to be added. */
export type OrderWord = 'as-given' | 'as-printed' | 'none' | 'unknown';

export type OrderAnswered = {
	readonly word: OrderWord;
	/** One sentence, to be read aloud. */
	readonly sentence: string;
	/** Changes that stand in another place than they were given in, and changes to be added. */
	readonly moved: number;
	readonly added: number;
};

/** Problems that another order, or what is to be added, takes away. */
const mendable = new Set(['order', 'files', 'missing', 'reverted', 'present', 'lacking', 'unseen', 'stands-on', 'ring', 'undefined']);

const kindOf = ({data}: RawFinding): string => String(data?.['kind']);

/** Ids of the batch as it was given. */
export const givenOf = ({nodes, order}: Pick<OrderExplained, 'nodes' | 'order'>): string[] => {
	const inOrder = new Set(order);
	return nodes.filter(({id}) => inOrder.has(id)).map(({id}) => id);
};

/**
 * Which of the given changes stand in another place: all but the longest run that keeps its order, so that a change put first is one change
 * moved, and not all that it went past. Patience sorting, O(n log n).
 */
export function movedOf(given: readonly string[], order: readonly string[]): ReadonlySet<string> {
	const placeOf = new Map(given.map((id, place) => [id, place]));
	const places = order.map(id => placeOf.get(id) ?? -1);
	const tails: number[] = [];
	const before: number[] = [];
	for (const [index, place] of places.entries()) {
		let [low, high] = [0, tails.length];
		while (low < high) {
			const middle = (low + high) >>> 1;
			if ((places[tails[middle] ?? 0] ?? 0) < place) low = middle + 1;
			else high = middle;
		}
		before[index] = tails[low - 1] ?? -1;
		tails[low] = index;
	}
	const kept = new Set<string>();
	for (let at = tails.at(-1) ?? -1; at >= 0; at = before[at] ?? -1) kept.add(order[at] ?? '');
	return new Set(order.filter(id => !kept.has(id)));
}

const many = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** The problem that stays when the printed order is followed; a hold before what cannot be told. */
function leftOver({works, problems, missing}: OrderExplained): RawFinding | null {
	const toAdd = new Set(missing.map(({id}) => id));
	const isMended = (problem: RawFinding): boolean => {
		if (works) return mendable.has(kindOf(problem)) && problem.outcome === 'hold';
		const {first} = problem.data ?? {};
		return kindOf(problem) === 'order' || (typeof first === 'string' && toAdd.has(first));
	};
	const left = problems.filter(problem => problem.outcome !== 'warn' && !isMended(problem));
	return left.find(({outcome}) => outcome === 'hold') ?? left[0] ?? null;
}

/** Reads the answer out of an explanation. `passes`: the gate lets the order as given go, for instance since the policy lets unknowns pass. */
export function orderAnswered(explained: OrderExplained, passes: boolean): OrderAnswered {
	const {complete, order, works, rings, missing, problems} = explained;
	const given = givenOf(explained);
	const moved = movedOf(given, order).size;
	const places = {moved, added: missing.length};
	const [ring] = rings;
	if (ring !== undefined)
		return {word: 'none', sentence: `Hold: no order works, ${many(ring.length, 'change')} wait for each other in a ring.`, ...places};
	const left = leftOver(explained);
	const isAsGiven = moved === 0 && complete.length === given.length;
	if (left !== null && !(passes && works && isAsGiven)) {
		const word = left.outcome === 'hold' ? 'none' : 'unknown';
		return {word, sentence: `${word === 'none' ? 'Hold' : 'It cannot be told'}: ${left.because}`, ...places};
	}
	if (!works) return {word: 'none', sentence: `Hold: ${problems[0]?.because ?? 'no order of these changes works.'}`, ...places};
	if (isAsGiven && given.length === 0)
		return {word: 'as-given', sentence: 'There is nothing to put in order: no change was named, and none is new.', ...places};
	if (isAsGiven) {
		// Nothing was found where nothing could be read: that is not the same as nothing being there.
		const unread = problems.find(problem => kindOf(problem) === 'no-message');
		const sentence = unread === undefined ? 'The order works.' : `The order works, as far as can be seen: ${unread.because}`;
		return {word: 'as-given', sentence, ...places};
	}
	const parts = [
		...(moved > 0 ? [`${many(moved, 'change')} in another place`] : []),
		...(missing.length > 0 ? [`${missing.length} to be added`] : []),
	];
	return {word: 'as-printed', sentence: `This order works: ${parts.join(', ')}.`, ...places};
}

/** 0: an order works, as given or as printed. 1: none does. 4: it cannot be told. */
export const orderExit: Readonly<Record<OrderWord, number>> = {'as-given': 0, 'as-printed': 0, none: 1, unknown: 4};
