/** The post-mortem form and its action items for programs. */
import type {Request, Response} from 'express';
import {draftOf} from '../../reports/draft.ts';
import {fieldsFor, isAnswered, questionSet} from '../../reports/meeting.ts';
import {prefillsOf} from '../../reports/meeting-prefill.ts';
import {momentsOf} from '../../reports/moments.ts';
import {questionsOf} from '../../reports/questions.ts';
import {addActionItem} from '../actions/add-action-items.ts';
import {changeActionItem, knownItem} from '../actions/change-action-item.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {knownIncident} from '../actions/open-meeting.ts';
import {saveField} from '../actions/save-field.ts';
import {statusOf} from '../app-error.ts';
import {actorOf, callerOf, needMayWrite} from '../caller.ts';
import {
	actionItemAnswer,
	actionItemsAnswer,
	fieldConflictAnswer,
	fieldSavedAnswer,
	fieldSaveSchema,
	itemChangedAnswer,
	itemChangeSchema,
	itemConflictAnswer,
	meetingAnswer,
	newItemSchema,
} from '../schemas/meetings.ts';
import {parse} from '../schemas/parse.ts';
import {readStory} from '../story.ts';
import type {Route} from './route.ts';

const body = {json: '1mb'};
const base = '/api/v1/incidents/:incident';

/** A conflict for programs: the problem, with what stands now and what was sent. */
function sendConflict(response: Response, detail: string, both: {readonly current: unknown; readonly mine: unknown}): void {
	const status = statusOf.conflict;
	const found = {type: 'about:blank', title: 'Conflict', status, detail, problems: [], ...both};
	response.status(status).type('application/problem+json').send(JSON.stringify(found));
}

/** The incident that is to be written about, by whoever may. */
async function writtenAbout(deps: Deps, {params}: Request, response: Response): Promise<string> {
	const incident = await knownIncident(reading(deps), String(params['incident']));
	needMayWrite(callerOf(response), incident.service);
	return incident.id;
}

/** The whole form: every field with what people said, and what the data says. */
async function meetingOf(deps: Deps, incident: string) {
	const story = await readStory(deps, incident);
	const draft = draftOf(story);
	const answers = story.meeting?.answers ?? [];
	const prefills = prefillsOf(story, draft);
	const fields = fieldsFor(questionsOf(story, momentsOf(story)), answers).map(({id, topic, label, help, lengthMax}) => {
		const answer = answers.find(({field}) => field === id);
		return {
			...{id, topic, label, help, lengthMax, generated: prefills.get(id) ?? null},
			answer: answer === undefined ? null : {text: answer.text, version: answer.version, by: answer.by, at: answer.at},
		};
	});
	return {
		...{incident, questionSet: story.meeting?.questionSet ?? questionSet, openedAt: story.meeting?.openedAt ?? null},
		answered: answers.filter(isAnswered).length,
		...{asked: fields.length, fields, items: story.meeting?.items ?? []},
	};
}

export const meetingApiRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: `${base}/meeting`, access: 'viewer'},
		doc: {
			id: 'getMeeting',
			summary: 'The post-mortem form of an incident: its fields, what people answered, what the data says beside it, and the action items.',
			answers: {200: {schema: meetingAnswer}},
		},
		async answer({params}, response) {
			response.json(await meetingOf(deps, String(params['incident'])));
		},
	},
	{
		...{method: 'put', path: `${base}/meeting/fields/:field`, access: 'editor', body, scoped: true},
		doc: {
			id: 'saveMeetingField',
			summary: 'Save one field. From an older version of the field it is kept as a conflict, and answered by 409 with both texts.',
			body: fieldSaveSchema,
			answers: {200: {schema: fieldSavedAnswer}, 409: {schema: fieldConflictAnswer, media: 'application/problem+json'}},
		},
		async answer(request, response) {
			const {text, baseVersion, idempotencyKey: opId} = parse(fieldSaveSchema, request.body, 'The answer');
			const [incident, field] = [await writtenAbout(deps, request, response), String(request.params['field'])];
			const {outcome, current, mine} = await saveField(deps, {
				...{incident, field, text, baseVersion, opId, author: actorOf(callerOf(response))},
			});
			if (outcome === 'conflict')
				sendConflict(response, `${field} was saved by somebody else since version ${baseVersion}; what was sent is kept in its history.`, {
					current,
					mine,
				});
			else response.json({outcome, field, current});
		},
	},
	{
		...{method: 'get', path: `${base}/action-items`, access: 'viewer'},
		doc: {
			id: 'listActionItems',
			summary: 'The action items of an incident, in the order in which they were added.',
			answers: {200: {schema: actionItemsAnswer}},
		},
		async answer({params}, response) {
			const incident = await knownIncident(reading(deps), String(params['incident']));
			response.json({items: await reading(deps).actionItems.list({incident: incident.id})});
		},
	},
	{
		...{method: 'post', path: `${base}/action-items`, access: 'editor', body, scoped: true},
		doc: {
			id: 'addActionItem',
			summary: 'Add an action item. It is agreed once it has an owner and a due date.',
			body: newItemSchema,
			answers: {201: {schema: actionItemAnswer}},
		},
		async answer(request, response) {
			const {parent, idempotencyKey: opId, ...contents} = parse(newItemSchema, request.body, 'The action item');
			const incident = await writtenAbout(deps, request, response);
			const id = await addActionItem(deps, {incident, opId, contents, parent, author: actorOf(callerOf(response))});
			response.status(201).json(await knownItem(reading(deps), incident, id));
		},
	},
	{
		...{method: 'put', path: `${base}/action-items/:item`, access: 'editor', body, scoped: true},
		doc: {
			id: 'changeActionItem',
			summary: 'Change an action item. From an older version of it the change is kept as a conflict, and answered by 409 with both.',
			body: itemChangeSchema,
			answers: {200: {schema: itemChangedAnswer}, 409: {schema: itemConflictAnswer, media: 'application/problem+json'}},
		},
		async answer(request, response) {
			const {baseVersion, idempotencyKey: opId, ...sent} = parse(itemChangeSchema, request.body, 'The change');
			const contents = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined));
			const [incident, item] = [await writtenAbout(deps, request, response), String(request.params['item'])];
			const {outcome, current, mine} = await changeActionItem(deps, {
				...{incident, item, contents, baseVersion, opId, author: actorOf(callerOf(response))},
			});
			if (outcome === 'conflict')
				sendConflict(response, `${item} was changed by somebody else since version ${baseVersion}; what was sent is kept.`, {
					current,
					mine,
				});
			else response.json({outcome, item: current});
		},
	},
];
