/** An action item becomes an issue: for programs, and for the button on the meeting's page. */
import type {Request, Response} from 'express';
import {type Deps, reading} from '../actions/deps.ts';
import {issuePlaceOf, trackActionItem} from '../actions/track-action-item.ts';
import {AppError} from '../app-error.ts';
import {actorOf, callerOf, needMayWrite} from '../caller.ts';
import {parse} from '../schemas/parse.ts';
import {trackedSchema, trackFormSchema, trackSchema} from '../schemas/trackers.ts';
import type {Route} from './route.ts';

/** For a page: where the items of an incident become issues, and how those stand that were asked for. */
export async function itemIssues(deps: Deps, service: string, items: readonly {readonly id: string}[]) {
	const asked = await reading(deps).trackers.of(items.map(({id}) => id));
	return {repository: issuePlaceOf(deps.config, service)?.repository ?? null, asked};
}

async function track(deps: Deps, request: Request, response: Response, idempotencyKey: string) {
	const id = String(request.params['item']);
	const {actionItems, incidents} = reading(deps);
	const item = await actionItems.get(id);
	const incident = item === null ? null : await incidents.get(item.incident);
	if (!incident) throw new AppError('not-found', `There is no action item ${id.slice(0, 100)}.`);
	const caller = callerOf(response);
	needMayWrite(caller, incident.service);
	return trackActionItem(deps, {item: id, actor: actorOf(caller), idempotencyKey});
}

export const trackerRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'post', path: '/api/v1/action-items/:item/issue', access: 'editor', body: {json: '16kb'}},
		doc: {
			...{id: 'trackActionItem', summary: 'Make an action item an issue on GitHub. Asked again, it stays one.'},
			...{body: trackSchema, answers: {201: {schema: trackedSchema}}},
		},
		async answer(request, response) {
			const {idempotencyKey} = parse(trackSchema, request.body, 'The request');
			response.status(201).json(await track(deps, request, response, idempotencyKey));
		},
	},
	{
		...{method: 'post', path: '/action-items/:item/issue', access: 'editor', body: {form: '16kb'}},
		async answer(request, response) {
			const {op_id: key} = parse(trackFormSchema, request.body, 'The form');
			const {item, incident} = await track(deps, request, response, key);
			response.redirect(303, `/incidents/${encodeURIComponent(incident)}/meeting#item-${encodeURIComponent(item)}`);
		},
	},
];
