/** The result of sorting: `order` holds every index once. Where there are rings, their members stand as they were given. */
export type StableOrder = {readonly order: readonly number[]; readonly rings: readonly (readonly number[])[]};

/** A binary heap of numbers, the smallest first. */
function heap(before: (a: number, b: number) => boolean) {
	const values: number[] = [];
	const at = (index: number): number => values[index] ?? -1;
	const swap = (a: number, b: number): void => {
		const kept = at(a);
		values[a] = at(b);
		values[b] = kept;
	};
	return {
		get size() {
			return values.length;
		},
		push(value: number): void {
			values.push(value);
			let index = values.length - 1;
			while (index > 0) {
				const up = (index - 1) >>> 1;
				if (!before(at(index), at(up))) break;
				swap(index, up);
				index = up;
			}
		},
		pop(): number {
			const top = at(0);
			const last = values.pop() ?? -1;
			if (values.length === 0) return top;
			values[0] = last;
			for (let index = 0; ; ) {
				const left = index * 2 + 1;
				let least = index;
				if (left < values.length && before(at(left), at(least))) least = left;
				if (left + 1 < values.length && before(at(left + 1), at(least))) least = left + 1;
				if (least === index) return top;
				swap(index, least);
				index = least;
			}
		},
	};
}

/** Who stands behind whom: `ends` of index i are `to[from[i]] … to[from[i + 1] - 1]`. Two flat lists cost a fraction of a list for each. */
type Links = {readonly from: Int32Array; readonly to: Int32Array};

function linksOf(count: number, pairs: readonly (readonly [number, number])[], isBack: boolean): Links {
	const from = new Int32Array(count + 1);
	for (const [first, then] of pairs) if (first !== then) from[(isBack ? then : first) + 1] = (from[(isBack ? then : first) + 1] ?? 0) + 1;
	for (let index = 0; index < count; index += 1) from[index + 1] = (from[index + 1] ?? 0) + (from[index] ?? 0);
	const to = new Int32Array(from[count] ?? 0);
	const filled = from.slice();
	for (const [first, then] of pairs) {
		if (first === then) continue;
		const [here, there] = isBack ? [then, first] : [first, then];
		const at = filled[here] ?? 0;
		to[at] = there;
		filled[here] = at + 1;
	}
	return {from, to};
}

const endsOf = ({from, to}: Links, index: number): Int32Array => to.subarray(from[index] ?? 0, from[index + 1] ?? 0);

/** The shortest way from `start` back to itself over what could not be sorted; null where `start` only hangs behind a ring. */
function ringThrough(start: number, next: Links, stuck: (index: number) => boolean): number[] | null {
	const cameFrom = new Map<number, number>();
	const queue = [start];
	for (let head = 0; head < queue.length; head += 1) {
		const here = queue[head] ?? start;
		for (const there of endsOf(next, here)) {
			if (there === start) {
				const ring = [here];
				while (ring.at(-1) !== start) ring.push(cameFrom.get(ring.at(-1) ?? start) ?? start);
				return ring.reverse();
			}
			if (!stuck(there) || cameFrom.has(there)) continue;
			cameFrom.set(there, here);
			queue.push(there);
		}
	}
	return null;
}

/** Walks back along unsorted providers from a stuck index until one repeats: that one is on a ring. `start` where `steps` run out. */
function onRing(start: number, back: Links, stuck: (index: number) => boolean, steps: {left: number}): number {
	const seen = new Set<number>();
	let here = start;
	while (!seen.has(here)) {
		if (steps.left <= 0) return start;
		steps.left -= 1;
		seen.add(here);
		here = endsOf(back, here).find(stuck) ?? here;
	}
	return here;
}

const ringsMax = 20;
// Where rings hang behind rings in their thousands, each walk may cross them all: after this many steps for each index the given order decides.
const stepsEach = 50;

/**
 * Sorts 0 … count-1 so that the first of each pair stands before the second, as near to the given order as that allows: whatever is free
 * goes in its given place, and only what must wait is moved back. Rings are broken at their earliest member and reported, at most 20.
 * `rank` gives another order to start from (an inserted change: a half). O((n + edges) log n).
 */
export function stableOrder(
	count: number,
	pairs: readonly (readonly [number, number])[],
	rank: (index: number) => number = index => index,
): StableOrder {
	const next = linksOf(count, pairs, false);
	const ranks = Float64Array.from({length: count}, (_, index) => rank(index));
	const rankOf = (index: number): number => ranks[index] ?? 0;
	const waiting = new Int32Array(count);
	for (const then of next.to) waiting[then] = (waiting[then] ?? 0) + 1;
	const free = heap((a, b) => rankOf(a) < rankOf(b) || (rankOf(a) === rankOf(b) && a < b));
	const placed = new Uint8Array(count);
	const released = new Uint8Array(count);
	const release = (index: number): void => {
		if (released[index] === 1) return;
		released[index] = 1;
		free.push(index);
	};
	for (let index = 0; index < count; index += 1) if (waiting[index] === 0) release(index);
	// Only where something is stuck are these asked for.
	let byRank: Int32Array | null = null;
	let back: Links | null = null;
	const steps = {left: count * stepsEach};
	const order: number[] = [];
	const rings: number[][] = [];
	const stuck = (index: number): boolean => placed[index] !== 1;
	for (let scan = 0; order.length < count; ) {
		if (free.size === 0) {
			byRank ??= Int32Array.from({length: count}, (_, index) => index).sort((a, b) => rankOf(a) - rankOf(b));
			back ??= linksOf(count, pairs, true);
			while (!stuck(byRank[scan] ?? -1)) scan += 1;
			const start = onRing(byRank[scan] ?? 0, back, stuck, steps);
			const ring = rings.length < ringsMax ? ringThrough(start, next, stuck) : null;
			if (ring !== null) rings.push(ring);
			// The earliest member of the ring goes first, so that as little as possible is moved.
			release((ring ?? [start]).reduce((a, b) => (rankOf(b) < rankOf(a) ? b : a), start));
		}
		const index = free.pop();
		if (placed[index] === 1) continue;
		placed[index] = 1;
		order.push(index);
		for (const then of endsOf(next, index)) {
			waiting[then] = (waiting[then] ?? 1) - 1;
			if (waiting[then] === 0) release(then);
		}
	}
	return {order, rings};
}
