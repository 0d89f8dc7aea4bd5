/** The page of notices: who is told what, what is on its way, what could not be delivered and why. */
import type {Instant} from '../gate/facts.ts';
import {plainText} from '../reports/plain-text.ts';
import {sayCount, sayDate, sayDateTime, sayList, sayTime} from '../reports/say.ts';
import type {NoticesPage} from './notice-views.ts';
import {timeView} from './parts.ts';
import type {Pill} from './views.ts';

type State = 'waiting' | 'sent' | 'failed' | 'given_up';

export type NoticesInput = {
	readonly now: Instant;
	/** `oncall`, `webhook`, …: as configured, and how each stands. */
	readonly targets: readonly {
		readonly name: string;
		/** `a webhook`, or `mail to oncall@example.org`; null: the configuration has it no more. */
		readonly where: string | null;
		readonly about: readonly string[];
		readonly services: readonly string[] | null;
		readonly waiting: number;
		readonly failed: number;
		readonly reason: string | null;
	}[];
	/** Newest first. */
	readonly notices: readonly {
		readonly id: string;
		readonly target: string;
		readonly madeAt: Instant;
		/** Null: redacted. */
		readonly text: string | null;
		readonly href: string | null;
		readonly state: State;
		readonly attempts: number;
		readonly dueAt: Instant;
		readonly endedAt: Instant | null;
		readonly reason: string | null;
	}[];
	readonly state: State | null;
	/** Cursor of the next page; null on the last one. */
	readonly next: string | null;
};

const pills: Readonly<Record<State, Pill>> = {
	waiting: {tone: 'watch', letter: 'W', word: 'Waiting'},
	sent: {tone: 'good', letter: 'S', word: 'Sent'},
	failed: {tone: 'bad', letter: 'F', word: 'Failed'},
	given_up: {tone: 'unknown', letter: '–', word: 'Given up'},
};

const states: readonly State[] = ['failed', 'waiting', 'sent', 'given_up'];
const example = `notices:
  oncall-chat:
    webhook: {url_file: /etc/signalbox/oncall-chat.url}
  oncall-mail:
    smtp: {host: mail.example.org, from: signalbox@example.org, to: [oncall@example.org]}
`;

const counted = (count: number, one: string): string => `${sayCount(count)} ${count === 1 ? one : `${one}s`}`;

function sentenceOf({targets}: NoticesInput): NoticesPage['sentence'] {
	const failed = targets.filter(target => target.failed > 0);
	const waiting = targets.filter(target => target.waiting > 0);
	const sum = (key: 'failed' | 'waiting') => targets.reduce((total, target) => total + target[key], 0);
	const names = (some: typeof targets) => plainText(sayList(some.slice(0, 5).map(({name}) => name)));
	if (failed.length > 0) return {tone: 'bad', text: `${counted(sum('failed'), 'notice')} could not be delivered to ${names(failed)}.`};
	const stuck = waiting.filter(({reason}) => reason !== null);
	if (stuck.length > 0) return {tone: 'watch', text: `${counted(sum('waiting'), 'notice')} wait for ${names(stuck)}, and are tried again.`};
	if (waiting.length > 0) return {tone: 'watch', text: `${counted(sum('waiting'), 'notice')} on the way.`};
	return {tone: 'good', text: 'Everything that was to be told was delivered.'};
}

function targetView(target: NoticesInput['targets'][number]): NoticesPage['targets'][number] {
	const state = target.failed > 0 ? 'failed' : target.waiting > 0 ? 'waiting' : 'sent';
	const about = plainText(sayList(target.about.map(kind => kind.replaceAll('_', ' '))));
	const parts = [
		target.waiting > 0 ? `${sayCount(target.waiting)} waiting` : '',
		target.failed > 0 ? `${sayCount(target.failed)} failed` : '',
	];
	return {
		name: plainText(target.name),
		pill: target.waiting + target.failed === 0 ? {tone: 'good', letter: 'R', word: 'Reached'} : pills[state],
		where: target.where === null ? 'not in the configuration any more' : plainText(target.where),
		about: target.where === null ? '' : `${about}${target.services === null ? '' : `, of ${plainText(sayList(target.services))}`}`,
		standing: parts.filter(part => part !== '').join(', '),
		reason: target.reason === null ? null : plainText(target.reason),
	};
}

function standingOf({state, attempts, dueAt, endedAt}: NoticesInput['notices'][number]): string {
	const tried = attempts === 0 ? 'not tried yet' : `tried ${attempts === 1 ? 'once' : `${attempts} times`}`;
	if (state === 'waiting') return `${tried}, next ${sayDate(dueAt)} ${sayTime(dueAt)}`;
	return `${tried}${endedAt === null ? '' : `, ${pills[state].word.toLowerCase()} ${sayDate(endedAt)} ${sayTime(endedAt)}`}`;
}

export function noticesPage(input: NoticesInput): NoticesPage {
	const isEmpty = input.targets.length === 0;
	const query = (more: Readonly<Record<string, string>>): string => {
		const parameters = new URLSearchParams(more).toString();
		return `/notices${parameters === '' ? '' : `?${parameters}`}`;
	};
	const at = (id: string, what: string): string => `/notices/${encodeURIComponent(id)}/${what}`;
	return {
		shell: {title: 'Notices', refresh: false, madeAt: sayDateTime(input.now), at: 'notices'},
		sentence: sentenceOf(input),
		empty: isEmpty ? {example} : null,
		targets: input.targets.map(targetView),
		notices: input.notices.map(notice => ({
			...{id: plainText(notice.id), pill: pills[notice.state], target: plainText(notice.target), time: timeView(notice.madeAt)},
			date: sayDate(notice.madeAt),
			text: notice.text === null ? 'What it told of was redacted.' : plainText(notice.text),
			href: notice.href,
			standing: standingOf(notice),
			reason: notice.reason === null ? null : plainText(notice.reason),
			again: notice.state === 'sent' ? null : at(notice.id, 'attempts'),
			giveUp: notice.state === 'failed' || notice.state === 'waiting' ? at(notice.id, 'surrenders') : null,
		})),
		filters: isEmpty
			? []
			: [
					{href: query({}), text: 'All', current: input.state === null},
					...states.map(state => ({href: query({state}), text: pills[state].word, current: input.state === state})),
				],
		older: input.next === null ? null : query({...(input.state === null ? {} : {state: input.state}), after: input.next}),
	};
}
