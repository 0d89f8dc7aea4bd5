/**
 * The drawing of an order, as SVG text: changes as boxes in the order in which they go out, what must come before what as lines. A kind of
 * link is told by its stroke, a broken one by a cross on it, a standing by shape and words; colour only repeats it. Colours come from the
 * page's classes and `currentColor`; there is no script and no style in it.
 */
import type {ExplainedEdge, ExplainedNode, ExplainedStanding} from '../gate/order/explained.ts';
import {type BoxSize, type Direction, layoutOrder, type Point} from './order-layout.ts';
import {layoutList} from './order-list-layout.ts';
import {kindWords, linkStateWords, nameOfNode} from './order-said.ts';
import {type OrderScope, type OrderToDraw, scopeOf} from './order-scope.ts';
import {plainText} from './plain-text.ts';
import {svgText} from './svg-text.ts';

export type OrderDrawing = {
	readonly svg: string;
	/** In words: what is drawn. */
	readonly text: string;
	readonly nodes: number;
	/** Changes with links that had no room. */
	readonly nodesLeft: number;
	readonly edgesLeft: number;
	/** Changes without any link. */
	readonly loose: number;
};

const box: BoxSize = {width: 240, height: 72};
const margin = 8;
const nameMax = 23;
const subjectMax = 31;
const standingMax = 31;
/** More are not read by anybody. */
export const drawnMax = 120;

const cut = (text: string, max: number): string => (text.length > max ? `${text.slice(0, max - 1).trimEnd()}…` : text);

/** A long repository is cut, never the digits behind it. */
function shortName(node: ExplainedNode, max: number): string {
	const name = nameOfNode(node);
	const space = name.lastIndexOf(' ');
	const digits = name.slice(space);
	return name.length <= max ? name : `${cut(name.slice(0, space), Math.max(4, max - digits.length))}${digits}`;
}

/** Defined once, used at every box. Shape and letter tell them apart. */
const marks: Readonly<Record<ExplainedStanding['state'], string>> = {
	live: '<g class="line-signal signal-go"><circle r="11"/><text class="line-letter" y="5" text-anchor="middle">L</text></g>',
	absent: '<g class="signal-none"><circle r="9.5" fill="none" stroke="currentColor" stroke-width="3"/></g>',
	reverted:
		'<g class="line-signal signal-hold"><rect x="-10" y="-10" width="20" height="20"/><text class="line-letter" y="5" text-anchor="middle">R</text></g>',
	unknown: '<g class="line-signal"><path d="M0-13L13 0L0 13L-13 0Z"/><text class="line-letter" y="5" text-anchor="middle">?</text></g>',
};
const stateWords: Readonly<Record<ExplainedStanding['state'], string>> = {
	live: 'live',
	absent: 'not live',
	reverted: 'taken back',
	unknown: 'not known',
};
const stateOrder = ['reverted', 'unknown', 'absent', 'live'] as const;

/** `not live on group2` and `live on 3`: each state with its groups by name where they fit, else by number. */
function standingParts(standings: readonly ExplainedStanding[]): {state: ExplainedStanding['state']; text: string}[] {
	const found = stateOrder.flatMap(state => {
		const groups = standings.filter(standing => standing.state === state).map(({group}) => plainText(group, 40));
		return groups.length === 0 ? [] : [{state, groups}];
	});
	const [only] = found;
	if (found.length === 1 && only !== undefined) {
		const named =
			only.groups.length === 1
				? ` on ${only.groups.join('')}`
				: only.state === 'absent'
					? ' on any group'
					: ` on all ${only.groups.length}`;
		return [{state: only.state, text: cut(`${stateWords[only.state]}${named}`, standingMax - 2)}];
	}
	const named = found.map(({state, groups}) => ({state, text: `${stateWords[state]} ${groups.join(', ')}`}));
	const length = (parts: readonly {text: string}[]): number => parts.reduce((sum, {text}) => sum + text.length + 3, 0);
	if (length(named) <= standingMax + 3) return named;
	const worst = [
		...named.slice(0, 1),
		...found.slice(1).map(({state, groups}) => ({state, text: `${stateWords[state]} ${groups.length}`})),
	];
	if (length(worst) <= standingMax + 3) return worst;
	return found.map(({state, groups}) => ({state, text: `${stateWords[state]} ${groups.length}`}));
}

