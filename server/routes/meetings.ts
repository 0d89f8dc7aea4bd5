/** The post-mortem form as people use it: pages, and a small form for each field. */
import type {Request, Response} from 'express';
import {
	addRefusedPage,
	fieldConflictPage,
	fieldRefusedPage,
	itemConflictPage,
	itemRefusedPage,
} from '../../templates/meeting-again-page.ts';
import {meetingHistoryPage} from '../../templates/meeting-history-page.ts';
import {meetingPage} from '../../templates/meeting-page.ts';
import type {MeetingAgainPage} from '../../templates/meeting-views.ts';
import {addTypedItems, decideProposal} from '../actions/add-action-items.ts';
import {changeActionItem} from '../actions/change-action-item.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {knownIncident} from '../actions/open-meeting.ts';
import {knownField, saveField} from '../actions/save-field.ts';
import {AppError, statusOf} from '../app-error.ts';
import {actorOf, callerOf, needMayWrite} from '../caller.ts';
import {fieldFormSchema, itemFormSchema, linesFormSchema, proposalFormSchema} from '../schemas/meetings.ts';
import {parse} from '../schemas/parse.ts';
import {readStory} from '../story.ts';
import type {Route} from './route.ts';
import {sendPage} from './send-page.ts';
import {itemIssues} from './trackers.ts';

const updatesShown = 500;
// A field of 20,000 characters, and what the data said beside it, each as up to nine bytes.
const form = {form: '2mb'};
const base = '/incidents/:incident/meeting';

const word = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value.slice(0, 100) : null);
const pathOf = (incident: string): string => `/incidents/${encodeURIComponent(incident)}/meeting`;

/** Back to where it was done, which says so. */
function backTo(response: Response, incident: string, done: string, anchor: string): void {
	response.redirect(303, `${pathOf(incident)}?done=${encodeURIComponent(done)}#${encodeURIComponent(anchor)}`);
}

/** What cannot be stored as it is comes back with what was typed; anything else is answered as everywhere. */
async function orAgain(response: Response, work: () => Promise<void>, again: (why: string) => MeetingAgainPage): Promise<void> {
	try {
		await work();
	} catch (error) {
		if (!(error instanceof AppError) || (error.code !== 'invalid' && error.code !== 'too-large')) throw error;
		sendPage(response, 'pages/meeting-again.hbs', again(error.message), statusOf[error.code]);
	}
}

async function showMeeting(deps: Deps, {params, query}: Request, response: Response): Promise<void> {
	const story = await readStory(deps, String(params['incident']));
	const issues = await itemIssues(deps, story.service, story.meeting?.items ?? []);
	const page = meetingPage(story, {now: deps.clock.now(), newId: deps.newId, issues, done: word(query['done'])});
	sendPage(response, 'pages/meeting.hbs', page);
}

/** Everything that was ever saved in one field. */
async function showHistory(deps: Deps, {params}: Request, response: Response): Promise<void> {
	const {id: incident} = await knownIncident(reading(deps), String(params['incident']));
	const field = knownField(String(params['field']));
	const {meetings} = reading(deps);
	const meeting = await meetings.get(incident);
	const updates = meeting ? await meetings.updates(meeting.id, field.id, updatesShown) : [];
	const count = meeting ? await meetings.countUpdates(meeting.id, field.id) : 0;
	const shown = updates.map(({author, ...update}) => ({...update, by: author.name}));
	sendPage(response, 'pages/meeting-history.hbs', meetingHistoryPage(field, {now: deps.clock.now(), incident, updates: shown, count}));
}

export function meetingRoutes(deps: Deps): readonly Route[] {
	const around = (incident: string) => ({now: deps.clock.now(), newId: deps.newId, incident});
	/** The incident that is to be written about, by whoever may. */
	const writtenAbout = async ({params}: Request, response: Response): Promise<string> => {
		const incident = await knownIncident(reading(deps), String(params['incident']));
		needMayWrite(callerOf(response), incident.service);
		return incident.id;
	};

	const saveOne = async (request: Request, response: Response): Promise<void> => {
		const incident = await writtenAbout(request, response);
		const field = knownField(String(request.params['field']));
		const {text, base_version: baseVersion, op_id: opId, generated} = parse(fieldFormSchema, request.body, 'The form');
		const save = async (): Promise<void> => {
			const seen = generated === undefined ? {} : {generated: generated.replaceAll('\r\n', '\n')};
			const author = actorOf(callerOf(response));
			const saved = await saveField(deps, {incident, field: field.id, text, baseVersion, opId, ...seen, author});
			if (saved.outcome === 'conflict')
				sendPage(response, 'pages/meeting-again.hbs', fieldConflictPage(around(incident), field, saved), statusOf.conflict);
			else backTo(response, incident, field.id, `field-${field.id}`);
		};
		await orAgain(response, save, why => fieldRefusedPage(around(incident), field, {value: text, version: baseVersion, why}));
	};

	const addLines = async (request: Request, response: Response): Promise<void> => {
		const incident = await writtenAbout(request, response);
		const {lines, op_id: opId} = parse(linesFormSchema, request.body, 'The form');
		const add = async (): Promise<void> => {
			await addTypedItems(deps, {incident, typed: lines, opId, author: actorOf(callerOf(response))});
			backTo(response, incident, 'items', 'topic-actions');
		};
		await orAgain(response, add, why => addRefusedPage(around(incident), lines, why));
	};

	const changeOne = async (request: Request, response: Response): Promise<void> => {
		const incident = await writtenAbout(request, response);
		const item = String(request.params['item']);
		const sent = parse(itemFormSchema, request.body, 'The form');
		const {task, owner, text, due, reason, status, base_version: baseVersion, op_id: opId} = sent;
		const contents = {task, owner, text, due, doneWhen: sent.done_when, reason, status, kind: sent.kind === '' ? null : sent.kind};
		const change = async (): Promise<void> => {
			const changed = await changeActionItem(deps, {incident, item, contents, baseVersion, opId, author: actorOf(callerOf(response))});
			if (changed.outcome === 'conflict')
				sendPage(response, 'pages/meeting-again.hbs', itemConflictPage(around(incident), changed.current, changed.mine), statusOf.conflict);
			else backTo(response, incident, item, `item-${item}`);
		};
		await orAgain(response, change, why => itemRefusedPage(around(incident), {...contents, id: item}, baseVersion, why));
	};

	const decide = async (request: Request, response: Response): Promise<void> => {
		const incident = await writtenAbout(request, response);
		const {text, because, decision, reason, op_id: opId} = parse(proposalFormSchema, request.body, 'The form');
		const about = {incident, opId, author: actorOf(callerOf(response)), proposal: {text, because}};
		const id = await decideProposal(deps, {...about, isTaken: decision === 'take', reason});
		backTo(response, incident, id, `item-${id}`);
	};

	return [
		{
			...{method: 'get', path: base, access: 'viewer'},
			answer: (request, response) => showMeeting(deps, request, response),
		},
		{
			...{method: 'get', path: `${base}/fields/:field`, access: 'viewer'},
			answer: (request, response) => showHistory(deps, request, response),
		},
		{...{method: 'post', path: `${base}/fields/:field`, access: 'editor', body: form, scoped: true}, answer: saveOne},
		{...{method: 'post', path: `${base}/action-items`, access: 'editor', body: form, scoped: true}, answer: addLines},
		{...{method: 'post', path: `${base}/action-items/:item`, access: 'editor', body: form, scoped: true}, answer: changeOne},
		{...{method: 'post', path: `${base}/proposals`, access: 'editor', body: form, scoped: true}, answer: decide},
	];
}
