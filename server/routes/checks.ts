/** POST /api/v1/checks: the answer is streamed as one JSON object a line, progress first, the verdict last. */
import type {Request, Response} from 'express';
import {checkDeploy} from '../actions/check-deploy.ts';
import type {Deps} from '../actions/deps.ts';
import {explainOrder} from '../actions/explain-order.ts';
import {nameService} from '../actions/name-service.ts';
import {actorOf, callerOf, needMayWrite} from '../caller.ts';
import {problemOf, sendProblem} from '../problem.ts';
import {checkRequestSchema, orderRequestSchema} from '../schemas/check.ts';
import {checkLine, orderAnswer} from '../schemas/gate-answers.ts';
import {parse} from '../schemas/parse.ts';
import {atMost} from './at-most.ts';
import type {Route} from './route.ts';

const body = {json: '64mb'};
/** Anybody who may look may ask for an order, and nothing of it is kept: what a batch of 2,000 changes with their messages takes. */
const orderBody = {json: '8mb'};
/** Questions that may be answered at once: a fleet asks with hundreds of hosts, and each look holds memory until it is decided. */
const goingMax = 1000;

/** Orders at once: each is judged in one go of a second or more, and a look that goes on waits behind them. */
const ordersMax = 4;

export function checkRoutes(deps: Deps): readonly Route[] {
	const answering = atMost(goingMax);
	const explaining = atMost(ordersMax);
	const check = async (request: Request, response: Response): Promise<void> => {
		const asked = parse(checkRequestSchema, request.body, 'The question');
		const caller = callerOf(response);
		needMayWrite(caller, nameService(deps.config, asked.service).name);
		const question = {...asked, actor: actorOf(caller, asked.actor)};
		let isOpen = false;
		const write = (line: unknown): void => {
			// nginx would keep what it is to pass on.
			if (!isOpen) response.status(200).type('application/x-ndjson').set('x-accel-buffering', 'no');
			isOpen = true;
			if (!response.destroyed) response.write(`${JSON.stringify(line)}\n`);
		};
		try {
			const hasLeft = (): boolean => response.destroyed;
			write({result: await answering(() => checkDeploy(deps, question, progress => write({progress}), hasLeft))});
			response.end();
		} catch (error) {
			const problem = problemOf(error, deps.log);
			if (!isOpen) sendProblem(response, problem);
			else {
				write({problem});
				response.end();
			}
		}
	};
	return [
		{
			...{method: 'post', path: '/api/v1/orders', access: 'viewer', body: orderBody},
			doc: {
				...{id: 'explainOrder', summary: 'The order that works for a batch, what is missing where, and why. Nothing is recorded.'},
				...{body: orderRequestSchema, answers: {200: {schema: orderAnswer}}},
			},
			async answer(request, response) {
				response.json(await explaining(() => explainOrder(deps, parse(orderRequestSchema, request.body, 'The batch'))));
			},
		},
		{
			...{method: 'post', path: '/api/v1/checks', access: 'deployer', body, scoped: true},
			doc: {
				...{
					id: 'check',
					summary: 'Asks the gate about one stage of a deploy. The answer is one JSON object a line: progress first, the verdict last.',
				},
				...{body: checkRequestSchema, answers: {200: {schema: checkLine, media: 'application/x-ndjson'}}},
			},
			answer: check,
		},
	];
}
