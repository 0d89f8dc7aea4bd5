/** The drawing of an order: boxes apart, lines from box to box, the same each time, and no larger than a page can hold. */
import test from 'ava';
import fc from 'fast-check';
import type {ExplainedEdge, ExplainedNode} from '../../gate/order/explained.ts';
import {drawnMax, orderDrawing} from '../../reports/order-graph.ts';
import {layoutOrder, type Point} from '../../reports/order-layout.ts';
import {layoutList} from '../../reports/order-list-layout.ts';
import {type OrderToDraw, scopeOf} from '../../reports/order-scope.ts';
import {explainedFifty, explainedFive} from '../helpers/order-samples.ts';

const box = {width: 240, height: 72};

const graphs = fc.integer({min: 1, max: 40}).chain(count =>
	fc.record({
		count: fc.constant(count),
		links: fc.array(fc.record({first: fc.nat({max: count - 1}), second: fc.nat({max: count - 1})}), {maxLength: 90}),
		widthMax: fc.constantFrom(340, 1120),
	}),
);

const isOnEdge = ([x, y]: Point, [left, top]: Point): boolean => {
	const [right, bottom] = [left + box.width, top + box.height];
	const inside = x >= left && x <= right && y >= top && y <= bottom;
	return inside && (x === left || x === right || y === top || y === bottom);
};

test('boxes never overlap and none is outside, whatever the links, with rings and links given twice', t => {
	fc.assert(
		fc.property(graphs, ({count, links, widthMax}) => {
			const {boxes, width, height} = layoutOrder(count, links, box, widthMax);
			t.is(boxes.length, count);
			for (const [index, [x, y]] of boxes.entries()) {
				if (x < 0 || y < 0 || x + box.width > width || y + box.height > height) t.fail(`${index} is outside`);
				for (const [otherX, otherY] of boxes.slice(index + 1)) {
					const apart = Math.abs(x - otherX) >= box.width + 8 || Math.abs(y - otherY) >= box.height + 8;
					if (!apart) t.fail(`${index} overlaps ${JSON.stringify([otherX, otherY])}`);
				}
			}
		}),
		{numRuns: 300},
	);
});

test('every line begins at the box of the first and ends at the box of the second; one to itself is not drawn', t => {
	fc.assert(
		fc.property(graphs, ({count, links, widthMax}) => {
			const {boxes, lines} = layoutOrder(count, links, box, widthMax);
			for (const [index, {first, second}] of links.entries()) {
				const points = lines[index]?.points ?? [];
				if (first === second) {
					t.deepEqual(points, []);
					continue;
				}
				const [start, end] = [points[0], points.at(-1)];
				if (start === undefined || end === undefined) return t.fail('there is no line');
				t.true(isOnEdge(start, boxes[first] ?? [0, 0]), 'it begins at its box');
				t.true(isOnEdge(end, boxes[second] ?? [0, 0]), 'it ends at its box');
			}
		}),
		{numRuns: 200},
	);
});

test('a line runs behind no box: where it passes a layer it has a lane of its own', t => {
	fc.assert(
		fc.property(graphs, ({count, links, widthMax}) => {
			const {boxes, lines} = layoutOrder(count, links, box, widthMax);
			for (const {points} of lines) {
				// Between its ends a line turns only at the edges of lanes: none of those may lie within a box.
				for (const [x, y] of points.slice(1, -1))
					for (const [left, top] of boxes)
						if (x > left && x < left + box.width && y > top && y < top + box.height) t.fail(`${x} ${y} lies in a box`);
			}
			t.is(lines.length, links.length);
		}),
		{numRuns: 200},
	);
});

test('who comes first stands to the left, or above: a link without a ring never leads back', t => {
	fc.assert(
		fc.property(graphs, ({count, links, widthMax}) => {
			const forward = links.filter(({first, second}) => first < second);
			const {boxes, lines} = layoutOrder(count, forward, box, widthMax);
			for (const [index, {first, second}] of forward.entries()) {
				const axis = lines[index]?.runs === 'across' ? 0 : 1;
				t.true((boxes[first]?.[axis] ?? 0) < (boxes[second]?.[axis] ?? 0));
			}
		}),
		{numRuns: 200},
	);
});

