/** The board answers four questions in this order: on fire? going out, and how far? can the signals be trusted? what is owed? */
import type {Incident, Instant} from '../gate/facts.ts';
import type {VerdictWord} from '../gate/verdict.ts';
import type {Station} from '../reports/line-diagram.ts';
import {plainText} from '../reports/plain-text.ts';
import {msBetween, sayDateTime, sayDuration, sayList, sayTime} from '../reports/say.ts';
import type {AttemptOutcome} from '../reports/story.ts';
import {lineView, signalPills, timeView, verdictPill} from './parts.ts';
import type {BoardDeployView, BoardPage, Pill} from './views.ts';

export type BoardDeploy = {
	readonly id: string;
	readonly attempt: number;
	readonly service: string;
	readonly openedAt: Instant;
	readonly closedAt: Instant | null;
	readonly outcome: AttemptOutcome;
	readonly stations: readonly Station[];
	/** The last verdict, with the worst finding's because and remedy; null: not asked yet. */
	readonly verdict: {
		readonly word: VerdictWord;
		readonly undecided: boolean;
		readonly stage: string;
		readonly at: Instant;
		readonly because: string;
		readonly remedy: string | null;
	} | null;
};

export type BoardSignal = {
	readonly service: string;
	readonly name: string;
	/** Null: nobody has looked yet. */
	readonly alive: boolean | null;
	readonly why: string;
	readonly newestAt: Instant | null;
	readonly lagMs: number | null;
};

export type BoardInput = {
	readonly now: Instant;
	readonly services: readonly string[];
	/** Where the configuration was looked for, or is. */
	readonly configFile: string;
	/** The shortest configuration that works, for the page that teaches. */
	readonly exampleConfig: string;
	/** Names of the stories that `signalbox replay` can play, for the page that teaches. */
	readonly stories: readonly string[];
	/** Those that are not closed. */
	readonly incidents: readonly (Incident & {readonly service?: string})[];
	/** Landed changes that lost what they need, a row for each group. */
	readonly broken: readonly {
		readonly service: string;
		readonly group: string;
		readonly because: string;
		readonly remedy: string;
		readonly since: Instant;
	}[];
	/** Open attempts and the latest closed ones, newest first. */
	readonly deploys: readonly BoardDeploy[];
	readonly signals: readonly BoardSignal[];
	readonly owed: readonly {readonly text: string; readonly href: string | null; readonly since: Instant}[];
};

const incidentPills: Readonly<Record<Incident['status'], Pill>> = {
	suspected: {tone: 'watch', letter: 'S', word: 'Suspected'},
	open: {tone: 'bad', letter: 'O', word: 'Open'},
	mitigated: {tone: 'watch', letter: 'M', word: 'Mitigated'},
	resolved: {tone: 'good', letter: 'R', word: 'Resolved'},
	closed: {tone: 'unknown', letter: 'C', word: 'Closed'},
	not_an_incident: {tone: 'unknown', letter: 'N', word: 'Not an incident'},
};

export const incidentPill = (status: Incident['status']): Pill => incidentPills[status];

export const outcomeWords: Readonly<Record<AttemptOutcome, string>> = {
	open: 'going out',
	finished: 'finished',
	stopped: 'stopped',
	rolled_back: 'taken back',
	superseded: 'followed by another deploy',
	unknown: 'closed, outcome unknown',
};

const shownMax = 20;
const recentMax = 5;

function deployView(deploy: BoardDeploy, now: Instant): BoardDeployView {
	const {verdict} = deploy;
	const stage = verdict === null ? '' : `${verdict.stage}, ${sayTime(verdict.at)}: `;
	const openFor = sayDuration(msBetween(deploy.openedAt, now));
	const standing =
		deploy.outcome === 'open' ? `going out for ${openFor}` : `${outcomeWords[deploy.outcome]}, not closed; opened ${openFor} ago`;
	return {
		href: `/deploys/${encodeURIComponent(deploy.id)}`,
		name: plainText(deploy.attempt > 1 ? `${deploy.id}, attempt ${deploy.attempt}` : deploy.id),
		service: plainText(deploy.service),
		since: deploy.closedAt === null ? standing : `${outcomeWords[deploy.outcome]} ${sayDateTime(deploy.closedAt)}`,
		pill: verdict === null ? signalPills.none : verdictPill(verdict.word, verdict.undecided),
		sentence: plainText(verdict === null ? 'No stage has asked yet.' : `${stage}${verdict.because}`),
		remedy: verdict === null || verdict.remedy === null ? null : plainText(verdict.remedy),
		line: lineView(deploy.stations),
	};
}

