/** Deploys as a list: what each attempt brought, how far it came, and why it stopped there. */
import type {Instant} from '../gate/facts.ts';
import {lineDiagramText} from '../reports/line-diagram.ts';
import {plainText} from '../reports/plain-text.ts';
import {msBetween, sayDateTime, sayDuration, sayTime} from '../reports/say.ts';
import type {AttemptOutcome} from '../reports/story.ts';
import {type BoardDeploy, outcomeWords} from './board-page.ts';
import {type FieldSpec, filterView, type Neighbours, pagerView, type Typed} from './list-parts.ts';
import type {DeployRowView, DeploysPage} from './list-views.ts';
import type {Pill} from './views.ts';

export type ListedDeploy = BoardDeploy & {
	/** The watcher looks on, with evidence that is not decided. */
	readonly watching: boolean;
	/** Set for a rollback: the attempt that it takes back, `D-2015-0001/1`, or an empty text where that is not known. */
	readonly takesBack: string | null;
	readonly incident: string | null;
};

export type DeploysInput = {
	readonly now: Instant;
	readonly services: readonly string[];
	readonly typed: Typed;
	readonly problems: readonly string[];
	readonly deploys: readonly ListedDeploy[];
	readonly neighbours: Neighbours;
	/** Whether there is any deploy at all, filtered or not. */
	readonly any: boolean;
};

const pills: Readonly<Record<AttemptOutcome, Pill>> = {
	open: {tone: 'watch', letter: 'O', word: 'Going out'},
	finished: {tone: 'good', letter: 'F', word: 'Finished'},
	stopped: {tone: 'bad', letter: 'S', word: 'Stopped'},
	rolled_back: {tone: 'bad', letter: 'T', word: 'Taken back'},
	superseded: {tone: 'unknown', letter: 'N', word: 'Followed'},
	unknown: {tone: 'unknown', letter: '?', word: 'Unknown'},
};

export const outcomePill = (outcome: AttemptOutcome): Pill => pills[outcome];

const path = '/deploys';
const command = 'signalbox check --service NAME --stage before';

const fields = (services: readonly string[]): readonly FieldSpec[] => [
	{name: 'q', label: 'Search', hint: 'id, service, repository, commit, subject', wide: true},
	{name: 'service', label: 'Service', choices: services.map(name => [name, name] as const), any: 'All'},
	{name: 'outcome', label: 'Outcome', choices: Object.entries(pills).map(([value, {word}]) => [value, word] as const)},
	{name: 'since', label: 'Since', hint: '2026-03-02, or 7d'},
	{name: 'until', label: 'Until', hint: 'that day too'},
];

function noteOf({takesBack, attempt}: ListedDeploy): string | null {
	const times = attempt > 1 ? [`attempt ${attempt}`] : [];
	const back = takesBack === null ? [] : [takesBack === '' ? 'a rollback' : `takes back ${takesBack}`];
	const all = [...times, ...back];
	return all.length === 0 ? null : plainText(all.join(', '));
}

/** What stands in brackets stays on one line. */
const unbroken = (line: string): string => line.replaceAll(/\[[^\]]*\]/g, signal => signal.replaceAll(' ', '\u00A0'));

function rowOf(deploy: ListedDeploy, now: Instant): DeployRowView {
	const {verdict, closedAt, openedAt, outcome, incident} = deploy;
	const pill = outcome === 'open' && deploy.watching ? {tone: 'watch' as const, letter: 'W', word: 'Watching'} : pills[outcome];
	return {
		href: `${path}/${encodeURIComponent(deploy.id)}${deploy.attempt > 1 ? `?attempt=${deploy.attempt}` : ''}`,
		name: plainText(deploy.id),
		note: noteOf(deploy),
		service: plainText(deploy.service),
		pill,
		opened: {iso: openedAt, text: sayDateTime(openedAt)},
		long: closedAt === null ? `open for ${sayDuration(msBetween(openedAt, now))}` : sayDuration(msBetween(openedAt, closedAt)),
		sentence: plainText(verdict === null ? 'No stage was answered.' : `${verdict.stage}, ${sayTime(verdict.at)}: ${verdict.because}`, 400),
		line: unbroken(plainText(lineDiagramText(deploy.stations), 400)),
		incident: incident === null ? null : {href: `/incidents/${encodeURIComponent(incident)}`, text: plainText(incident)},
	};
}

/** What the filter means, in words: `of ores, taken back, since 2026-03-02`. */
function wordsOf({service = '', outcome = '', since = '', until = '', q = ''}: Typed): string {
	const known = Object.entries(outcomeWords).find(([word]) => word === outcome)?.[1] ?? outcome;
	const parts = [
		...(service === '' ? [] : [`of ${service}`]),
		...(outcome === '' ? [] : [known]),
		...(since === '' ? [] : [/^\d+\w+$/.test(since) ? `in the last ${since}` : `since ${since}`]),
		...(until === '' ? [] : [`until ${until}`]),
		...(q === '' ? [] : [`with “${q}”`]),
	];
	return parts.join(', ');
}

function sentenceOf({deploys, typed, problems, any, now}: DeploysInput, filtered: string): DeploysPage['sentence'] {
	if (problems.length > 0) return {tone: 'unknown', text: 'This filter cannot be used.'};
	if (!any) return {tone: 'plain', text: 'No deploy has been seen yet.'};
	const {after: _after, ...filter} = typed;
	if (Object.values(filter).some(value => value !== ''))
		return {tone: 'plain', text: plainText(deploys.length === 0 ? `No deploy ${filtered}.` : `Deploys ${filtered}`)};
	const going = deploys.filter(({closedAt}) => closedAt === null);
	const stopped = going.filter(({outcome}) => outcome === 'stopped').length;
	if (going.length > 0 && (typed['after'] ?? '') === '') {
		const out = going.length - stopped;
		const many = (count: number): string => (count === 1 ? '1 deploy is' : `${count} deploys are`);
		const parts = [...(stopped > 0 ? [`${many(stopped)} stopped and not closed`] : []), ...(out > 0 ? [`${many(out)} going out`] : [])];
		return {tone: stopped > 0 ? 'bad' : 'watch', text: `${parts.join('; ')}.`};
	}
	const [last] = deploys;
	if (last === undefined || (typed['after'] ?? '') !== '') return {tone: 'plain', text: 'Deploys'};
	return {
		tone: 'plain',
		text: plainText(
			`Nothing is going out. The last deploy was ${last.service} ${last.id}, ${sayDuration(msBetween(last.openedAt, now))} ago.`,
		),
	};
}

export function deploysPage(input: DeploysInput): DeploysPage {
	const {now, services, typed, problems, deploys, neighbours, any} = input;
	const {after: _after, ...filter} = typed;
	const filtered = wordsOf(filter);
	const teach = {
		text: 'Here will be every attempt to bring changes out: what the gate said at each stage, how far it came and what became of it. A deploy tool brings the first one by asking:',
		command,
		clear: null,
	};
	const nothing = {text: plainText(`Nothing matches ${filtered === '' ? 'here' : filtered}.`), command: null, clear: path};
	return {
		shell: {title: 'Deploys', refresh: false, madeAt: sayDateTime(now), at: 'deploys'},
		sentence: sentenceOf(input, filtered),
		filter: any || problems.length > 0 ? filterView({path, label: 'Filter deploys'}, fields(services), filter, problems) : null,
		rows: deploys.map(deploy => rowOf(deploy, now)),
		none: problems.length > 0 ? null : any ? (deploys.length === 0 ? nothing : null) : teach,
		pager: pagerView(path, filter, deploys.length, neighbours),
	};
}
