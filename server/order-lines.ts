/**
 * An order as lines for a terminal of 80 columns: the answer, the order, what to add, then each problem with its chain, where each link is
 * and is not, and what mends it. Commands stand on lines of their own, whole or continued by a backslash, so that they can be pasted.
 */
import type {ExplainedNode, OrderExplained} from '../gate/order/explained.ts';
import type {RawFinding} from '../gate/rule.ts';
import type {Evidence} from '../gate/verdict.ts';
import {givenOf, movedOf, type OrderAnswered, orderAnswered} from '../reports/order-answer.ts';
import {allowCommand, orderCommand, whatIsRecorded, whoMayAllow} from '../reports/order-command.ts';
import {nameOfNode, ringNames, sayGroups, sayNowhere, standingLines} from '../reports/order-said.ts';
import {sayNth} from '../reports/say.ts';
import type {OrderAnswer} from './actions/explain-order.ts';
import {cutTo, line, pasted, remedyLines, width, wrapped} from './order-text.ts';

export type OrderTerminal = {
	readonly service: string;
	/** The groups that were asked about; empty: all of the service. */
	readonly groups: readonly string[];
	readonly colour: boolean;
};

const stepsMax = 300;
const problemsMax = 20;
const chainMax = 8;
const nameColumn = 32;
const groupColumn = 30;
/** A subject with less room than that stands on a line of its own. */
const subjectMin = 20;
/** So many problems are told whole; of the others the sentence and what asks for it. */
const wholeMax = 8;
const notesMax = 10;
const footersMax = 30;
const ringsMax = 5;

function stepLines(explained: OrderExplained): string[] {
	const {complete, nodes, missing, order} = explained;
	const known = new Map(nodes.map(node => [node.id, node]));
	const given = givenOf(explained);
	const shown = complete.slice(0, stepsMax);
	const names = new Map(shown.map(id => [id, nameOfStep(known.get(id), id)]));
	const column = Math.min(nameColumn, Math.max(0, ...[...names.values()].map(name => name.length)));
	const digits = String(complete.length).length;
	const elsewhere = movedOf(given, order);
	const lines = shown.flatMap((id, index) => {
		const lead = `  ${String(index + 1).padStart(digits)}  `;
		const indent = ' '.repeat(lead.length);
		const added = missing.find(one => one.id === id);
		const node = known.get(id);
		const name = names.get(id) ?? id;
		const was = elsewhere.has(id) ? `  (was ${given.indexOf(id) + 1})` : '';
		const subject = line(node?.subject ?? '');
		const room = width - lead.length - Math.max(column, name.length) - 2 - was.length;
		const groups = sayNowhere(added?.groups ?? [], node?.standings.length ?? 0);
		return [
			...(room < subjectMin
				? [
						`${lead}${cutTo(name, width - lead.length - was.length)}${was}`,
						...(subject === '' ? [] : [`${indent}${cutTo(subject, width - indent.length)}`]),
					]
				: [`${lead}${name.padEnd(column)}  ${cutTo(subject, room)}${was}`.trimEnd()]),
			...(added === undefined ? [] : wrapped(`+ to be added: not live on ${groups}`, indent)),
		];
	});
	const left = complete.length - stepsMax;
	return left > 0 ? [...lines, `  and ${left} more; --json prints them all`] : lines;
}

const nameOfStep = (node: ExplainedNode | undefined, id: string): string => line(node === undefined ? id : nameOfNode(node));

function nodeLines(node: ExplainedNode, place: number): string[] {
	const head = `${line(nameOfNode(node))}${node.subject === null ? '' : `  ${line(node.subject)}`}`;
	const where = place > 0 ? ` (given ${sayNth(place)})` : '';
	const standings = standingLines(node);
	const all = node.standings.length;
	const named = standings.map(({groups, text}) => ({groups: sayGroups(groups, all), text}));
	const column = Math.min(groupColumn, Math.max(0, ...named.map(({groups}) => groups.length)));
	return [
		...wrapped(`${head}${where}`, '     ', 9),
		...named.flatMap(({groups, text}) =>
			groups.length > column
				? [...wrapped(groups, '       '), ...wrapped(text, `         ${' '.repeat(column)}`)]
				: wrapped(text, `       ${groups.padEnd(column)}  `),
		),
	];
}

/** What a problem is about: the later change, the earlier one, and what has to be added for that one in turn. */
function chainOf(problem: RawFinding, {nodes, edges, missing}: OrderExplained): ExplainedNode[] {
	const {first, second, ring} = problem.data ?? {};
	const ids = Array.isArray(ring) ? ring.map(String) : [second, first].filter(id => typeof id === 'string');
	const toAdd = new Set(missing.map(({id}) => id));
	const wanted = new Set(ids);
	if (!Array.isArray(ring))
		for (const id of wanted)
			if (toAdd.has(id) && wanted.size < chainMax)
				for (const edge of edges) if (edge.second === id && toAdd.has(edge.first)) wanted.add(edge.first);
	const known = new Map(nodes.flatMap(node => [[node.id, node] as const, ...(node.sha === null ? [] : [[node.sha, node] as const])]));
	return [...wanted].flatMap(id => known.get(id) ?? []);
}

