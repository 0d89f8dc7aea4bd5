/** The timeline over HTTP: events in, the chain's proof out. */
import express, {Router} from 'express';
import {type Deps, reading} from '../actions/deps.ts';
import {recordEvents, redact} from '../actions/record-events.ts';
import {AppError} from '../app-error.ts';
import {eventFilterSchema, eventsSchema, redactionSchema} from '../schemas/events.ts';
import {parse} from '../schemas/parse.ts';
import {findEvents, verifyChain} from '../stores/timeline.ts';

const pageMax = 5000;
const word = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

export const eventRoutes = (deps: Deps): Router =>
	Router()
		.post('/events', express.json({limit: '8mb'}), async ({body}, response) => {
			response.status(201).json(await recordEvents(deps, parse(eventsSchema, body, 'The events').events));
		})
		.get('/events', async ({query}, response) => {
			const filter = parse(eventFilterSchema, query, 'The question');
			const known = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
			response.json({events: await findEvents(deps.database.read, known, pageMax)});
		})
		.post('/events/:seq/redaction', express.json({limit: '64kb'}), async ({params, body}, response) => {
			const seq = Number(params.seq);
			if (!/^[1-9]\d{0,15}$/.test(params.seq) || !Number.isSafeInteger(seq))
				throw new AppError('invalid', `${JSON.stringify(params.seq)} is no event number: it is the seq of a timeline row, such as 17.`);
			const {reason, actor} = parse(redactionSchema, body, 'The redaction');
			await redact(deps, seq, reason, actor);
			response.status(201).json({redacted: seq});
		})
		.get('/chain', async ({query}, response) => {
			response.json(await verifyChain(deps.database.read, word(query['head'])));
		})
		.get('/signals', async (_request, response) => {
			const services = [...deps.config.services.keys()];
			const proofs = services.flatMap(service =>
				deps.signals(service).map(async reader => ({service, signal: reader.name, proofs: await reader.prove()})),
			);
			response.json({signals: await Promise.all(proofs)});
		})
		.get('/deploys/:deploy', async ({params}, response) => {
			const attempts = await reading(deps).deploys.attemptsOf(params.deploy);
			if (attempts.length === 0) throw new AppError('not-found', `There is no deploy ${params.deploy}.`);
			const verdicts = await Promise.all(attempts.map(attempt => reading(deps).verdicts.of(attempt)));
			response.json({
				deploy: params.deploy,
				attempts: attempts.map((attempt, index) => ({...attempt, verdicts: (verdicts[index] ?? []).map(({verdict}) => verdict)})),
				changes: await reading(deps).changes.batchOf(params.deploy),
			});
		})
		.get('/deploys', async ({query}, response) => {
			response.json({deploys: await reading(deps).deploys.recent(100, word(query['service']))});
		});
