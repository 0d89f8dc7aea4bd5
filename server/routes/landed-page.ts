/** What is landed: the page, and the same question about one change for programs. */
import {landedPage} from '../../templates/landed-page.ts';
import type {Deps} from '../actions/deps.ts';
import {gatherLanded, landedChange} from '../landed-list.ts';
import {landedChangeSchema, landedQuerySchema} from '../schemas/lists.ts';
import {parse} from '../schemas/parse.ts';
import type {Route} from './route.ts';
import {sendPage} from './send-page.ts';

export const landedRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/landed', access: 'viewer'},
		async answer({query}, response) {
			const input = await gatherLanded(deps, query);
			sendPage(response, 'pages/landed.hbs', landedPage(input), input.problems.length > 0 ? 422 : 200);
		},
	},
	{
		...{method: 'get', path: '/api/v1/landed', access: 'viewer'},
		doc: {
			...{id: 'findLanded', summary: 'Where a change is live, or was: by commit or Change-Id.', query: landedQuerySchema},
			answers: {200: {schema: landedChangeSchema}},
		},
		async answer({query}, response) {
			const {change, service} = parse(landedQuerySchema, query, 'The question');
			const {changes, heads} = await landedChange(deps, change, service);
			response.json({
				change,
				changes: changes.map(({change: {repository, branch, sha, changeId, subject}, places, deploys}) => ({
					...{repository, branch: branch ?? null, sha: sha ?? null, changeId: changeId ?? null, subject: subject ?? null},
					...{places, deploys},
				})),
				heads: heads.map(({service: name, group, repository, branch, sha, since, until, deploy, attempt}) => ({
					...{service: name, group, repository, branch: branch ?? null, sha, since, until, deploy, attempt},
				})),
			});
		},
	},
];
