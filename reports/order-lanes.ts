/** Places things beside each other, in their order and without overlap, as near as can be to where each would like to stand. */

export type Placed = {readonly wanted: number; readonly size: number; readonly weight: number};

type Block = {sum: number; weight: number; count: number};

/**
 * The centres with the least sum of weighted squared distances from what is wanted, `gap` between neighbours. Without the room that each
 * takes, that is a regression that may only rise: neighbours that would overlap are pooled (pool adjacent violators). Linear.
 */
export function placeLayer(things: readonly Placed[], gap: number): number[] {
	const offsets: number[] = [];
	for (const [index, {size}] of things.entries()) {
		const before = things[index - 1];
		offsets.push(before === undefined ? 0 : (offsets[index - 1] ?? 0) + before.size / 2 + gap + size / 2);
	}
	const blocks: Block[] = [];
	for (const [index, {wanted, weight}] of things.entries()) {
		let block: Block = {sum: (wanted - (offsets[index] ?? 0)) * weight, weight, count: 1};
		for (let last = blocks.at(-1); last !== undefined && last.sum / last.weight > block.sum / block.weight; last = blocks.at(-1)) {
			block = {sum: last.sum + block.sum, weight: last.weight + block.weight, count: last.count + block.count};
			blocks.pop();
		}
		blocks.push(block);
	}
	const centres: number[] = [];
	for (const {sum, weight, count} of blocks)
		for (let step = 0; step < count; step += 1) centres.push(sum / weight + (offsets[centres.length] ?? 0));
	return centres;
}
