/**
 * Layout of an order for a narrow screen: the changes below each other in the order in which they go out, each link as a bracket to the
 * right of them. Links that overlap have lanes of their own, the shorter further in, and where they touch a box none crosses another.
 */
import type {BoxSize, LaidOut, LayoutLink, Point} from './order-layout.ts';

const gap = 16;
const laneGap = 13;

type Bracket = LayoutLink & {readonly link: number; readonly from: number; readonly to: number; lane: number};

const spanOf = ({from, to}: Bracket): number => to - from;

/** The first lane that is free all the way, the short ones first. */
function placeLanes(brackets: readonly Bracket[]): number {
	const lanes: Bracket[][] = [];
	for (const bracket of brackets.toSorted((a, b) => spanOf(a) - spanOf(b) || a.from - b.from || a.link - b.link)) {
		const free = lanes.findIndex(lane => lane.every(({from, to}) => to <= bracket.from || from >= bracket.to));
		bracket.lane = free < 0 ? lanes.length : free;
		const lane = lanes[bracket.lane] ?? [];
		lane.push(bracket);
		lanes[bracket.lane] = lane;
	}
	return lanes.length;
}

/** Lays the nodes out in one column; what the links of a graph with hundreds need in lanes is not bounded, so it is for a few nodes. */
export function layoutList(count: number, links: readonly LayoutLink[], box: BoxSize): LaidOut {
	const brackets = links.flatMap(({first, second}, link): Bracket[] =>
		first === second ? [] : [{first, second, link, from: Math.min(first, second), to: Math.max(first, second), lane: 0}],
	);
	const lanes = placeLanes(brackets);
	const boxes = Array.from({length: count}, (_, node): Point => [0, node * (box.height + gap)]);
	// Upward links touch a box above the downward ones; of each kind the shorter stands next to where it leads.
	const touching = Array.from({length: count}, (_, node) => {
		const up = brackets.filter(({to}) => to === node).sort((a, b) => a.lane - b.lane);
		const down = brackets.filter(({from}) => from === node).sort((a, b) => b.lane - a.lane);
		return [...up, ...down];
	});
	const touches = (bracket: Bracket, node: number): number => {
		const all = touching[node] ?? [];
		return Math.round(node * (box.height + gap) + (box.height * (all.indexOf(bracket) + 1)) / (all.length + 1));
	};
	const lines = links.map((): {points: Point[]; runs: 'across'} => ({points: [], runs: 'across'}));
	for (const bracket of brackets) {
		const x = box.width + 20 + bracket.lane * laneGap;
		const [start, end] = [touches(bracket, bracket.first), touches(bracket, bracket.second)];
		lines[bracket.link] = {
			points: [
				[box.width, start],
				[x, start],
				[x, end],
				[box.width, end],
			],
			runs: 'across',
		};
	}
	const width = box.width + (lanes === 0 ? 0 : 20 + lanes * laneGap);
	return {width, height: Math.max(0, count * (box.height + gap) - gap), boxes, lines};
}
