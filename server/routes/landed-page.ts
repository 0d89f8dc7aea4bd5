/** What is landed: the page, and the same questions about one change and one group for programs. */
import {landedPage} from '../../templates/landed-page.ts';
import type {Deps} from '../actions/deps.ts';
import {gatherLanded, type LandedChangeAnswer, type LandedGroupAnswer, landedChange, landedGroup} from '../landed-list.ts';
import {landedChangeSchema, landedGroupSchema, landedQuerySchema} from '../schemas/lists.ts';
import {parse} from '../schemas/parse.ts';
import type {Route} from './route.ts';
import {sendPage} from './send-page.ts';

const changeJson = (change: string, {changes, heads, standings}: LandedChangeAnswer) => ({
	change,
	changes: changes.map(({change: {repository, branch, sha, changeId, subject}, named, places, deploys}) => ({
		...{repository, branch: branch ?? null, sha: sha ?? null, changeId: changeId ?? null, subject: subject ?? null},
		...{named, places, deploys},
	})),
	heads: heads.map(({service, group, repository, branch, sha, since, until, deploy, attempt}) => ({
		...{service, group, repository, branch: branch ?? null, sha, since, until, deploy, attempt},
	})),
	standings,
});

const headsJson = (heads: LandedGroupAnswer['heads']) =>
	heads.map(({repository, branch, sha, since, deploy, attempt}) => ({repository, branch: branch ?? null, sha, since, deploy, attempt}));

const groupJson = ({service, group, version, heads, config, others, picks, picksTotal}: LandedGroupAnswer) => ({
	...{service, group, version, heads: headsJson(heads), config: headsJson(config), others: headsJson(others), picks, picksTotal},
});

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
			...{id: 'findLanded', summary: 'Where a change is live, or was: by commit, Change-Id or patch-id.', query: landedQuerySchema},
			answers: {200: {schema: landedChangeSchema}},
		},
		async answer({query}, response) {
			const {change, service} = parse(landedQuerySchema, query, 'The question');
			response.json(changeJson(change, await landedChange(deps, change, service)));
		},
	},
	{
		...{method: 'get', path: '/api/v1/services/:service/groups/:group/landed', access: 'viewer'},
		doc: {
			...{id: 'getLandedGroup', summary: 'What one group runs: its version, its commits, and the changes that deploys brought on top.'},
			answers: {200: {schema: landedGroupSchema}},
		},
		async answer({params}, response) {
			response.json(groupJson(await landedGroup(deps, String(params['service']), String(params['group']))));
		},
	},
];