test('for a narrow screen all stand below each other, with brackets that overlap neither boxes nor one another', t => {
	fc.assert(
		fc.property(graphs, ({count, links}) => {
			const {boxes, lines, width} = layoutList(count, links, box);
			for (const [index, [x, y]] of boxes.entries()) t.true(x === 0 && y >= (boxes[index - 1]?.[1] ?? -100) + box.height + 8);
			const uprights: {x: number; from: number; to: number}[] = [];
			for (const [index, {first, second}] of links.entries()) {
				const points = lines[index]?.points ?? [];
				if (first === second) {
					t.deepEqual(points, []);
					continue;
				}
				const [start, turn, , end] = points;
				if (start === undefined || turn === undefined || end === undefined) return t.fail('there is no line');
				t.true(isOnEdge(start, boxes[first] ?? [0, 0]) && isOnEdge(end, boxes[second] ?? [0, 0]));
				t.true(turn[0] > box.width && turn[0] <= width);
				uprights.push({x: turn[0], from: Math.min(start[1], end[1]), to: Math.max(start[1], end[1])});
			}
			for (const [index, one] of uprights.entries())
				for (const other of uprights.slice(index + 1))
					if (one.x === other.x && one.from < other.to && other.from < one.to) t.fail('two brackets lie on each other');
		}),
		{numRuns: 200},
	);
});

const node = (index: number): ExplainedNode => ({
	...{id: `n${index}`, repository: `extensions/Part${index % 9}`, branch: 'master', changeId: null, where: 'batch'},
	...{sha: index.toString(16).padStart(40, 'a'), subject: `Change ${index} <&> "quoted"`},
	standings: ['group0', 'group1', 'group2'].map(group => ({group, state: 'absent', since: null, by: null})),
});
const edge = (first: number, second: number, more: Partial<ExplainedEdge> = {}): ExplainedEdge => ({
	...{kind: 'needs', first: `n${first}`, second: `n${second}`, because: 'Depends-On, line 3', from: 'footer', state: 'kept'},
	...more,
});
const orderOf = (count: number, edges: readonly ExplainedEdge[]): OrderToDraw => ({
	complete: Array.from({length: count}, (_, index) => `n${index}`),
	nodes: Array.from({length: count}, (_, index) => node(index)),
	edges,
});

test('the same order gives the same drawing, byte for byte', t => {
	for (const explained of [explainedFive, explainedFifty]) t.deepEqual(orderDrawing(explained), orderDrawing(structuredClone(explained)));
});

test('without a link there is nothing to draw', t => {
	t.is(orderDrawing(orderOf(5, [])), null);
	t.is(orderDrawing(orderOf(5, [edge(2, 2)])), null);
	t.is(orderDrawing(orderOf(5, [{...edge(0, 1), second: 'somebody else'}])), null);
});

test('of five, those with links are drawn, and what is wrong is said in words', t => {
	const drawing = orderDrawing(explainedFive);
	t.is(drawing?.text, '4 changes and 2 links between them: 2 not kept by the order as given.');
	t.is(drawing?.loose, 2);
	t.true((drawing?.svg.length ?? 0) < 8000);
});

test('of fifty, all that have links are drawn, in less than half of what a page may hold', t => {
	const drawing = orderDrawing(explainedFifty);
	t.is(drawing?.nodesLeft, 0);
	t.is(drawing?.nodes, 43);
	t.true((drawing?.svg.length ?? 0) < 42_000, `${drawing?.svg.length} bytes`);
});