const mark = (prefix: string, state: ExplainedStanding['state'], x: number, y: number): string =>
	`<use href="#${prefix}${state}" x="${x}" y="${y}"/>`;

/** About as wide as letters of that size are in the fonts that systems have. */
const widthOf = (text: string): number => Math.ceil(text.length * 6.8);

function drawBox(prefix: string, node: ExplainedNode, place: number | null, [x, y]: Point, isTroubled: boolean): string {
	let at = 18;
	const standings = standingParts(node.standings).map(({state, text}) => {
		const drawn = `${mark(prefix, state, at, 56)}<text class="line-word" x="${at + 11}" y="60">${svgText(text)}</text>`;
		at += 11 + widthOf(text) + 18;
		return drawn;
	});
	const tone = node.where === 'missing' ? 'tone-watch' : isTroubled ? 'tone-bad' : 'quiet';
	const full = `${node.repository} ${node.sha ?? node.changeId ?? node.id}${node.subject === null ? '' : `: ${node.subject}`}`;
	const second = node.where === 'missing' ? `to be added: ${node.subject ?? ''}` : (node.subject ?? '');
	return [
		`<g transform="translate(${x} ${y})"><title>${svgText(plainText(full, 160))}</title>`,
		`<use href="#${prefix}${place === null ? 'known' : node.where === 'missing' ? 'missing' : 'batch'}" class="${tone}"/>`,
		place === null ? '' : `<text class="line-word" x="19" y="21" text-anchor="middle">${place}</text>`,
		`<text class="line-stage" x="${place === null ? 12 : 36}" y="21">${svgText(shortName(node, place === null ? nameMax + 3 : nameMax))}</text>`,
		`<text class="line-word" x="12" y="40">${svgText(cut(plainText(second), subjectMax))}</text>`,
		...standings,
		'</g>',
	].join('');
}

/** The frame of a box, with a place for its number where it has one. */
function frame(strokeWidth: number, dash: string, hasNumber: boolean): string {
	const rect = `<rect class="order-box" width="${box.width}" height="${box.height}" rx="4" stroke="currentColor" stroke-width="${strokeWidth}"${dash}/>`;
	return `${rect}${hasNumber ? '<circle cx="19" cy="17" r="10" stroke="currentColor" fill="none"/>' : ''}`;
}
const frames = {batch: frame(2, '', true), missing: frame(2, ' stroke-dasharray="6 4"', true), known: frame(1, '', false)} as const;

const strokes = {needs: '', exclusive: ' stroke-dasharray="9 5"', drain: ' stroke-dasharray="2 5" stroke-linecap="round"'} as const;

/** Straight through its lanes, curved between the layers. */
function pathOf(points: readonly Point[], runs: Direction): string {
	const [start = [0, 0], ...rest] = points;
	let path = `M${start[0]} ${start[1]}`;
	let [x, y] = start;
	for (const [toX, toY] of rest) {
		const [halfX, halfY] = [Math.round((x + toX) / 2), Math.round((y + toY) / 2)];
		if (runs === 'across') path += y === toY ? `H${toX}` : `C${halfX} ${y} ${halfX} ${toY} ${toX} ${toY}`;
		else path += x === toX ? `V${toY}` : `C${x} ${halfY} ${toX} ${halfY} ${toX} ${toY}`;
		[x, y] = [toX, toY];
	}
	return path;
}

/** A head at the end of a line, pointing the way that the line came. */
function headOf(points: readonly Point[], runs: Direction): string {
	const [x, y] = points.at(-1) ?? [0, 0];
	const [fromX, fromY] = points.at(-2) ?? [0, 0];
	if (runs === 'across') return x >= fromX ? `M${x} ${y}l-9-5v10z` : `M${x} ${y}l9-5v10z`;
	return y >= fromY ? `M${x} ${y}l-5-9h10z` : `M${x} ${y}l-5 9h10z`;
}

