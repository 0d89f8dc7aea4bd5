/** The timeline over HTTP: events in, the chain's proof out. */
import type {NewEvent} from '../../reports/events.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {recordEvents, redact} from '../actions/record-events.ts';
import {AppError} from '../app-error.ts';
import {actorOf, type Caller, callerOf, needMayWrite} from '../caller.ts';
import {eventsSchema, redactionSchema} from '../schemas/events.ts';
import {parse} from '../schemas/parse.ts';
import {verifyChain} from '../stores/timeline.ts';
import type {Route} from './route.ts';

const word = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

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
		async answer({params, body}, response) {
			const seq = seqOf(String(params['seq']));
			const {reason, actor} = parse(redactionSchema, body, 'The redaction');
			await redact(deps, seq, reason, actorOf(callerOf(response), actor));
			response.status(201).json({redacted: seq});
		},
	},
	{
		...{method: 'get', path: '/api/v1/chain', access: 'viewer'},
		async answer({query}, response) {
			response.json(await verifyChain(deps.database.read, word(query['head'])));
		},
	},
	{
		...{method: 'get', path: '/api/v1/signals', access: 'viewer'},
		async answer(_request, response) {
			const services = [...deps.config.services.keys()];
			const proofs = services.flatMap(service =>
				deps.signals(service).map(async reader => ({service, signal: reader.name, proofs: await reader.prove()})),
			);
			response.json({signals: await Promise.all(proofs)});
		},
	},
	{
		...{method: 'get', path: '/api/v1/deploys/:deploy', access: 'viewer'},
		async answer({params}, response) {
			const deploy = String(params['deploy']);
			const attempts = await reading(deps).deploys.attemptsOf(deploy);
			if (attempts.length === 0) throw new AppError('not-found', `There is no deploy ${deploy.slice(0, 100)}.`);
			const verdicts = await Promise.all(attempts.map(attempt => reading(deps).verdicts.of(attempt)));
			response.json({
				deploy,
				attempts: attempts.map((attempt, index) => ({...attempt, verdicts: (verdicts[index] ?? []).map(({verdict}) => verdict)})),
				changes: await reading(deps).changes.batchOf(deploy),
			});
		},
	},
];
