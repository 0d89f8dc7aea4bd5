/** Deploys for programs: their attempts, verdicts and readings. */
import {changeForReaders} from '../../gate/passage/kept-back.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {AppError} from '../app-error.ts';
import {callerOf, mayReadKeptBack} from '../caller.ts';
import {deployAnswer, readingsAnswer} from '../schemas/answers.ts';
import {parse} from '../schemas/parse.ts';
import {attemptQuerySchema} from '../schemas/queries.ts';
import {readDeployStory} from '../story.ts';
import type {Route} from './route.ts';

export const deployRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/api/v1/deploys/:deploy', access: 'viewer'},
		doc: {
			...{id: 'getDeploy', summary: 'One deploy: its attempts with every verdict, and its changes.'},
			answers: {200: {schema: deployAnswer}},
		},
		async answer({params}, response) {
			const deploy = String(params['deploy']);
			const {changes, deploys} = reading(deps);
			const attempts = await deploys.attemptsOf(deploy);
			if (attempts.length === 0) throw new AppError('not-found', `There is no deploy ${deploy.slice(0, 100)}.`);
			const verdicts = await Promise.all(attempts.map(attempt => reading(deps).verdicts.of(attempt)));
			response.json({
				deploy,
				attempts: attempts.map((attempt, index) => ({...attempt, verdicts: (verdicts[index] ?? []).map(({verdict}) => verdict)})),
				changes: attempts.every(({service}) => mayReadKeptBack(callerOf(response), service))
					? await changes.toldBatchOf(deploy)
					: (await changes.batchOf(deploy)).map(changeForReaders),
			});
		},
	},
	{
		...{method: 'get', path: '/api/v1/deploys/:deploy/readings', access: 'viewer'},
		doc: {
			...{
				id: 'getReadings',
				summary: 'What the signals said while a deploy went out: what its charts are drawn from.',
				query: attemptQuerySchema,
			},
			answers: {200: {schema: readingsAnswer}},
		},
		async answer({params, query}, response) {
			const deploy = String(params['deploy']);
			const {attempt: wanted} = parse(attemptQuerySchema, query, 'The question');
			const attempts = await reading(deps).deploys.attemptsOf(deploy);
			const attempt = wanted === undefined ? attempts.at(-1) : attempts.find(one => one.attempt === wanted);
			if (!attempt)
				throw new AppError(
					'not-found',
					`There is no deploy ${deploy.slice(0, 100)}${wanted === undefined ? '' : ` with an attempt ${wanted}`}.`,
				);
			response.json({deploy, attempt: attempt.attempt, readings: (await readDeployStory(deps, attempt)).readings});
		},
	},
];