/** Half way along: where a cross can be seen. */
function middleOf(points: readonly Point[]): Point {
	const at = Math.max(0, Math.floor((points.length - 1) / 2));
	const [a, b] = [points[at] ?? [0, 0], points[at + 1] ?? points[at] ?? [0, 0]];
	return [Math.round((a[0] + b[0]) / 2), Math.round((a[1] + b[1]) / 2)];
}

const cross = ([x, y]: Point): string =>
	`<circle class="order-box" cx="${x}" cy="${y}" r="8" stroke="currentColor" stroke-width="2"/><path d="M${x - 3} ${y - 3}l6 6m0-6l-6 6" stroke="currentColor" stroke-width="2"/>`;
const ring = ([x, y]: Point): string =>
	`<circle class="order-box" cx="${x}" cy="${y}" r="8" stroke="currentColor" stroke-width="2"/><circle cx="${x}" cy="${y}" r="3" fill="none" stroke="currentColor" stroke-width="2"/>`;

function drawLine({kind, state, because}: ExplainedEdge, said: string, points: readonly Point[], runs: Direction): string {
	const title = svgText(plainText(`${said}: ${kindWords[kind]}, ${linkStateWords[state]}; ${because}`, 160));
	return [
		`<g><title>${title}</title><path d="${pathOf(points, runs)}"${strokes[kind]}/>`,
		`<path d="${headOf(points, runs)}" fill="currentColor" stroke="none"/>`,
		state === 'broken' ? cross(middleOf(points)) : state === 'ring' ? ring(middleOf(points)) : '',
		'</g>',
	].join('');
}

/** The lines of what is kept, or of what is not. */
const drawLines = (tone: string, strokeWidth: number, lines: readonly string[]): string =>
	lines.length === 0 ? '' : `<g class="${tone}" fill="none" stroke="currentColor" stroke-width="${strokeWidth}">${lines.join('')}</g>`;

type Key = {readonly sample: string; readonly word: string};

/** What each stroke and mark stands for: only those that are drawn. */
function keysOf({nodes, edges}: OrderScope): Key[] {
	const line = (more: string): string => `<path d="M0-4H34" fill="none" stroke="currentColor" stroke-width="1.5"${more}/>`;
	const kinds = (['needs', 'exclusive', 'drain'] as const).filter(kind => edges.some(edge => edge.kind === kind));
	const states = (['broken', 'ring'] as const).filter(state => edges.some(edge => edge.state === state));
	return [
		...kinds.map(kind => ({sample: `<g class="quiet">${line(strokes[kind])}</g>`, word: kindWords[kind]})),
		...states.map(state => ({
			sample: `<g class="tone-bad">${line('')}${(state === 'broken' ? cross : ring)([17, -4])}</g>`,
			word: linkStateWords[state],
		})),
		...(nodes.some(({where}) => where === 'missing')
			? [
					{
						sample:
							'<g class="tone-watch"><rect x="1" y="-11" width="32" height="14" rx="3" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="6 4"/></g>',
						word: 'to be added',
					},
				]
			: []),
	];
}

/** The keys in rows below the drawing, as many in a row as fit. */
function drawKeys(keys: readonly Key[], width: number, top: number): {svg: string; height: number} {
	let [x, y] = [0, top + 16];
	const drawn = keys.map(({sample, word}) => {
		const room = 42 + widthOf(word) + 20;
		if (x > 0 && x + room > width) [x, y] = [0, y + 22];
		const svg = `<g transform="translate(${x} ${y})">${sample}<text class="line-word" x="42">${svgText(word)}</text></g>`;
		x += room;
		return svg;
	});
	return {svg: drawn.join(''), height: keys.length === 0 ? 0 : y - top + 10};
}

const many = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

function sayDrawing({nodes, edges}: OrderScope): string {
	const wrong = edges.filter(({state}) => state === 'broken').length;
	const rings = edges.filter(({state}) => state === 'ring').length;
	const state = [
		...(rings > 0 ? [`${many(rings, 'link')} in a ring`] : []),
		...(wrong > 0 ? [`${wrong} not kept by the order as given`] : []),
	];
	return `${many(nodes.length, 'change')} and ${many(edges.length, 'link')} between them${state.length === 0 ? ', all kept' : `: ${state.join(', ')}`}.`;
}