const labels: Readonly<Record<string, string>> = {hold: 'HOLD', unknown: 'UNKNOWN', warn: 'WARN', rollback: 'ROLL BACK', pass: 'PASS'};
const codes: Readonly<Record<string, string>> = {hold: '31', unknown: '35', warn: '33', none: '31', 'as-given': '32', 'as-printed': '33'};
const painted = (text: string, kind: string, colour: boolean): string => (colour ? `\u001b[${codes[kind] ?? '0'}m${text}\u001b[0m` : text);

/** The same said of several groups is said once. */
function joined(evidence: readonly Evidence[]): Evidence[] {
	const labels = new Map<string, string[]>();
	for (const {label, text} of evidence) labels.set(text, [...(labels.get(text) ?? []), label]);
	const stands = 'stands on it on ';
	return [...labels].map(([text, all]) => ({
		label: all.every(label => label.startsWith(stands))
			? `${stands}${sayGroups(
					all.map(label => label.slice(stands.length)),
					Number.POSITIVE_INFINITY,
				)}`
			: sayGroups(all, Number.POSITIVE_INFINITY),
		text,
	}));
}

function problemLines(problem: RawFinding, explained: OrderExplained, terminal: OrderTerminal, isWhole: boolean): string[] {
	const label = labels[problem.outcome] ?? '';
	const [head = '', ...rest] = wrapped(problem.because, `  ${label.padEnd(7)} `);
	const chain = chainOf(problem, explained);
	const names = new Set(chain.map(nameOfNode));
	const given = givenOf(explained);
	const isRing = Array.isArray(problem.data?.['ring']);
	// The chain says more of each change, and the override stands once, at the end.
	const evidence = joined((problem.evidence ?? []).filter(({label: about}) => !names.has(about) && about !== 'override'));
	const shown = isWhole ? chain.slice(0, chainMax) : [];
	const isReordered = typeof problem.remedy === 'string' && problem.remedy.startsWith('Deploy in this order:');
	return [
		`  ${painted(label, problem.outcome, terminal.colour)}${head.slice(2 + label.length)}`,
		...rest,
		...evidence.slice(0, isWhole ? 8 : 1).flatMap(({label: about, text}) => wrapped(`${about}: ${text}`, '     ', 7)),
		...shown.flatMap(node => nodeLines(node, given.indexOf(node.id) + 1)),
		...(isWhole && chain.length > chainMax ? [`     and ${chain.length - chainMax} more ${isRing ? 'in the ring' : 'behind it'}`] : []),
		...(isReordered
			? ['     mend: the order above']
			: typeof problem.remedy === 'string' && isWhole
				? remedyLines(problem.remedy, '     mend: ')
				: []),
	];
}

/** A ring and what is missing before what only stands in the wrong place; what cannot be told, and warnings, last. */
function inWeight(problems: readonly RawFinding[]): RawFinding[] {
	const weights = {rollback: 0, hold: 0, unknown: 2, warn: 3, pass: 4} as const;
	const weight = ({outcome, data}: RawFinding): number => weights[outcome] + (outcome === 'hold' && data?.['kind'] === 'order' ? 1 : 0);
	return problems.toSorted((a, b) => weight(a) - weight(b));
}

function addLines({missing, complete}: OrderExplained): string[] {
	if (missing.length === 0) return [];
	return [
		'',
		'To be added:',
		...missing
			.toSorted((a, b) => complete.indexOf(a.id) - complete.indexOf(b.id))
			.slice(0, problemsMax)
			.flatMap(({pick}) => remedyLines(pick, '  ')),
		...(missing.length > problemsMax ? [`  and ${missing.length - problemsMax} more; --json prints them all`] : []),
	];
}

const footerKinds = new Set(['near-miss', 'odd', 'unresolved', 'ambiguous', 'self', 'irrelevant']);

/** What a footer came to where that is not plain: nothing that somebody wrote is dropped in silence. */
function footerLines({footers, nodes}: OrderExplained): string[] {
	const odd = footers.filter(({status, note}) => status !== 'resolved' || note !== null);
	if (odd.length === 0) return [];
	const known = new Map(nodes.map(node => [node.id, node]));
	return [
		'',
		`Footers, ${footers.length - odd.length} plain and these:`,
		...odd
			.slice(0, footersMax)
			.flatMap(({change, line: at, text, status, note, correction}) => [
				...wrapped(`${nameOfStep(known.get(change), change)}, line ${at}: ${text}`, '  ', 4),
				...wrapped(`${status}${note === null ? '' : `: ${note}`}`, '    '),
				...(correction === null ? [] : wrapped(`write it as: ${correction}`, '    ')),
			]),
		...(odd.length > footersMax ? [`  and ${odd.length - footersMax} more; --json prints them all`] : []),
	];
}

const ridesAlong = /was not named and would ride along$/;

