/** What people do from the pages of a deploy and an incident. What cannot be stored comes back with what was typed. */
import type {Request, Response} from 'express';
import type {PostedAct} from '../../templates/act-forms.ts';
import {allow} from '../actions/allow.ts';
import {changeIncident} from '../actions/change-incident.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {finishDeploy} from '../actions/finish-deploy.ts';
import {recordEvents} from '../actions/record-events.ts';
import {AppError, statusOf} from '../app-error.ts';
import {actorOf, callerOf, needMayWrite} from '../caller.ts';
import {canonical, sha256} from '../canonical.ts';
import {type ReadTime, readTime} from '../read-time.ts';
import {allowFormSchema, closeFormSchema, type FormProblems, readForm, recordFormSchema, statusFormSchema} from '../schemas/acts.ts';
import type {StoredIncident} from '../stores/incidents.ts';
import type {Route} from './route.ts';
import {knownAttempt, showDeploy} from './show-deploy.ts';
import {showIncident} from './show-incident.ts';

const form = {form: '256kb'};
const allowedMs = 30 * 60_000;
const aheadMs = 5 * 60_000;
const beforeOpeningMs = 60 * 60_000;
const dayMs = 86_400_000;

/** The same form with the same contents is stored once; changed on a page that was gone back to, it is another one. */
export const keyOf = ({key, ...contents}: {readonly key: string}): string => `form ${key} ${sha256(canonical(contents)).slice(0, 16)}`;

const typedIn = (body: unknown): Readonly<Record<string, string>> =>
	Object.fromEntries(
		Object.entries((body ?? {}) as Readonly<Record<string, unknown>>).flatMap(([name, value]) =>
			typeof value === 'string' ? [[name, value]] : [],
		),
	);

type Again = (posted: PostedAct, status: number) => Promise<void>;

/** Does what the form says and goes `onwards`; what is wrong with it is shown beside what was typed. */
export async function act<T>(
	{body}: Request,
	response: Response,
	{
		name,
		read,
		work,
		onwards,
		again,
	}: {
		readonly name: string;
		readonly read: {readonly value: T; readonly problems: null} | {readonly value: null; readonly problems: FormProblems};
		readonly work: (value: T) => Promise<unknown>;
		readonly onwards: string;
		readonly again: Again;
	},
): Promise<void> {
	const typed = typedIn(body);
	if (read.problems !== null) return again({form: name, typed, problems: read.problems}, statusOf.invalid);
	try {
		await work(read.value);
	} catch (error) {
		if (!(error instanceof AppError) || !['invalid', 'conflict', 'too-large'].includes(error.code)) throw error;
		return again({form: name, typed, problems: {form: error.message}}, statusOf[error.code]);
	}
	response.redirect(303, onwards);
}

function deployForms(deps: Deps): readonly Route[] {
	const about = async ({params}: Request, response: Response) => {
		const attempt = await knownAttempt(deps, String(params['deploy']), null);
		const caller = callerOf(response);
		needMayWrite(caller, attempt.service);
		const again: Again = (posted, status) => showDeploy(deps, response, attempt.deploy, {attempt: null, still: true, posted, status});
		return {attempt, actor: actorOf(caller), onwards: `/deploys/${encodeURIComponent(attempt.deploy)}`, again};
	};
	return [
		{
			...{method: 'post', path: '/deploys/:deploy/allow', access: 'deployer', body: form, scoped: true},
			async answer(request, response) {
				const {attempt, actor, onwards, again} = await about(request, response);
				await act(request, response, {
					...{name: 'allow', read: readForm(allowFormSchema, request.body), onwards, again},
					work: ({rule, reason, key}) => {
						const overrides = {service: attempt.service, rule: rule === '' ? null : rule, forMs: allowedMs, reason, actor};
						return allow(deps, {...overrides, idempotencyKey: keyOf({key, ...{rule, reason}})});
					},
				});
			},
		},
		{
			...{method: 'post', path: '/deploys/:deploy/close', access: 'deployer', body: form, scoped: true},
			async answer(request, response) {
				const {attempt, actor, onwards, again} = await about(request, response);
				await act(request, response, {
					...{name: 'close', read: readForm(closeFormSchema, request.body), onwards, again},
					// Closing has no second meaning, so that its key stands alone.
					work: ({text, key}) =>
						finishDeploy(deps, {service: attempt.service, deploy: attempt.deploy, actor, text, idempotencyKey: `form ${key}`}),
				});
			},
		},
	];
}

/** A bare time is of the day on which the incident opened, or of the day after where it would be long before that. */
function timeOf(typed: string, {openedAt}: StoredIncident, now: string): ReadTime {
	if (typed === '') return {at: now, precision: 'ms'};
	const read = readTime(typed, openedAt.slice(0, 10));
	if (read === null)
		throw new AppError('invalid', `${JSON.stringify(typed)} is no time; write 15:13, 15:13:07 or 2026-03-02T15:13:07Z (UTC).`);
	const isEarly = /^\d{1,2}:/.test(typed) && Date.parse(read.at) < Date.parse(openedAt) - beforeOpeningMs;
	const at = isEarly ? new Date(Date.parse(read.at) + dayMs).toISOString() : read.at;
	if (Date.parse(at) > Date.parse(now) + aheadMs)
		throw new AppError('invalid', `${at.slice(0, 19)}Z has not come yet. Times are UTC; write the day too where it was another one.`);
	return {...read, at};
}

function incidentForms(deps: Deps): readonly Route[] {
	const about = async ({params}: Request, response: Response) => {
		const id = String(params['incident']);
		const incident = await reading(deps).incidents.get(id);
		if (!incident) throw new AppError('not-found', `There is no incident ${id.slice(0, 100)}.`);
		const caller = callerOf(response);
		needMayWrite(caller, incident.service);
		const again: Again = (posted, status) => showIncident(deps, response, incident.id, {posted, status});
		return {incident, actor: actorOf(caller), onwards: `/incidents/${encodeURIComponent(incident.id)}`, again};
	};
	return [
		{
			...{method: 'post', path: '/incidents/:incident/status', access: 'editor', body: form, scoped: true},
			async answer(request, response) {
				const {incident, actor, onwards, again} = await about(request, response);
				await act(request, response, {
					...{name: 'status', read: readForm(statusFormSchema, request.body), onwards, again},
					work: ({status, reason, key}) =>
						changeIncident(deps, {incident: incident.id, status, reason, actor, idempotencyKey: keyOf({key, ...{status, reason}})}),
				});
			},
		},
		{
			...{method: 'post', path: '/incidents/:incident/events', access: 'editor', body: form, scoped: true},
			async answer(request, response) {
				const {incident, actor, onwards, again} = await about(request, response);
				const place = {service: incident.service, deploy: incident.deploy, attempt: incident.attempt, incident: incident.id};
				await act(request, response, {
					...{name: 'record', read: readForm(recordFormSchema, request.body), onwards: `${onwards}#timeline`, again},
					work: async ({text, at, kind, key}) => {
						const time = timeOf(at, incident, deps.clock.now());
						const event = {kind, text, source: 'human' as const, actor, happenedAt: time.at, precision: time.precision, data: {}};
						await recordEvents(deps, [{...event, ...place, idempotencyKey: keyOf({key, ...{text, at, kind}})}]);
					},
				});
			},
		},
	];
}

export const actRoutes = (deps: Deps): readonly Route[] => [...deployForms(deps), ...incidentForms(deps)];
