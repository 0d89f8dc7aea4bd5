/** The order planner: what is pasted is short enough for an address, or it is posted; nothing is recorded either way. */
import type {Response} from 'express';
import {type PlannerInput, plannerPage} from '../../templates/planner-page.ts';
import type {Deps} from '../actions/deps.ts';
import {planPasted} from '../actions/plan-pasted.ts';
import {AppError, statusOf} from '../app-error.ts';
import type {Route} from './route.ts';
import {sendPage} from './send-page.ts';

/** An address of this length goes through every proxy, and can be sent to somebody. */
const addressMax = 1500;
const nameMax = 255;
const groupsMax = 200;

type Asked = {
	readonly service: string;
	readonly repository: string;
	readonly text: string;
	/** Empty: all that the service has. */
	readonly groups: readonly string[];
};

const word = (value: unknown): string => (typeof value === 'string' ? value : '');

const words = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(word) : [word(value)]).filter(each => each !== '');

function askedIn(deps: Deps, given: Readonly<Record<string, unknown>>): Asked {
	const [first = ''] = deps.config.services.keys();
	const service = word(given['service']) === '' ? first : word(given['service']);
	// The boxes that were ticked are those of the service that was shown with them.
	const shown = word(given['groups_of']);
	const groups = shown === '' || shown === service ? [...new Set(words(given['group']))].slice(0, groupsMax) : [];
	const all = deps.config.services.get(service)?.groups ?? [];
	const isAll = all.every(group => groups.includes(group)) && groups.length === all.length;
	return {service, repository: word(given['repository']).trim(), text: word(given['changes']), groups: isAll ? [] : groups};
}

async function answerPlan(deps: Deps, asked: Asked, response: Response): Promise<void> {
	const all = deps.config.services.get(asked.service)?.groups ?? [];
	const chosen = all.filter(group => asked.groups.includes(group));
	const blank: PlannerInput = {
		...{now: deps.clock.now(), services: [...deps.config.services.keys()]},
		...{...asked, groups: all, chosen: chosen.length === 0 ? all : chosen, problems: [], unread: [], plan: null},
	};
	if (asked.text.trim() === '') return sendPage(response, 'pages/planner.hbs', plannerPage(blank));
	try {
		if (asked.repository.length > nameMax || /\p{Cc}/u.test(asked.repository))
			throw new AppError('invalid', `Repository: at most ${nameMax} characters, and no control characters.`);
		const {answer, given, unread} = await planPasted(deps, {
			...asked,
			repository: asked.repository === '' ? null : asked.repository,
		});
		const plan = answer === null ? null : {...answer.explained, verdict: answer.verdict, given};
		return sendPage(response, 'pages/planner.hbs', plannerPage({...blank, unread, plan}), plan === null ? 422 : 200);
	} catch (error) {
		// What was pasted stays in its field, whatever is wrong with it.
		if (!(error instanceof AppError)) throw error;
		const problems = [error.message, ...error.problems];
		return sendPage(response, 'pages/planner.hbs', plannerPage({...blank, problems}), statusOf[error.code]);
	}
}

export const plannerRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/order', access: 'viewer'},
		answer: ({query}, response) => answerPlan(deps, askedIn(deps, query), response),
	},
	{
		...{method: 'post', path: '/order', access: 'viewer', body: {form: '1mb'}},
		async answer({body}, response) {
			const asked = askedIn(deps, (body ?? {}) as Readonly<Record<string, unknown>>);
			const address = new URLSearchParams({service: asked.service, changes: asked.text});
			if (asked.repository !== '') address.set('repository', asked.repository);
			for (const group of asked.groups) address.append('group', group);
			const text = address.toString();
			if (text.length <= addressMax) response.redirect(303, `/order?${text}`);
			else await answerPlan(deps, asked, response);
		},
	},
];