function drawScope(scope: OrderScope, {complete}: OrderToDraw, shape: 'layers' | 'list', widthMax: number): string {
	// Ids are the page's, and a drawing of each shape may stand on one.
	const prefix = `order-${shape}-`;
	const numberOf = new Map(scope.nodes.map(({id}, index) => [id, index]));
	const placeOf = new Map(complete.map((id, index) => [id, index + 1]));
	const links = scope.edges.map(({first, second}) => ({first: numberOf.get(first) ?? 0, second: numberOf.get(second) ?? 0}));
	const laid = shape === 'list' ? layoutList(scope.nodes.length, links, box) : layoutOrder(scope.nodes.length, links, box, widthMax);
	const troubled = new Set(
		scope.edges.filter(({state}) => state !== 'kept').flatMap(({second, first, state}) => (state === 'ring' ? [first, second] : [second])),
	);
	const nameOf = (index: number): string => {
		const node = scope.nodes[index];
		return node === undefined ? '' : nameOfNode(node);
	};
	const lines = scope.edges.flatMap((edge, index) => {
		const [line, link] = [laid.lines[index], links[index]];
		if (line === undefined || link === undefined || line.points.length < 2) return [];
		const svg = drawLine(edge, `${nameOf(link.first)} before ${nameOf(link.second)}`, line.points, line.runs);
		return [{kept: edge.state === 'kept', svg}];
	});
	const svgsOf = (kept: boolean) => lines.filter(line => line.kept === kept).map(({svg}) => svg);
	const boxes = scope.nodes.map((node, index) =>
		drawBox(prefix, node, placeOf.get(node.id) ?? null, laid.boxes[index] ?? [0, 0], troubled.has(node.id)),
	);
	const width = Math.max(laid.width, box.width);
	const keys = drawKeys(keysOf(scope), width, laid.height + 16);
	const [fullWidth, fullHeight] = [width + 2 * margin, laid.height + 16 + keys.height + 2 * margin];
	const title = 'What must come before what';
	return [
		`<svg class="line order-graph" viewBox="${-margin} ${-margin} ${fullWidth} ${fullHeight}" width="${fullWidth}" height="${fullHeight}" role="img" aria-label="${title}. ${svgText(sayDrawing(scope))}">`,
		`<title>${title}</title><desc>${svgText(`${sayDrawing(scope)} The table beside it says the same.`)}</desc>`,
		`<defs>${stateOrder.map(state => `<g id="${prefix}${state}"><g transform="scale(.6)">${marks[state]}</g></g>`).join('')}${Object.entries(
			frames,
		)
			.map(([name, svg]) => `<g id="${prefix}${name}">${svg}</g>`)
			.join('')}</defs>`,
		drawLines('quiet', 1.5, svgsOf(true)),
		drawLines('tone-bad', 2.5, svgsOf(false)),
		...boxes,
		keys.svg,
		'</svg>',
	].join('');
}

/** How many changes are tried, the most first, until the drawing is small enough. */
const tries = [drawnMax, 80, 50, 30, 16, 8] as const;

/**
 * Draws an order; null where no link is known, since then there is nothing to see. A `list` is for a narrow screen and few changes. `widthMax` in pixels is kept where the layers allow it;
 * `bytesMax` bounds the text: of a drawing that would be larger, less is drawn and the rest counted.
 */
export function orderDrawing(
	order: OrderToDraw,
	{
		shape = 'layers',
		widthMax = 1120,
		bytesMax = 48_000,
	}: {readonly shape?: 'layers' | 'list'; readonly widthMax?: number; readonly bytesMax?: number} = {},
): OrderDrawing | null {
	for (const nodesMax of tries) {
		const scope = scopeOf(order, nodesMax);
		if (scope.edges.length === 0) return null;
		const svg = drawScope(scope, order, shape, widthMax);
		if (svg.length > bytesMax && nodesMax !== tries.at(-1)) continue;
		const {nodesLeft, edgesLeft, loose} = scope;
		return {svg, text: sayDrawing(scope), nodes: scope.nodes.length, nodesLeft, edgesLeft, loose};
	}
	return null;
}