/** The one line that says how things stand, and what was last when all is well. */
function sentenceOf(input: BoardInput, going: readonly BoardDeploy[]): BoardPage['sentence'] {
	const burning = input.incidents.filter(({status}) => status === 'open' || status === 'suspected');
	const dead = input.signals.filter(({alive}) => alive === false);
	const worst = going.find(({verdict}) => verdict !== null && verdict.word !== 'go');
	if (burning[0] !== undefined) {
		const more = burning.length > 1 ? `, and ${burning.length - 1} more` : '';
		return {tone: 'bad', text: plainText(`On fire: ${burning[0].title}${more}.`)};
	}
	if (input.broken[0] !== undefined) {
		const many = new Set(input.broken.map(({because}) => because)).size;
		return {tone: 'bad', text: plainText(`${input.broken[0].because}${many > 1 ? ` And ${many - 1} more like it.` : ''}`)};
	}
	if (worst?.verdict !== undefined && worst.verdict !== null) {
		const {tone, word} = verdictPill(worst.verdict.word, worst.verdict.undecided);
		return {tone, text: plainText(`${word}: ${worst.service} ${worst.id} at ${worst.verdict.stage}.`)};
	}
	if (dead.length > 0) {
		const names = dead.slice(0, 3).map(({service, name}) => `${service} ${name}`);
		return {
			tone: 'unknown',
			text: plainText(`Blind: ${sayList(names)}${dead.length > 3 ? ` and ${dead.length - 3} more` : ''} cannot be trusted.`),
		};
	}
	if (going.length > 0) {
		return {
			tone: 'good',
			text: `Going out: ${plainText(sayList(going.slice(0, 3).map(({service, id}) => `${service} ${id}`)))}; nothing stops it.`,
		};
	}
	const last = input.deploys[0];
	const was =
		last === undefined
			? 'No deploy has been seen yet.'
			: `Last was ${last.service} ${last.id}, ${outcomeWords[last.outcome]}${last.closedAt === null ? '' : ` ${sayDateTime(last.closedAt)}`}.`;
	return {tone: 'good', text: plainText(`All is quiet. ${was}`)};
}

/** What a source says of itself, as a sentence beside others. */
const whole = (text: string): string => (text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`);

/** One card for what is said alike of several groups. */
function brokenView({broken, now}: BoardInput): BoardPage['broken'] {
	const first = new Map(broken.map(row => [`${row.service} ${row.because}`, row]));
	return [...first.values()].slice(0, shownMax).map(({service, because, remedy, since}) => ({
		href: `/landed?service=${encodeURIComponent(service)}`,
		text: plainText(because),
		remedy: plainText(whole(remedy)),
		service: plainText(service),
		since: `since ${sayDateTime(since)}, ${sayDuration(msBetween(since, now))}`,
	}));
}

/** The board from plain inputs. */
export function boardPage(input: BoardInput): BoardPage {
	// One that was stopped is out as far as it came until somebody closes it or takes it back.
	const going = input.deploys.filter(({closedAt}) => closedAt === null).slice(0, shownMax);
	const recent = input.deploys.filter(({closedAt}) => closedAt !== null).slice(0, recentMax);
	const {now} = input;
	return {
		shell: {
			title: 'Board',
			refresh: going.length > 0 || input.incidents.some(({status}) => status === 'open' || status === 'suspected'),
			madeAt: sayDateTime(now),
			at: 'board',
		},
		empty:
			input.services.length === 0
				? {
						config: plainText(input.configFile),
						example: input.exampleConfig,
						replay: input.stories[0] === undefined ? null : plainText(`signalbox replay ${input.stories[0]}`),
					}
				: null,
		sentence: sentenceOf(input, going),
		incidents: input.incidents.slice(0, shownMax).map(incident => ({
			href: `/incidents/${encodeURIComponent(incident.id)}`,
			id: plainText(incident.id),
			title: plainText(incident.title),
			pill: incidentPill(incident.status),
			service: plainText(incident.service ?? ''),
			since: `since ${sayDateTime(incident.openedAt)}, ${sayDuration(msBetween(incident.openedAt, now))}`,
		})),
		broken: brokenView(input),
		going: going.map(deploy => deployView(deploy, now)),
		recent: recent.map(deploy => deployView(deploy, now)),
		signals: input.signals.slice(0, 100).map(({service, name, alive, why, newestAt, lagMs}) => ({
			service: plainText(service),
			name: plainText(name),
			pill:
				alive === null
					? {tone: 'unknown', letter: '–', word: 'Not read yet'}
					: alive
						? {tone: 'good', letter: 'A', word: 'Alive'}
						: {tone: 'unknown', letter: '?', word: 'Blind'},
			why: whole(plainText(why)),
			newest: newestAt === null ? null : timeView(newestAt),
			lag: lagMs === null ? 'lag not known' : `${sayDuration(lagMs)} behind`,
		})),
		owed: input.owed
			.slice(0, shownMax)
			.map(({text, href, since}) => ({text: plainText(text), href, since: `for ${sayDuration(msBetween(since, now))}`})),
	};
}