/** What reading noticed: a shallow clone, a commit that is not here, a path of the policy that matches nothing. What is left unsaid looks well. */
function noteLines({findings}: OrderAnswer['verdict']): string[] {
	const notes = findings.filter(({rule}) => rule === 'notes').map(({because, remedy}) => ({because, remedy}));
	// Who names some changes knows that there are others.
	const [others, telling] = [notes.filter(({because}) => ridesAlong.test(because)), notes.filter(({because}) => !ridesAlong.test(because))];
	const shown = [...telling, ...others].slice(0, notesMax);
	if (shown.length === 0) return [];
	return [
		'',
		'Noticed while reading:',
		...shown.flatMap(({because, remedy}) => [
			...wrapped(because, '  ', 2),
			...(remedy === null || ridesAlong.test(because) ? [] : wrapped(`do: ${remedy}`, '    ')),
		]),
		...(notes.length > shown.length ? [`  and ${notes.length - shown.length} more; --json prints them all`] : []),
	];
}

function overrideLines({problems}: OrderExplained, {service}: OrderTerminal): string[] {
	if (!problems.some(({outcome}) => outcome === 'hold' || outcome === 'unknown')) return [];
	return ['', ...wrapped(whoMayAllow, ''), ...pasted(allowCommand(service), 2), ...wrapped(whatIsRecorded, '  ')];
}

/** In the first line names are short: below they stand whole. */
const wholeId = /\b(?:I[0-9a-f]{40}|[0-9a-f]{40}|[0-9a-f]{64})\b/g;
const short = (id: string): string => id.slice(0, id.startsWith('I') ? 9 : 7);

/** How many links were found, also when there are none. */
function countLine({verdict, explained}: OrderAnswer): string {
	const looked = verdict.findings.find(({outcome}) => outcome === 'pass');
	if (looked !== undefined) return looked.because;
	const {length} = explained.edges;
	const changes = givenOf(explained).length;
	const open = explained.footers.filter(({status}) => status !== 'resolved' && status !== 'irrelevant').length;
	const found = `${changes} ${changes === 1 ? 'change' : 'changes'} given, ${length} ${length === 1 ? 'dependency' : 'dependencies'} found`;
	return open === 0 ? found : `${found}, ${open} ${open === 1 ? 'footer' : 'footers'} not resolved`;
}

function ringLines({rings, nodes}: OrderExplained): string[] {
	if (rings.length === 0) return [];
	const known = new Map(nodes.map(node => [node.id, node]));
	const left = rings.length - ringsMax;
	return [
		...rings
			.slice(0, ringsMax)
			.flatMap(ring => ['', ...wrapped(`Ring: ${ringNames(ring, id => nameOfStep(known.get(id), id)).join(' -> ')}`, '', 2)]),
		...(left > 0 ? [`and ${left} more rings; --json prints them all`] : []),
	];
}

/** Everything that `signalbox order` prints for people. */
export function orderLines(answer: OrderAnswer, terminal: OrderTerminal): {readonly lines: string[]; readonly answered: OrderAnswered} {
	const {explained, verdict} = answer;
	const answered = orderAnswered(explained, verdict.verdict === 'go');
	const {service, groups, colour} = terminal;
	const [head = '', ...rest] = wrapped(answered.sentence.replace(wholeId, short), '');
	const word = /^[^:.]*/.exec(head)?.[0] ?? '';
	const softened = verdict.findings.find(finding => finding.softened !== undefined)?.softened;
	// A warning about a footer stands with the footers.
	const problems = explained.problems.filter(({outcome, data}) => outcome !== 'warn' || !footerKinds.has(String(data?.['kind'])));
	const shown = inWeight(problems).slice(0, problemsMax);
	const why = answered.word === 'as-given' ? 'Also seen:' : answered.word === 'as-printed' ? 'Why not as given:' : 'Why:';
	return {
		answered,
		lines: [
			`${painted(word, answered.word, colour)}${head.slice(word.length)}`,
			...rest,
			'',
			...stepLines(explained),
			...wrapped(`${countLine(answer)}${groups.length === 0 ? '' : `; judged for ${groups.join(', ')} alone`}.`, '  '),
			...ringLines(explained),
			...addLines(explained),
			...(answered.word === 'as-printed' && explained.complete.length <= stepsMax
				? ['', 'The order to give:', ...pasted(orderCommand(service, groups, explained.complete), 2)]
				: []),
			...(shown.length === 0 ? [] : ['', why]),
			...shown.flatMap((problem, index) => [
				...(index === 0 || index > wholeMax ? [] : ['']),
				...problemLines(problem, explained, terminal, index < wholeMax),
			]),
			...(problems.length > shown.length ? [`  and ${problems.length - shown.length} more; --json prints them all`] : []),
			...footerLines(explained),
			...noteLines(verdict),
			...(softened === undefined ? [] : ['', ...wrapped(`Now it would pass: ${softened.why}.`, '')]),
			...overrideLines(explained, terminal),
		],
	};
}