test('a long chain is drawn down, so that it is no wider than a phone', t => {
	const chain = orderOf(
		30,
		Array.from({length: 29}, (_, index) => edge(index, index + 1)),
	);
	t.regex(orderDrawing(chain)?.svg ?? '', /viewBox="-8 -8 256 /);
	const short = orderOf(4, [edge(0, 1), edge(1, 2), edge(2, 3)]);
	t.regex(orderDrawing(short)?.svg ?? '', /viewBox="-8 -8 1120 /);
	t.regex(orderDrawing(short, {widthMax: 340})?.svg ?? '', /viewBox="-8 -8 256 /);
});

test('of thousands, what is around the trouble is drawn, and the rest is counted', t => {
	const many = orderOf(
		2000,
		Array.from({length: 1000}, (_, index) => edge(index * 2, index * 2 + 1, index === 700 ? {state: 'broken'} : {})),
	);
	const {nodes, edges, nodesLeft, edgesLeft} = scopeOf(many, drawnMax);
	t.is(nodes.length, drawnMax);
	t.true(nodes.some(({id}) => id === 'n1400'));
	t.is(nodesLeft, 2000 - drawnMax);
	t.is(edges.length + edgesLeft, 1000);
	const drawing = orderDrawing(many, {bytesMax: 30_000});
	t.true((drawing?.svg.length ?? Number.POSITIVE_INFINITY) < 30_000);
	t.is((drawing?.nodes ?? 0) + (drawing?.nodesLeft ?? 0), 2000);
	t.regex(drawing?.svg ?? '', /n1400|Part5/);
});

test('the size stays bounded however the links lie', t => {
	fc.assert(
		fc.property(fc.integer({min: 2, max: 300}), fc.array(fc.tuple(fc.nat(), fc.nat()), {minLength: 1, maxLength: 600}), (count, pairs) => {
			const order = orderOf(
				count,
				pairs.map(([first, second]) => edge(first % count, second % count)),
			);
			const drawing = orderDrawing(order, {bytesMax: 42_000});
			t.true(drawing === null || drawing.svg.length <= 42_000, `${drawing?.svg.length} bytes`);
		}),
		{numRuns: 60},
	);
});

test('kinds are told by strokes, what is not kept by a cross, a ring by a circle; each with its key', t => {
	const svg =
		orderDrawing(
			orderOf(6, [
				edge(0, 1),
				edge(1, 2, {kind: 'exclusive', state: 'broken'}),
				edge(2, 3, {kind: 'drain'}),
				edge(4, 5, {state: 'ring'}),
				edge(5, 4, {state: 'ring'}),
			]),
		)?.svg ?? '';
	for (const word of ['needs', 'only one owner', 'last reader first', 'not kept', 'in a ring'])
		t.true(svg.includes(`>${word}</text>`), word);
	t.regex(svg, /stroke-dasharray="9 5"/);
	t.regex(svg, /stroke-dasharray="2 5"/);
	const plain = orderDrawing(orderOf(2, [edge(0, 1)]))?.svg ?? '';
	t.notRegex(plain, /stroke-dasharray="9 5"|not kept|in a ring/);
});

test('names and subjects from outside are escaped, and a drawing has a title, a description and no style', t => {
	const svg = orderDrawing(orderOf(2, [edge(0, 1)]))?.svg ?? '';
	t.regex(svg, /^<svg class="line order-graph" [^>]*role="img" aria-label="What must come before what\. 2 changes and 1 link/);
	t.regex(svg, /<title>What must come before what<\/title><desc>[^<]+<\/desc>/);
	t.true(svg.includes('Change 0 &lt;&amp;&gt; &quot;quoted&quot;'));
	t.notRegex(svg, /<style|\sstyle=|<script|<&>/);
});

test('a standing is said by group where the names fit, and by number where they do not', t => {
	const standing = (group: string, state: 'live' | 'absent' | 'reverted' | 'unknown') => ({group, state, since: null, by: null});
	const drawn = (standings: ExplainedNode['standings']): string => {
		const order = orderOf(2, [edge(0, 1)]);
		return orderDrawing({...order, nodes: order.nodes.map(each => ({...each, standings}))})?.svg ?? '';
	};
	t.true(drawn([standing('east', 'live'), standing('west', 'absent')]).includes('>not live west</text>'));
	t.true(drawn(['a', 'b', 'c'].map(group => standing(group, 'live'))).includes('>live on all 3</text>'));
	t.true(drawn([standing('east', 'reverted')]).includes('>taken back on east</text>'));
	const many = Array.from({length: 12}, (_, index) => standing(`datacentre-${index}`, index < 5 ? 'absent' : 'live'));
	t.true(drawn(many).includes('>not live 5</text>'));
	t.true(drawn(many).includes('>live 7</text>'));
});

test('several reasons for one link are one line', t => {
	const [edge] = explainedFive.edges;
	if (edge === undefined) return t.fail('the five have a link');
	const twice = {...explainedFive, edges: [...explainedFive.edges, {...edge, because: 'a name says so too'}]};
	t.is(scopeOf(twice, drawnMax).edges.length, scopeOf(explainedFive, drawnMax).edges.length);
	t.is(scopeOf(twice, drawnMax).edgesLeft, 0);
});
