/** Incidents as a list: how each stands, how long it was, what is known of it. */
import type {Incident, Instant} from '../gate/facts.ts';
import {plainText} from '../reports/plain-text.ts';
import {msBetween, sayDateTime, sayDuration, sayList} from '../reports/say.ts';
import {incidentPill} from './board-page.ts';
import {type FieldSpec, filterView, type Neighbours, pagerView, type Typed} from './list-parts.ts';
import type {IncidentRowView, IncidentsPage} from './list-views.ts';

export type ListedIncident = Incident & {
	readonly service: string;
	readonly normalAt: Instant | null;
	readonly about: string;
	readonly reportVersion: number | null;
	readonly openItems: number;
};

export type IncidentsInput = {
	readonly now: Instant;
	readonly services: readonly string[];
	readonly typed: Typed;
	readonly problems: readonly string[];
	readonly incidents: readonly ListedIncident[];
	readonly neighbours: Neighbours;
	readonly any: boolean;
};

const path = '/incidents';
const statuses: readonly Incident['status'][] = ['suspected', 'open', 'mitigated', 'resolved', 'closed', 'not_an_incident'];
const going: ReadonlySet<Incident['status']> = new Set<Incident['status']>(['suspected', 'open']);

const fields = (services: readonly string[]): readonly FieldSpec[] => [
	{name: 'q', label: 'Search', hint: 'id, title, service, deploy, what is known', wide: true},
	{name: 'status', label: 'Status', choices: statuses.map(status => [status, incidentPill(status).word] as const)},
	{name: 'service', label: 'Service', choices: services.map(name => [name, name] as const), any: 'All'},
	{name: 'since', label: 'Since', hint: '2026-03-02, or 30d'},
	{name: 'until', label: 'Until', hint: 'that day too'},
];

function longOf({openedAt, normalAt, status}: ListedIncident, now: Instant): string {
	if (normalAt !== null) return sayDuration(msBetween(openedAt, normalAt));
	return going.has(status) || status === 'mitigated' ? `${sayDuration(msBetween(openedAt, now))} so far` : 'end not measured';
}

function owedOf({status, reportVersion, openItems}: ListedIncident): string {
	const isOver = status === 'closed' || status === 'not_an_incident';
	const items = openItems === 0 ? [] : [openItems === 1 ? '1 action item' : `${openItems} action items`];
	const report = isOver ? [] : [reportVersion === null ? 'the report' : `the report (version ${reportVersion} so far)`];
	const owed = [...items, ...report];
	return owed.length === 0 ? 'nothing' : sayList(owed);
}

function rowOf(incident: ListedIncident, now: Instant): IncidentRowView {
	return {
		href: `${path}/${encodeURIComponent(incident.id)}`,
		id: plainText(incident.id),
		title: plainText(incident.title),
		service: plainText(incident.service),
		pill: incidentPill(incident.status),
		opened: {iso: incident.openedAt, text: sayDateTime(incident.openedAt)},
		long: longOf(incident, now),
		about: incident.about === '' ? null : plainText(incident.about, 400),
		owed: owedOf(incident),
	};
}

function wordsOf({service = '', status = '', since = '', until = '', q = ''}: Typed): string {
	const known = statuses.find(word => word === status);
	const parts = [
		...(service === '' ? [] : [`of ${service}`]),
		...(status === '' ? [] : [known === undefined ? status : incidentPill(known).word.toLowerCase()]),
		...(since === '' ? [] : [/^\d+\w+$/.test(since) ? `in the last ${since}` : `since ${since}`]),
		...(until === '' ? [] : [`until ${until}`]),
		...(q === '' ? [] : [`with “${q}”`]),
	];
	return parts.join(', ');
}

function sentenceOf({incidents, typed, problems, any, now}: IncidentsInput, filtered: string): IncidentsPage['sentence'] {
	if (problems.length > 0) return {tone: 'unknown', text: 'This filter cannot be used.'};
	if (!any) return {tone: 'good', text: 'No incident has been recorded yet.'};
	if (filtered !== '')
		return {tone: 'plain', text: plainText(incidents.length === 0 ? `No incident ${filtered}.` : `Incidents ${filtered}`)};
	if ((typed['after'] ?? '') !== '') return {tone: 'plain', text: 'Incidents'};
	const burning = incidents.filter(({status}) => going.has(status));
	const [first] = burning;
	if (first !== undefined)
		return {tone: 'bad', text: plainText(`On fire: ${first.title}${burning.length > 1 ? `, and ${burning.length - 1} more` : ''}.`)};
	const [last] = incidents;
	return {
		tone: 'good',
		text: last === undefined ? 'Incidents' : `Nothing is on fire. The last incident was ${sayDuration(msBetween(last.openedAt, now))} ago.`,
	};
}

export function incidentsPage(input: IncidentsInput): IncidentsPage {
	const {now, services, typed, problems, incidents, neighbours, any} = input;
	const {after: _after, ...filter} = typed;
	const filtered = wordsOf(filter);
	const teach = {
		text: 'Here will be every incident with its report. A verdict “roll back”, or a deploy that is taken back, opens one by itself; a person does it with:',
		command: "signalbox rollback --service NAME --reason 'blank pages'",
		clear: null,
	};
	const nothing = {text: plainText(`Nothing matches ${filtered === '' ? 'here' : filtered}.`), command: null, clear: path};
	return {
		shell: {title: 'Incidents', refresh: false, madeAt: sayDateTime(now), at: 'incidents'},
		sentence: sentenceOf(input, filtered),
		filter: any || problems.length > 0 ? filterView({path, label: 'Filter incidents'}, fields(services), filter, problems) : null,
		rows: incidents.map(incident => rowOf(incident, now)),
		none: problems.length > 0 ? null : any ? (incidents.length === 0 ? nothing : null) : teach,
		pager: pagerView(path, filter, incidents.length, neighbours),
	};
}
