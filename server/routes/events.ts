/** The timeline over HTTP: events in, the chain's proof out. */
import type {NewEvent} from '../../reports/events.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {recordEvents, redact} from '../actions/record-events.ts';
import {AppError} from '../app-error.ts';
import {actorOf, type Caller, callerOf, needMayWrite} from '../caller.ts';
import {appended, chainReport, redaction} from '../schemas/answers.ts';
import {eventsSchema, redactionSchema} from '../schemas/events.ts';
import {parse} from '../schemas/parse.ts';
import {chainQuerySchema} from '../schemas/queries.ts';
import {verifyChain} from '../stores/timeline.ts';
import type {Route} from './route.ts';

function seqOf(text: string): number {
	const seq = Number(text);
	if (!/^[1-9]\d{0,15}$/.test(text) || !Number.isSafeInteger(seq))
		throw new AppError('invalid', `${JSON.stringify(text)} is no event number: it is the seq of a timeline row, such as 17.`);
	return seq;
}

/** Whoever is limited to some services writes into no other one's deploy or incident either, by whichever name they call it. */
async function needMayRecord(deps: Deps, caller: Caller, events: readonly NewEvent[]): Promise<void> {
	if (caller.services === null) return;
	const {incidents, deploys} = reading(deps);
	for (const service of new Set(events.map(event => event.service))) needMayWrite(caller, service);
	for (const incident of new Set(events.map(event => event.incident)))
		if (incident !== null) needMayWrite(caller, (await incidents.get(incident))?.service ?? null);
	for (const deploy of new Set(events.map(event => event.deploy)))
		if (deploy !== null) needMayWrite(caller, (await deploys.attemptsOf(deploy))[0]?.service ?? null);
}

export const eventRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'post', path: '/api/v1/events', access: 'editor', body: {json: '8mb'}, scoped: true},
		doc: {
			...{id: 'recordEvents', body: eventsSchema, answers: {201: {schema: appended}}},
			summary:
				'Adds events to the timeline, all of them or none. What is stored already under its key is counted, and a key that stands for something else is named.',
		},
		async answer({body}, response) {
			const {events} = parse(eventsSchema, body, 'The events');
			const caller = callerOf(response);
			await needMayRecord(deps, caller, events);
			response.status(201).json(
				await recordEvents(
					deps,
					events.map(event => ({...event, actor: actorOf(caller, event.actor)})),
				),
			);
		},
	},
	{
		...{method: 'post', path: '/api/v1/events/:seq/redaction', access: 'admin', body: {json: '64kb'}},
		doc: {
			...{id: 'redact', summary: 'Erases what one event says, for a leaked secret. The chain still verifies.'},
			...{path: {seq: 'The place of the event in the chain, such as 17.'}, body: redactionSchema, answers: {201: {schema: redaction}}},
		},
		async answer({params, body}, response) {
			const seq = seqOf(String(params['seq']));
			const {actor, ...asked} = parse(redactionSchema, body, 'The redaction');
			await redact(deps, {seq, ...asked, actor: actorOf(callerOf(response), actor)});
			response.status(201).json({redacted: seq});
		},
	},
	{
		...{method: 'get', path: '/api/v1/chain', access: 'viewer'},
		doc: {
			...{id: 'verifyChain', summary: 'Walks the whole chain of events: whether one was changed or taken away.', query: chainQuerySchema},
			answers: {200: {schema: chainReport}},
		},
		async answer({query}, response) {
			const {head} = parse(chainQuerySchema, query, 'The question');
			response.json(await verifyChain(deps.database.read, head === '' ? undefined : head));
		},
	},
];
