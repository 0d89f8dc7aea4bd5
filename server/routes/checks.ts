/** POST /api/v1/checks: the answer is streamed as one JSON object a line, progress first, the verdict last. */
import express, {Router} from 'express';
import {checkDeploy} from '../actions/check-deploy.ts';
import type {Deps} from '../actions/deps.ts';
import {explainOrder} from '../actions/explain-order.ts';
import {problemOf, sendProblem} from '../problem.ts';
import {checkRequestSchema, orderRequestSchema} from '../schemas/check.ts';
import {parse} from '../schemas/parse.ts';

const bodyMax = '64mb';

export const checkRoutes = (deps: Deps): Router =>
	Router()
		.post('/orders', express.json({limit: bodyMax}), async ({body}, response) => {
			response.json(await explainOrder(deps, parse(orderRequestSchema, body, 'The batch')));
		})
		.post('/checks', express.json({limit: bodyMax}), async (request, response) => {
			const check = parse(checkRequestSchema, request.body, 'The question');
			let isOpen = false;
			const write = (line: unknown): void => {
				if (!isOpen) response.status(200).type('application/x-ndjson');
				isOpen = true;
				if (!response.destroyed) response.write(`${JSON.stringify(line)}\n`);
			};
			try {
				write({
					result: await checkDeploy(
						deps,
						check,
						progress => write({progress}),
						() => response.destroyed,
					),
				});
				response.end();
			} catch (error) {
				const problem = problemOf(error, deps.log);
				if (!isOpen) sendProblem(response, problem);
				else {
					write({problem});
					response.end();
				}
			}
		});
