/**
 * Layout of an order's drawing: where each change stands and how each link runs, in pixels. Layers by longest path, in the order in which
 * the changes go out, so that every link leads the same way; then barycentres against crossings (Sugiyama, Tagawa, Toda 1981). A link
 * over several layers has a lane of its own in each, so it never runs behind a change. The same input gives the same drawing.
 */
import {placeLayer} from './order-lanes.ts';

export type Point = readonly [x: number, y: number];

/** Every change stands in a box of one size. */
export type BoxSize = {readonly width: number; readonly height: number};

export type LaidOut = {
	readonly width: number;
	readonly height: number;
	/** The upper left corner of each node's box. */
	readonly boxes: readonly Point[];
	/** From the edge of the first box to the edge of the second, in the order of the links; empty for a link of a node with itself. */
	readonly lines: readonly {readonly points: readonly Point[]; readonly runs: Direction}[];
};

/** `across`: layers stand side by side. `down`: they stand below each other. */
export type Direction = 'across' | 'down';

/** Nodes by number, in the order in which they go out. A link against that order is part of a ring. */
export type LayoutLink = {readonly first: number; readonly second: number};

const gaps = {across: {along: 48, beside: 20}, down: {along: 40, beside: 28}} as const;
const laneSize = 12;
const shelfGap = 32;
/** Lanes of all links together; a link beyond that runs straight. */
const lanesMax = 1500;
const sweeps = 6;
const settles = 6;

/** One place in a layer: a change, or the lane of a link that passes by. */
type Slot = {readonly node: number | null; readonly before: Slot[]; readonly after: Slot[]; place: number; centre: number};

/** A component's layers with the slots of its nodes, and of each link its lanes from the earlier node to the later one. */
type Layers = {
	readonly layers: Slot[][];
	readonly slotOf: ReadonlyMap<number, Slot>;
	readonly layerOf: ReadonlyMap<number, number>;
	readonly lanesOf: ReadonlyMap<number, readonly Slot[]>;
};

type Numbered = LayoutLink & {readonly link: number};

/** Each node one layer behind the last that it follows; one that follows none stands right before whom it leads to. */
function layersOf(nodes: readonly number[], links: readonly Numbered[]): Map<number, number> {
	const layerOf = new Map<number, number>();
	const leads = new Map<number, number[]>(nodes.map(node => [node, []]));
	const follows = new Map<number, number[]>(nodes.map(node => [node, []]));
	for (const {first, second} of links) {
		const [early, late] = first < second ? [first, second] : [second, first];
		leads.get(early)?.push(late);
		follows.get(late)?.push(early);
	}
	for (const node of nodes)
		layerOf.set(
			node,
			(follows.get(node) ?? []).reduce((most, one) => Math.max(most, (layerOf.get(one) ?? 0) + 1), 0),
		);
	for (const node of nodes) {
		const next = leads.get(node) ?? [];
		if ((follows.get(node) ?? []).length > 0 || next.length === 0) continue;
		layerOf.set(
			node,
			next.reduce((least, one) => Math.min(least, (layerOf.get(one) ?? 1) - 1), Number.POSITIVE_INFINITY),
		);
	}
	return layerOf;
}

function join(early: Slot, late: Slot): void {
	early.after.push(late);
	late.before.push(early);
}

/** Builds the layers of one component; `lanes.left` is how many lanes all components may still use. */
function buildLayers(nodes: readonly number[], links: readonly Numbered[], lanes: {left: number}): Layers {
	const layerOf = layersOf(nodes, links);
	const layers: Slot[][] = [];
	const slotAt = (layer: number, node: number | null): Slot => {
		const slot: Slot = {node, before: [], after: [], place: 0, centre: 0};
		const row = layers[layer] ?? [];
		slot.place = row.push(slot) - 1;
		layers[layer] = row;
		return slot;
	};
	const depth = nodes.reduce((most, node) => Math.max(most, layerOf.get(node) ?? 0), 0);
	for (let layer = 0; layer <= depth; layer += 1) layers[layer] = [];
	const slotOf = new Map(nodes.map(node => [node, slotAt(layerOf.get(node) ?? 0, node)]));
	const lanesOf = new Map<number, Slot[]>();
	for (const {first, second, link} of links) {
		const [early, late] = first < second ? [first, second] : [second, first];
		const [start, end] = [slotOf.get(early), slotOf.get(late)];
		if (start === undefined || end === undefined) continue;
		const between = (layerOf.get(late) ?? 0) - (layerOf.get(early) ?? 0) - 1;
		if (between > lanes.left) continue;
		lanes.left -= between;
		const passed = Array.from({length: between}, (_, step) => slotAt((layerOf.get(early) ?? 0) + 1 + step, null));
		let last = start;
		for (const slot of [...passed, end]) {
			join(last, slot);
			last = slot;
		}
		lanesOf.set(link, passed);
	}
	return {layers, slotOf, layerOf, lanesOf};
}

