/** The order planner: what was pasted stays in its field, and above it stands the order that works, step by step, with the reasons. */
import type {Instant} from '../gate/facts.ts';
import type {ExplainedNode, OrderExplained} from '../gate/order/explained.ts';
import type {Finding, VerdictWord} from '../gate/verdict.ts';
import {movedOf, orderAnswered} from '../reports/order-answer.ts';
import {allowCommand, orderCommand as commandWords, whatIsRecorded, whoMayAllow} from '../reports/order-command.ts';
import {nameOfNode, ringNames, sayNowhere} from '../reports/order-said.ts';
import {plainText} from '../reports/plain-text.ts';
import {sayDateTime, sayList, sayNth} from '../reports/say.ts';
import {typedText} from './list-parts.ts';
import type {PlannerPage, Sentence} from './list-views.ts';
import {orderGraphView} from './order-view.ts';
import {findingView} from './parts.ts';
import {bytes, within} from './within.ts';

export type PlannerPlan = OrderExplained & {
	readonly verdict: {readonly verdict: VerdictWord; readonly findings: readonly Finding[]};
	/** Ids of the batch as it was given. */
	readonly given: readonly string[];
};

export type PlannerInput = {
	readonly now: Instant;
	readonly services: readonly string[];
	readonly service: string;
	readonly repository: string;
	readonly text: string;
	readonly problems: readonly string[];
	readonly unread: readonly {readonly line: number; readonly text: string; readonly why: string}[];
	/** All groups of the service, and those that are judged; both empty where the service is not known. */
	readonly groups: readonly string[];
	readonly chosen: readonly string[];
	readonly plan: PlannerPlan | null;
};

const footerKinds = new Set(['near-miss', 'odd', 'unresolved', 'ambiguous', 'self']);
const unreadMax = 50;
const unreadNamed = 4;
const groupsMax = 200;
const picksMax = 30;
const ringsMax = 20;
const twoColumnsMin = 12;
/** A page stays under 100 KB with 50 changes: so much for what was found, and the markup around each finding. */
const findingsBytes = 11_000;
const findingMarkup = 420;
const needsMax = 12;

type Known = ReadonlyMap<string, ExplainedNode>;

const nameOf = (id: string, known: Known): string => {
	const node = known.get(id);
	return node === undefined ? plainText(id, 100) : nameOfNode(node);
};

function stepsOf(
	{complete, order, given, edges, missing}: PlannerPlan,
	{groups}: PlannerInput,
	known: Known,
): NonNullable<PlannerPage['plan']>['steps'] {
	const elsewhere = movedOf(given, order);
	return complete.map((id, index) => {
		const change = known.get(id);
		const added = missing.find(one => one.id === id);
		const was = given.indexOf(id);
		const needs = edges.filter(edge => edge.second === id);
		const shown = needs.slice(0, needsMax).map(({first, because}) => plainText(`after ${nameOf(first, known)}: ${because}`, 300));
		return {
			number: index + 1,
			name: nameOf(id, known),
			full: plainText(change?.sha ?? change?.changeId ?? id),
			subject: plainText(change?.subject ?? '', 200),
			moved: elsewhere.has(id) ? `was ${sayNth(was + 1)}` : null,
			added:
				added === undefined ? null : plainText(`to be added, since it is not live on ${sayNowhere(added.groups, groups.length, 6)}`, 400),
			needs: needs.length > shown.length ? [...shown, `and after ${needs.length - shown.length} more`] : shown,
		};
	});
}

const tones = {'as-given': 'good', 'as-printed': 'watch', none: 'bad', unknown: 'unknown'} as const;

/** `line 2 was not read`, `lines 2, 5, 9 and 4 more were not read`: what the order says nothing about. */
function sayUnread(unread: PlannerInput['unread']): string {
	const [only, ...others] = unread.map(({line}) => line);
	if (others.length === 0) return `line ${only} was not read`;
	const shown = unread.slice(0, unreadNamed).map(({line}) => line);
	const left = unread.length - shown.length;
	return `lines ${left > 0 ? `${shown.join(', ')} and ${left} more` : sayList(shown.map(String))} were not read`;
}

function planSentence(plan: PlannerPlan, unread: PlannerInput['unread']): Sentence {
	const {word, sentence} = orderAnswered(plan, plan.verdict.verdict === 'go');
	const isWhole = sentence === 'The order works.';
	const text = isWhole ? 'The order works as it was given.' : sentence;
	const tone = word === 'as-given' && !(isWhole && unread.length === 0) ? 'watch' : tones[word];
	return {tone, text: plainText(unread.length === 0 ? text : `${text.replace(/\.$/, '')}; ${sayUnread(unread)}.`, 400)};
}

const commandOfPick = /^(.*?):? ?(git (?:cherry-pick|revert) [0-9a-f]{7,64})$/;

/** The step that brings a change, and its command where it has one. */
function pickView({pick}: PlannerPlan['missing'][number]): NonNullable<PlannerPage['plan']>['picks'][number] {
	const [, text, command] = commandOfPick.exec(pick) ?? [];
	const said = plainText(text ?? pick, 300);
	return {text: `${said.charAt(0).toUpperCase()}${said.slice(1)}${command === undefined ? '.' : ':'}`, command: command ?? null};
}

