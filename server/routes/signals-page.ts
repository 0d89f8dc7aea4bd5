/** The page of the signals: whether each can be trusted, and what it said last. */
import {signalsPage} from '../../templates/signals-page.ts';
import type {Deps} from '../actions/deps.ts';
import {gatherSignals} from '../signal-list.ts';
import type {Route} from './route.ts';
import {sendPage} from './send-page.ts';

export const signalsPageRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/signals', access: 'viewer'},
		async answer({query}, response) {
			sendPage(response, 'pages/signals.hbs', signalsPage(await gatherSignals(deps, query['page'])));
		},
	},
];