/** How many pairs of links between neighbouring layers cross: inversions, counted with a Fenwick tree. */
function crossings(layers: readonly (readonly Slot[])[]): number {
	let count = 0;
	for (const [index, layer] of layers.entries()) {
		const size = (layers[index + 1] ?? []).length;
		const tree = new Array<number>(size + 1).fill(0);
		let seen = 0;
		for (const slot of layer) {
			const ends = slot.after.map(({place}) => place).sort((a, b) => a - b);
			for (const end of ends) {
				let before = 0;
				for (let at = end + 1; at > 0; at -= at & -at) before += tree[at] ?? 0;
				count += seen - before;
			}
			for (const end of ends) {
				for (let at = end + 1; at <= size; at += at & -at) tree[at] = (tree[at] ?? 0) + 1;
				seen += 1;
			}
		}
	}
	return count;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function sortLayer(layer: Slot[], side: 'before' | 'after'): void {
	const weights = new Map(layer.map(slot => [slot, slot[side].length === 0 ? slot.place : mean(slot[side].map(({place}) => place))]));
	layer.sort((a, b) => (weights.get(a) ?? 0) - (weights.get(b) ?? 0) || a.place - b.place);
	for (const [place, slot] of layer.entries()) slot.place = place;
}

/** Puts the slots of each layer into the order with the fewest crossings that the sweeps came by. */
function untangle(layers: Slot[][]): void {
	let least = crossings(layers);
	let best = layers.map(layer => [...layer]);
	for (let sweep = 0; sweep < sweeps && least > 0; sweep += 1) {
		if (sweep % 2 === 0) for (const layer of layers) sortLayer(layer, 'before');
		else for (const layer of layers.toReversed()) sortLayer(layer, 'after');
		const now = crossings(layers);
		if (now >= least) continue;
		least = now;
		best = layers.map(layer => [...layer]);
	}
	for (const [index, layer] of best.entries()) {
		layers[index] = layer;
		for (const [place, slot] of layer.entries()) slot.place = place;
	}
}

/** Gives each slot its centre beside the others of its layer; answers how much room they take. */
function settle(layers: readonly (readonly Slot[])[], boxSize: number, gap: number): number {
	const sizeOf = ({node}: Slot): number => (node === null ? laneSize : boxSize);
	const place = (layer: readonly Slot[], wanted: (slot: Slot) => number): void => {
		const centres = placeLayer(
			layer.map(slot => ({wanted: wanted(slot), size: sizeOf(slot), weight: slot.node === null ? 3 : 1})),
			gap,
		);
		for (const [index, slot] of layer.entries()) slot.centre = centres[index] ?? 0;
	};
	for (const layer of layers) place(layer, ({place: at}) => at * (boxSize + gap));
	for (let round = 0; round < settles; round += 1) {
		const side = round % 2 === 0 ? 'before' : 'after';
		for (const layer of side === 'before' ? layers : layers.toReversed())
			place(layer, slot => (slot[side].length === 0 ? slot.centre : mean(slot[side].map(({centre}) => centre))));
	}
	const slots = layers.flat();
	const start = slots.reduce((least, slot) => Math.min(least, slot.centre - sizeOf(slot) / 2), Number.POSITIVE_INFINITY);
	for (const slot of slots) slot.centre = Math.round(slot.centre - start);
	return Math.ceil(slots.reduce((most, slot) => Math.max(most, slot.centre + sizeOf(slot) / 2), 0));
}

type Part = {readonly width: number; readonly height: number; readonly boxes: Map<number, Point>; readonly lines: Map<number, Line>};
type Line = {points: Point[]; runs: Direction};

/** Where a link touches its box: the links of one side share it evenly, in the order in which they come. */
function ports(slot: Slot, side: 'before' | 'after', boxSize: number): (other: Slot) => number {
	const sorted = slot[side].toSorted((a, b) => a.centre - b.centre);
	const next = new Map<Slot, number>();
	return other => {
		const from = next.get(other) ?? 0;
		const at = sorted.indexOf(other, from);
		next.set(other, at + 1);
		return Math.round(slot.centre - boxSize / 2 + (boxSize * (at + 1)) / (sorted.length + 1));
	};
}

function drawPart(nodes: readonly number[], links: readonly Numbered[], built: Layers, runs: Direction, box: BoxSize): Part {
	const {along, beside} = gaps[runs];
	const [length, breadth] = runs === 'across' ? [box.width, box.height] : [box.height, box.width];
	const room = settle(built.layers, breadth, beside);
	const step = length + along;
	const total = built.layers.length * step - along;
	const turned = (a: number, b: number): Point => (runs === 'across' ? [a, b] : [b, a]);
	const startOf = (node: number): number => (built.layerOf.get(node) ?? 0) * step;
	const centreOf = (node: number): number => built.slotOf.get(node)?.centre ?? 0;
	const boxes = new Map(nodes.map(node => [node, turned(startOf(node), Math.round(centreOf(node) - breadth / 2))]));
	const out = new Map(
		nodes.flatMap(node => {
			const slot = built.slotOf.get(node);
			return slot === undefined ? [] : [[node, {leaves: ports(slot, 'after', breadth), comes: ports(slot, 'before', breadth)}]];
		}),
	);
	const lines = new Map<number, Line>();
	for (const {first, second, link} of links) {
		const [early, late] = first < second ? [first, second] : [second, first];
		const passed = built.lanesOf.get(link);
		const slots = [built.slotOf.get(early), ...(passed ?? []), built.slotOf.get(late)];
		const [next, last] = [slots[1], slots.at(-2)];
		const leaves = passed === undefined || next === undefined ? centreOf(early) : (out.get(early)?.leaves(next) ?? 0);
		const comes = passed === undefined || last === undefined ? centreOf(late) : (out.get(late)?.comes(last) ?? 0);
		const layer = built.layerOf.get(early) ?? 0;
		const lanes = (passed ?? []).flatMap(({centre}, index): Point[] => {
			const start = (layer + 1 + index) * step;
			return [turned(start, centre), turned(start + length, centre)];
		});
		const points = [turned(startOf(early) + length, leaves), ...lanes, turned(startOf(late), comes)];
		lines.set(link, {points: first < second ? points : points.reverse(), runs});
	}
	const [width, height] = turned(total, room);
	return {width, height, boxes, lines};
}

/** Across where that fits; else down; where neither fits, the narrower. */
function layoutPart(nodes: readonly number[], links: readonly Numbered[], box: BoxSize, widthMax: number, lanes: {left: number}): Part {
	const built = buildLayers(nodes, links, lanes);
	untangle(built.layers);
	const across = built.layers.length * (box.width + gaps.across.along) - gaps.across.along;
	if (across <= widthMax) return drawPart(nodes, links, built, 'across', box);
	const down = drawPart(nodes, links, built, 'down', box);
	return down.width <= widthMax || down.width <= across ? down : drawPart(nodes, links, built, 'across', box);
}

/** The nodes that hang together, each list in the order of the nodes, and the lists in the order of their first. */
function componentsOf(count: number, links: readonly LayoutLink[]): number[][] {
	const parent = Array.from({length: count}, (_, node) => node);
	const rootOf = (node: number): number => {
		let root = node;
		while (parent[root] !== undefined && parent[root] !== root) root = parent[root] ?? root;
		for (let at = node; at !== root; ) {
			const next = parent[at] ?? root;
			parent[at] = root;
			at = next;
		}
		return root;
	};
	for (const {first, second} of links) {
		const [a, b] = [rootOf(first), rootOf(second)];
		parent[Math.max(a, b)] = Math.min(a, b);
	}
	const components = new Map<number, number[]>();
	for (let node = 0; node < count; node += 1) {
		const known = components.get(rootOf(node));
		if (known === undefined) components.set(rootOf(node), [node]);
		else known.push(node);
	}
	return [...components.values()];
}

/**
 * Lays out a graph: each connected part by itself, then the parts side by side on shelves as long as `widthMax` holds them. Near-linear in
 * nodes, links and lanes. Links must name nodes under `count`.
 */
export function layoutOrder(count: number, links: readonly LayoutLink[], box: BoxSize, widthMax: number): LaidOut {
	const numbered = links.map((link, index) => ({...link, link: index})).filter(({first, second}) => first !== second);
	const boxes: Point[] = Array.from({length: count}, (): Point => [0, 0]);
	const lines: Line[] = links.map(() => ({points: [], runs: 'across'}));
	const lanes = {left: lanesMax};
	const shelf = {x: 0, y: 0, height: 0};
	let width = 0;
	const components = componentsOf(count, numbered);
	const partOf = new Map(components.flatMap((nodes, part) => nodes.map(node => [node, part])));
	const linksOf = components.map((): Numbered[] => []);
	for (const link of numbered) linksOf[partOf.get(link.first) ?? 0]?.push(link);
	for (const [index, nodes] of components.entries()) {
		const part = layoutPart(nodes, linksOf[index] ?? [], box, widthMax, lanes);
		if (shelf.x > 0 && shelf.x + part.width > widthMax) Object.assign(shelf, {x: 0, y: shelf.y + shelf.height + shelfGap, height: 0});
		const moved = ([x, y]: Point): Point => [x + shelf.x, y + shelf.y];
		for (const [node, at] of part.boxes) boxes[node] = moved(at);
		for (const [link, {points, runs}] of part.lines) lines[link] = {points: points.map(moved), runs};
		width = Math.max(width, shelf.x + part.width);
		shelf.height = Math.max(shelf.height, part.height);
		shelf.x += part.width + shelfGap;
	}
	return {width, height: shelf.y + shelf.height, boxes, lines};
}
