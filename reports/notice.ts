/** Which event is worth a notice, and in which words. Where it goes and how it is sent is decided elsewhere. */
import type {Incident, Instant} from '../gate/facts.ts';
import type {NewEvent} from './events.ts';
import {plainText} from './plain-text.ts';

/** What a notice may be about: the words of `about` in the configuration. */
export const noticeKinds = [
	...([
		'incident_opened',
		'incident_changed',
		'rollback',
		'hold',
		'blind',
		'override',
		'landed_broken',
		'draft_ready',
		'action_item',
	] as const),
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

/** What is told where nobody said what: holds and blind answers come as often as a hook asks, so they are asked for. */
export const usualNoticeKinds: readonly NoticeKind[] = [
	'incident_opened',
	'incident_changed',
	'rollback',
	'override',
	'landed_broken',
	'draft_ready',
];

/** The words of one notice, finished but not yet escaped for where they go. */
export type NoticeWords = {
	readonly about: NoticeKind;
	/** The subject of a mail, without the name of the program. */
	readonly subject: string;
	/** What is the case, in one line that could be read aloud. */
	readonly sentence: string;
	/** What to do about it: a command, or null. */
	readonly remedy: string | null;
	/** Where to read on, as a path of the service. */
	readonly path: string;
	readonly at: Instant;
	/** The timeline's head when it was written: `verify --head` holds it against the chain later. */
	readonly head: string;
};

/** The incident as the transaction of the event leaves it. */
export type NoticeIncident = Pick<Incident, 'id' | 'title' | 'status'>;

type Said = Pick<NewEvent, 'kind' | 'source' | 'text' | 'data' | 'service' | 'deploy' | 'attempt' | 'incident' | 'happenedAt'>;

const subjectMax = 180;
const sentenceMax = 1000;
const remedyMax = 500;
const oldestMs = 24 * 60 * 60 * 1000;
const ended: readonly unknown[] = ['resolved', 'closed'];

/** What an event is about; null where nobody is told. */
export function noticeKindOf({kind, source, data, incident}: Said): NoticeKind | null {
	// A log that is read in afterwards tells what was, and people knew it then.
	if (source === 'sal_import') return null;
	if (kind === 'incident_opened') return 'incident_opened';
	if (kind === 'incident_changed') return ended.includes(data['status']) ? 'draft_ready' : 'incident_changed';
	if (kind === 'rollback_started' || kind === 'rollback_failed' || kind === 'rollback_finished') return 'rollback';
	if (kind === 'gate_failed') return data['verdict'] === 'rollback' ? 'rollback' : 'hold';
	if (kind === 'gate_no_data') return 'blind';
	if (kind === 'gate_overridden') return 'override';
	if (kind === 'landed_broken' || kind === 'landed_mended') return 'landed_broken';
	// The draft can say when it was over only once the signals have shown it.
	if (kind === 'impact_end' && incident !== null) return 'draft_ready';
	if (kind === 'follow_up' && data['tracker'] !== undefined) return 'action_item';
	return null;
}

/** Whether a target that asks for these kinds is told of it: a change to resolved is a change, and makes the draft ready. */
export const isAskedFor = (kind: NoticeKind, event: Said, kinds: ReadonlySet<NoticeKind>): boolean =>
	kinds.has(kind) || (event.kind === 'incident_changed' && kinds.has('incident_changed'));

/** Events that were spooled for long, or come from an old log, are history and no news. */
export const isNews = ({happenedAt}: Said, now: Instant): boolean => Date.parse(now) - Date.parse(happenedAt) < oldestMs;

const words = (status: string): string => status.replaceAll('_', ' ');
const command = (event: Said, rest: string): string => `signalbox ${rest}${event.service === null ? '' : ` --service ${event.service}`}`;

function pathOf({kind, incident, deploy, service}: Said): string {
	if (incident !== null) return `/incidents/${encodeURIComponent(incident)}`;
	if (kind === 'landed_broken' || kind === 'landed_mended')
		return `/landed${service === null ? '' : `?service=${encodeURIComponent(service)}`}`;
	return deploy === null ? '/' : `/deploys/${encodeURIComponent(deploy)}`;
}

const deployName = ({service, deploy, attempt}: Said): string =>
	[service, deploy === null ? null : attempt === null ? deploy : `${deploy}/${attempt}`].filter(name => name !== null).join(' ');

function subjectOf(kind: NoticeKind, event: Said, incident: NoticeIncident | null): string {
	if (kind === 'draft_ready' && incident !== null) return `${incident.id} draft ready: ${incident.title}`;
	if (incident !== null && (kind === 'incident_opened' || kind === 'incident_changed'))
		return `${incident.id} ${words(incident.status)}: ${incident.title}`;
	if (kind === 'rollback') {
		const said = event.kind === 'gate_failed' ? 'roll back' : event.kind.replace('_', ' ');
		return incident === null ? `${deployName(event)}: ${said}` : `${incident.id} ${said}: ${deployName(event)}`;
	}
	if (kind === 'hold' || kind === 'blind') return `${deployName(event)}: ${kind}`;
	if (kind === 'override') return `${deployName(event) || 'a deploy'}: the gate was overridden`;
	if (kind === 'landed_broken')
		return `${event.service ?? 'a service'}: ${event.kind === 'landed_mended' ? 'a landed change stands again' : 'a landed change lost what it needs'}`;
	return event.text;
}

function remedyOf(kind: NoticeKind, event: Said, incident: NoticeIncident | null): string | null {
	const said = event.data['remedy'];
	if (typeof said === 'string' && said !== '') return said;
	if (kind === 'incident_opened' && incident?.status === 'open' && event.deploy !== null) return command(event, 'rollback --plan');
	if (event.kind === 'rollback_failed') return command(event, 'rollback --plan');
	if (kind === 'draft_ready' && incident !== null) return `signalbox report ${incident.id}`;
	return null;
}

function sentenceOf(kind: NoticeKind, event: Said, incident: NoticeIncident | null): string {
	const service = event.service === null ? '' : `${event.service}: `;
	if (kind === 'draft_ready' && incident !== null) return `${service}${event.text}. The draft of ${incident.id} is ready to be corrected.`;
	return `${service}${event.text}`;
}

/** The words for an event, or null where nobody is told of it. Everything from outside is one line of plain text afterwards. */
export function noticeOf(event: Said, incident: NoticeIncident | null, head: string): NoticeWords | null {
	const about = noticeKindOf(event);
	if (about === null) return null;
	const remedy = remedyOf(about, event, incident);
	return {
		about,
		subject: plainText(subjectOf(about, event, incident), subjectMax),
		sentence: plainText(sentenceOf(about, event, incident), sentenceMax),
		remedy: remedy === null ? null : plainText(remedy, remedyMax),
		path: pathOf(event),
		at: event.happenedAt,
		head,
	};
}

/** More notices than this that wait for one target are folded into one. */
export const foldedOver = 10;

/** What is sent as one: the notices of one transaction, or all that wait where they are many. */
export type Message = {
	readonly subject: string;
	/** Sentences, the most important first. */
	readonly sentences: readonly string[];
	/** How many more there are that are not named. */
	readonly unnamed: number;
	readonly remedy: string | null;
	readonly path: string;
	readonly head: string;
};

const importance = (kind: NoticeKind): number => noticeKinds.indexOf(kind);

/** One message of several notices: in one transaction the incident says it best; when many waited, each is named in its order. */
export function messageOf(notices: readonly NoticeWords[]): Message | null {
	const sorted = notices.length > foldedOver ? notices : [...notices].sort((a, b) => importance(a.about) - importance(b.about));
	const [first] = sorted;
	if (!first) return null;
	const head = notices.at(-1)?.head ?? first.head;
	if (notices.length > foldedOver) {
		const named = sorted.slice(0, foldedOver).map(({at, sentence}) => `${at.slice(0, 16).replace('T', ' ')} ${sentence}`);
		const {length} = notices;
		return {subject: `${length} notices that waited`, sentences: named, unnamed: length - named.length, remedy: null, path: '/', head};
	}
	const sentences = [...new Set(sorted.map(({sentence}) => sentence))];
	return {
		...{subject: first.subject, sentences, unnamed: 0, path: first.path, head},
		remedy: sorted.find(({remedy}) => remedy !== null)?.remedy ?? null,
	};
}
