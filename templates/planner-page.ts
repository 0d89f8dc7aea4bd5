/** The order planner: what was pasted stays in its field, and above it stands the order that works, step by step, with the reasons. */
import type {Change, Instant} from '../gate/facts.ts';
import type {Finding, VerdictWord} from '../gate/verdict.ts';
import {plainText} from '../reports/plain-text.ts';
import {sayDateTime, shortSha} from '../reports/say.ts';
import {typedText} from './list-parts.ts';
import type {PlannerPage, Sentence} from './list-views.ts';
import {findingView} from './parts.ts';

export type PlannerPlan = {
	/** Ids in the order that works, with what has to be added. */
	readonly complete: readonly string[];
	readonly works: boolean;
	readonly rings: readonly (readonly string[])[];
	readonly edges: readonly {readonly first: string; readonly second: string; readonly because: string}[];
	readonly missing: readonly {readonly id: string; readonly groups: readonly string[]; readonly pick: string}[];
	readonly verdict: {readonly verdict: VerdictWord; readonly findings: readonly Finding[]};
	/** Ids of the batch as it was given. */
	readonly given: readonly string[];
	/** Those of the batch and those known beside it. */
	readonly changes: readonly Change[];
};

export type PlannerInput = {
	readonly now: Instant;
	readonly services: readonly string[];
	readonly service: string;
	readonly repository: string;
	readonly text: string;
	readonly problems: readonly string[];
	readonly unread: readonly {readonly line: number; readonly text: string; readonly why: string}[];
	readonly plan: PlannerPlan | null;
};

const footerKinds = new Set(['near-miss', 'odd', 'unresolved', 'ambiguous', 'self']);
const unreadMax = 50;
const needsMax = 12;

/** As findings call it: the last part of its repository, and seven digits. */
function nameOf(id: string, changes: ReadonlyMap<string, Change>): string {
	const change = changes.get(id);
	if (change === undefined) return plainText(id, 100);
	const short = change.sha === undefined ? (change.changeId?.slice(0, 10) ?? change.id) : shortSha(change.sha);
	return plainText(`${change.repository.split('/').at(-1) ?? change.repository} ${short}`, 140);
}

const nth = (place: number): string => {
	const ends: Readonly<Record<number, string>> = {1: 'st', 2: 'nd', 3: 'rd'};
	const teen = place % 100 > 10 && place % 100 < 14;
	return `${place}${teen ? 'th' : (ends[place % 10] ?? 'th')}`;
};

type Known = ReadonlyMap<string, Change>;

function stepsOf({complete, given, edges, missing}: PlannerPlan, changes: Known): NonNullable<PlannerPage['plan']>['steps'] {
	const inOrder = complete.filter(id => given.includes(id));
	return complete.map((id, index) => {
		const change = changes.get(id);
		const added = missing.find(one => one.id === id);
		const was = given.indexOf(id);
		const needs = edges.filter(edge => edge.second === id);
		const shown = needs.slice(0, needsMax).map(({first, because}) => plainText(`after ${nameOf(first, changes)}: ${because}`, 300));
		return {
			number: index + 1,
			name: nameOf(id, changes),
			full: plainText(change?.sha ?? change?.changeId ?? id),
			subject: plainText(change?.subject ?? '', 200),
			moved: was < 0 || inOrder.indexOf(id) === was ? null : `was ${nth(was + 1)}`,
			added:
				added === undefined
					? null
					: plainText(`to be added, since it is not live on ${added.groups.slice(0, 6).join(', ')}: ${added.pick}`, 400),
			needs: needs.length > shown.length ? [...shown, `and after ${needs.length - shown.length} more`] : shown,
		};
	});
}

function planSentence(plan: PlannerPlan): Sentence {
	const {given, complete, works, rings, missing, verdict} = plan;
	const many = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;
	if (rings.length > 0)
		return {tone: 'bad', text: `No order works: ${many(rings[0]?.length ?? 0, 'change')} wait for each other in a ring.`};
	if (!works) return {tone: 'bad', text: 'No order of these changes works.'};
	const inOrder = complete.filter(id => given.includes(id));
	const moved = given.filter((id, index) => inOrder[index] !== id).length;
	const parts = [
		...(moved > 0 ? [`${many(moved, 'change')} in another place`] : []),
		...(missing.length > 0 ? [`${missing.length} to be added`] : []),
	];
	if (parts.length > 0) return {tone: 'watch', text: `This order works: ${parts.join(', ')}.`};
	if (verdict.verdict === 'go') return {tone: 'good', text: 'The order works as it was given.'};
	const [worst] = verdict.findings;
	const word = verdict.verdict === 'blind' ? 'The order works as far as it can be seen' : 'The order works, but';
	return {
		tone: verdict.verdict === 'blind' ? 'unknown' : 'bad',
		text: plainText(worst === undefined ? `${word}.` : `${word}${verdict.verdict === 'blind' ? '; ' : ' '}${worst.because}`, 300),
	};
}

function sentenceOf({plan, problems, text, unread, services}: PlannerInput): Sentence {
	if (services.length === 0) return {tone: 'unknown', text: 'No service is configured yet, so no order can be planned.'};
	if (problems.length > 0) return {tone: 'unknown', text: plainText(problems[0] ?? 'This cannot be planned.')};
	if (plan !== null) return planSentence(plan);
	if (text.trim() !== '' && unread.length > 0) return {tone: 'unknown', text: 'No change could be read in what was pasted.'};
	return {tone: 'plain', text: 'In which order may these changes go out?'};
}

export function plannerPage(input: PlannerInput): PlannerPage {
	const {now, services, service, repository, text, problems, unread, plan} = input;
	const findings = plan === null ? [] : plan.verdict.findings.filter(({outcome}) => outcome !== 'pass');
	const isAboutFooter = ({data}: Finding): boolean => footerKinds.has(String(data?.['kind']));
	const left = unread.length - unreadMax;
	const known: Known = new Map((plan?.changes ?? []).map(change => [change.id, change]));
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
		plan:
			plan === null
				? null
				: {
						steps: stepsOf(plan, known),
						rings: plan.rings.map(ring => [...ring, ...ring.slice(0, 1)].map(id => nameOf(id, known)).join(' \u2192 ')),
						findings: findings.filter(finding => !isAboutFooter(finding)).map(findingView),
						footers: findings.filter(isAboutFooter).map(findingView),
					},
	};
}
