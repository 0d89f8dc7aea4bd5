/** The forms of a deploy and an incident, with what was typed where they come back. */
import type {Incident, Instant} from '../gate/facts.ts';
import {plainText} from '../reports/plain-text.ts';
import {sayDate} from '../reports/say.ts';
import type {ActField, ActForm, ActOption, DeployAct, IncidentAct} from './act-views.ts';
import {typedText} from './list-parts.ts';

/** A form that comes back: which one, what was typed, and what is wrong, by field; `form` is the whole. */
export type PostedAct = {
	readonly form: string;
	readonly typed: Readonly<Record<string, string>>;
	readonly problems: Readonly<Record<string, string>>;
};

const field = (posted: PostedAct | null, name: string): ActField => ({
	// Lines stay lines in what comes back.
	value: (posted?.typed[name] ?? '').split('\n').map(typedText).join('\n'),
	problem: posted?.problems[name] === undefined ? null : plainText(posted.problems[name]),
});

/** What is wrong with fields that the form does not show, such as its key, is said of the whole. */
function formOf(posted: PostedAct | null, {action, key, fields}: {action: string; key: string; fields: readonly string[]}): ActForm {
	const other = Object.entries(posted?.problems ?? {}).find(([name]) => !fields.includes(name));
	return {action, key, open: posted !== null, problem: other === undefined ? null : plainText(other[1])};
}

const option = (value: string, text: string, chosen: string): ActOption => ({
	value: typedText(value),
	text: plainText(text),
	selected: value === chosen,
});

export type DeployActInput = {
	readonly deploy: string;
	/** Made anew for each page. */
	readonly key: string;
	/** Names of the rules of the service's policy. */
	readonly rules: readonly string[];
	/** Whether the page reloads by itself. */
	readonly reloads: boolean;
	readonly posted: PostedAct | null;
};

export function deployAct({deploy, key, rules, reloads, posted}: DeployActInput): DeployAct {
	const path = `/deploys/${encodeURIComponent(deploy)}`;
	const allow = posted?.form === 'allow' ? posted : null;
	const close = posted?.form === 'close' ? posted : null;
	const rule = allow?.typed['rule'] ?? '';
	return {
		link: reloads ? `${path}?still=1#act` : null,
		allow: {
			...formOf(allow, {action: `${path}/allow`, key: `${key}-a`, fields: ['reason']}),
			rules: [option('', 'Every rule', rule), ...rules.map(name => option(name, name, rule))],
			reason: field(allow, 'reason'),
		},
		close: {...formOf(close, {action: `${path}/close`, key: `${key}-c`, fields: ['text']}), text: field(close, 'text')},
	};
}

/** What each status means to whoever chooses it. */
const statusWords: readonly (readonly [Incident['status'], string])[] = [
	['mitigated', 'Mitigated: the harm is over, work is left'],
	['resolved', 'Resolved: nothing is left to do to the service'],
	['closed', 'Closed: the report is done'],
	['not_an_incident', 'Not an incident'],
	['open', 'Open: it holds deploys'],
	['suspected', 'Suspected: it holds nothing'],
];

const kindWords: Readonly<Record<string, string>> = {impact_start: 'impact begins', impact_end: 'impact is over', follow_up: 'follow-up'};

export type IncidentActInput = {
	readonly incident: string;
	readonly status: Incident['status'];
	readonly openedAt: Instant;
	readonly key: string;
	readonly kinds: readonly string[];
	readonly posted: PostedAct | null;
};

export function incidentAct({incident, status, openedAt, key, kinds, posted}: IncidentActInput): IncidentAct {
	const path = `/incidents/${encodeURIComponent(incident)}`;
	const change = posted?.form === 'status' ? posted : null;
	const record = posted?.form === 'record' ? posted : null;
	const others = statusWords.filter(([other]) => other !== status);
	const chosen = change?.typed['status'] ?? '';
	const kind = record?.typed['kind'] ?? 'note';
	return {
		status: {
			...formOf(change, {action: `${path}/status`, key: `${key}-s`, fields: ['reason']}),
			statuses: others.map(([value, text]) => option(value, text, chosen)),
			reason: field(change, 'reason'),
		},
		record: {
			...formOf(record, {action: `${path}/events`, key: `${key}-r`, fields: ['text', 'at']}),
			kinds: kinds.map(name => option(name, kindWords[name] ?? name, kind)),
			at: field(record, 'at'),
			hint: `now; or 15:13 of ${sayDate(openedAt)}, UTC`,
			text: field(record, 'text'),
		},
	};
}
