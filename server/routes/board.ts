/** The board for programs, and the proof of what it rests on. */
import type {Deps} from '../actions/deps.ts';
import {gatherBoard} from '../board.ts';
import {boardAnswer, signalsAnswer} from '../schemas/answers.ts';
import type {Route} from './route.ts';

export const boardRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/api/v1/board', access: 'viewer'},
		doc: {
			...{id: 'getBoard', summary: 'What is on fire, what is going out, whether the signals can be trusted, and what is owed.'},
			answers: {200: {schema: boardAnswer}},
		},
		async answer(_request, response) {
			const {now, services, incidents, broken, deploys, signals, owed} = await gatherBoard(deps);
			response.json({at: now, services, incidents, broken, deploys, signals, owed});
		},
	},
	{
		...{method: 'get', path: '/api/v1/signals', access: 'viewer'},
		doc: {
			...{id: 'proveSignals', summary: 'Whether each signal is alive, and how that is known.'},
			answers: {200: {schema: signalsAnswer}},
		},
		async answer(_request, response) {
			const services = [...deps.config.services.keys()];
			const proofs = services.flatMap(service =>
				deps.signals(service).map(async reader => ({service, signal: reader.name, proofs: await reader.prove()})),
			);
			response.json({signals: await Promise.all(proofs)});
		},
	},
];