/** In the order in which they are to go out. */
const picksOf = (plan: PlannerPlan): NonNullable<PlannerPage['plan']>['picks'] =>
	plan.missing
		.toSorted((a, b) => plan.complete.indexOf(a.id) - plan.complete.indexOf(b.id))
		.slice(0, picksMax)
		.map(pickView);

/** To paste at a checkout, where git knows more. */
function orderCommand({service, groups, chosen}: PlannerInput, ids: readonly string[]): string {
	return commandWords(service, chosen.length === groups.length ? [] : chosen, ids).join(' ');
}

/** How many links were found is said, also when there are none. */
function sayFound(plan: PlannerPlan, {groups, chosen}: PlannerInput): string {
	const looked = plan.verdict.findings.find(({outcome, rule}) => outcome === 'pass' && rule === 'patch-order');
	const {length} = plan.edges;
	const found =
		looked?.because ??
		`${plan.given.length} ${plan.given.length === 1 ? 'change' : 'changes'} given, ${length} ${length === 1 ? 'dependency' : 'dependencies'} found`;
	return plainText(`${found}${chosen.length === groups.length ? '' : `; judged for ${chosen.join(', ')} alone`}.`, 400);
}

function overrideView({problems}: PlannerPlan, service: string): NonNullable<PlannerPage['plan']>['override'] {
	if (!problems.some(({outcome}) => outcome === 'hold' || outcome === 'unknown')) return null;
	return {who: whoMayAllow, command: allowCommand(service).join(' '), recorded: whatIsRecorded};
}

function sentenceOf({plan, problems, text, unread, services}: PlannerInput): Sentence {
	if (services.length === 0) return {tone: 'unknown', text: 'No service is configured yet, so no order can be planned.'};
	if (problems.length > 0) return {tone: 'unknown', text: plainText(problems[0] ?? 'This cannot be planned.')};
	if (plan !== null) return planSentence(plan, unread);
	if (text.trim() !== '' && unread.length > 0) return {tone: 'unknown', text: 'No change could be read in what was pasted.'};
	return {tone: 'plain', text: 'In which order may these changes go out?'};
}

const isAboutFooter = ({data}: Finding): boolean => footerKinds.has(String(data?.['kind']));
/** The order stands above them all, and what to allow below them, each once. */
const withoutRepeats = (finding: Finding): Finding => ({
	...finding,
	evidence: finding.evidence.filter(({label}) => label !== 'override'),
	remedy: finding.remedy?.startsWith('Deploy in this order:') ? null : finding.remedy,
});

/** The reasons and the footers, each as many as a page holds; the rest is counted. */
function shownFindings(findings: readonly Finding[]): Pick<NonNullable<PlannerPage['plan']>, 'findings' | 'footers' | 'more'> {
	const views = (isFooter: boolean) =>
		findings
			.filter(finding => isAboutFooter(finding) === isFooter)
			.map(withoutRepeats)
			.map(findingView);
	const fitting = (isFooter: boolean) => within(views(isFooter), findingsBytes, view => bytes(JSON.stringify(view)) + findingMarkup);
	const [reasons, footers] = [fitting(false), fitting(true)];
	const left = findings.length - reasons.length - footers.length;
	return {findings: reasons, footers, more: left > 0 ? `${left} more: signalbox order prints them.` : null};
}

const headings = {
	'as-given': 'Deploy in this order',
	'as-printed': 'Deploy in this order',
	none: 'The order that comes nearest',
	unknown: 'The order, as far as it can be seen',
} as const;

const whyWords = {'as-given': 'Also seen', 'as-printed': 'Why not as given', none: 'Why', unknown: 'Why'} as const;

export function plannerPage(input: PlannerInput): PlannerPage {
	const {now, services, service, repository, text, problems, unread, plan} = input;
	const findings = plan === null ? [] : plan.verdict.findings.filter(({outcome}) => outcome !== 'pass');
	const left = unread.length - unreadMax;
	const known: Known = new Map((plan?.nodes ?? []).map(node => [node.id, node]));
	return {
		shell: {title: 'Order', refresh: false, madeAt: sayDateTime(now), at: 'order'},
		sentence: sentenceOf(input),
		services: services.map(name => ({value: typedText(name), text: plainText(name), selected: name === service})),
		repository: typedText(repository),
		text: text.replaceAll(/[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD'),
		problems: problems.slice(1).map(problem => plainText(problem)),
		unread: [
			...unread.slice(0, unreadMax).map(({line, text: said, why}) => plainText(`Line ${line}, “${said}”: ${why}.`, 400)),
			...(left > 0 ? [`${left} more lines were not read.`] : []),
		],
		groups: input.groups
			.slice(0, groupsMax)
			.map(group => ({value: typedText(group), text: plainText(group, 60), checked: input.chosen.includes(group)})),
		groupsOf: typedText(service),
		plan:
			plan === null
				? null
				: {
						heading: headings[orderAnswered(plan, plan.verdict.verdict === 'go').word],
						why: whyWords[orderAnswered(plan, plan.verdict.verdict === 'go').word],
						many: plan.complete.length > twoColumnsMin,
						found: sayFound(plan, input),
						picks: picksOf(plan),
						command: plan.works ? orderCommand(input, plan.complete) : null,
						graph: orderGraphView(plan),
						override: overrideView(plan, service),
						steps: stepsOf(plan, input, known),
						rings: plan.rings.slice(0, ringsMax).map(ring => ringNames(ring, id => nameOf(id, known)).join(' \u2192 ')),
						...shownFindings(findings),
					},
	};
}
