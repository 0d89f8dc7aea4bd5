/** An order drawn, and the same as tables: for the planner's page and for a deploy that was held by it. */
import {orderDrawing} from '../reports/order-graph.ts';
import {kindWords, linkStateWords, nameOfNode, sayGroups, sayStanding, standingLines} from '../reports/order-said.ts';
import type {OrderToDraw} from '../reports/order-scope.ts';
import {plainText} from '../reports/plain-text.ts';
import {type SafeHtml, safeHtml} from './safe-html.ts';
import {bytes, within} from './within.ts';

export type OrderGraphView = {
	/** In words: what is drawn. */
	readonly text: string;
	/** What the numbers are, and what is not drawn. */
	readonly left: string;
	readonly wide: SafeHtml;
	/** For a narrow screen; null where the wide one is scrolled. */
	readonly narrow: SafeHtml | null;
	/** Heads of the columns that say where a change is: the groups, or one for all where they are many. */
	readonly groups: readonly string[];
	readonly rows: readonly {
		readonly name: string;
		readonly full: string;
		readonly subject: string;
		readonly cells: readonly {readonly group: string; readonly text: string}[];
	}[];
	readonly links: readonly {
		readonly first: string;
		readonly second: string;
		readonly kind: string;
		readonly state: string;
		readonly because: string;
	}[];
	/** Rows that had no room; null: none. */
	readonly more: string | null;
};

const columnsMax = 5;
/** A drawing this small has room for a second one that fits a phone. */
const twiceMax = 12;
const drawingBytes = 42_000;
const rowsBytes = 9000;
const linksBytes = 8000;
/** The markup around the words of a row. */
const rowMarkup = 160;

const many = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

function rowsOf({nodes}: OrderToDraw, ids: ReadonlySet<string>, groups: readonly string[]): OrderGraphView['rows'] {
	return nodes
		.filter(({id}) => ids.has(id))
		.map(node => ({
			name: nameOfNode(node),
			full: plainText(node.sha ?? node.changeId ?? node.id, 100),
			subject: plainText(node.subject ?? '', 120),
			cells:
				groups.length > 0
					? node.standings.map(standing => ({group: plainText(standing.group, 60), text: sayStanding(standing, node)}))
					: [
							{
								group: 'Where it is',
								text: standingLines(node)
									.map(({groups: there, text}) => `${sayGroups(there, node.standings.length, 3)}: ${text}`)
									.join('; '),
							},
						],
		}));
}

/** Null where no link is known: an order without links needs no drawing. */
export function orderGraphView(order: OrderToDraw): OrderGraphView | null {
	const drawing = orderDrawing(order, {bytesMax: drawingBytes});
	if (drawing === null) return null;
	const narrow = drawing.nodes > twiceMax ? null : orderDrawing(order, {shape: 'list', bytesMax: drawingBytes});
	const named = (order.nodes[0]?.standings ?? []).map(({group}) => plainText(group, 60));
	const groups = named.length > columnsMax ? [] : named;
	const known = new Map(order.nodes.map(node => [node.id, node]));
	const nameOf = (id: string): string => {
		const node = known.get(id);
		return node === undefined ? plainText(id, 60) : nameOfNode(node);
	};
	const allRows = rowsOf(order, new Set(order.edges.flatMap(({first, second}) => [first, second])), groups);
	const sizeOf = (value: object): number => bytes(JSON.stringify(value)) + rowMarkup;
	const rows = within(allRows, rowsBytes, sizeOf);
	const urgency = {ring: 0, broken: 1, kept: 2} as const;
	const allLinks = order.edges
		.toSorted((a, b) => urgency[a.state] - urgency[b.state])
		.map(({first, second, kind, state, because}) => ({
			...{first: nameOf(first), second: nameOf(second)},
			...{kind: kindWords[kind], state: linkStateWords[state], because: plainText(because, 200)},
		}));
	const links = within(allLinks, linksBytes, sizeOf);
	const unlisted = [
		...(allLinks.length > links.length ? [many(allLinks.length - links.length, 'link')] : []),
		...(allRows.length > rows.length ? [many(allRows.length - rows.length, 'change')] : []),
	];
	const left = [
		...(drawing.nodesLeft > 0
			? [`${many(drawing.nodesLeft, 'change')} further off, and ${many(drawing.edgesLeft, 'link')}, are not drawn.`]
			: []),
		...(drawing.nodesLeft === 0 && drawing.edgesLeft > 0 ? [`${many(drawing.edgesLeft, 'link')} more between them are not drawn.`] : []),
		'Numbers are places in the order to give.',
		...(drawing.loose > 0 ? [`${many(drawing.loose, 'change')} without a link may stand anywhere.`] : []),
	];
	return {
		text: drawing.text,
		left: left.join(' '),
		wide: safeHtml(drawing.svg),
		narrow: narrow === null ? null : safeHtml(narrow.svg),
		groups: groups.length > 0 ? groups : ['Where it is'],
		...{rows, links},
		more: unlisted.length === 0 ? null : `${unlisted.join(' and ')} more: signalbox order lists them all.`,
	};
}
