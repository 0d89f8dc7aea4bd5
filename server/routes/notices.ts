/** The outbox, for programs and as a page: what is on its way, what could not be delivered, and sending it again. */
import type {Request, Response} from 'express';
import {noticesPage} from '../../templates/notices-page.ts';
import {giveUpNotice, type NoticeChange, sendNoticeAgain} from '../actions/change-notice.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {actorOf, callerOf} from '../caller.ts';
import type {NoticeTarget} from '../config.ts';
import {noticeChangeSchema, noticeListSchema, noticeQuerySchema, noticeSchema, outboxSchema} from '../schemas/notices.ts';
import {parse} from '../schemas/parse.ts';
import type {OutboxTarget, StoredNotice} from '../stores/outbox.ts';
import type {Route} from './route.ts';
import {sendPage} from './send-page.ts';

const usualLimit = 50;

const answerOf = ({words, thread: _thread, position: _position, since: _since, ...notice}: StoredNotice) => ({
	...notice,
	text: words?.sentence ?? null,
});

type Listed = {readonly notices: StoredNotice[]; readonly next: string | null; readonly state: StoredNotice['state'] | null};

async function list(deps: Deps, query: unknown): Promise<Listed> {
	const {state, target, after, limit = usualLimit} = parse(noticeQuerySchema, query, 'The filter');
	const filter = {
		...(state === undefined ? {} : {state}),
		...(target === undefined ? {} : {target}),
		...(after === undefined ? {} : {before: Number(after)}),
	};
	const found = await reading(deps).outbox.list(limit + 1, filter);
	const notices = found.slice(0, limit);
	return {notices, next: found.length > limit ? String(notices.at(-1)?.position ?? 0) : null, state: state ?? null};
}

const whereOf = ({via}: NoticeTarget): string =>
	via.kind === 'webhook' ? 'a webhook' : `mail to ${via.to.map(({address}) => address).join(', ')} by ${via.host}`;

/** Every target that is configured, then those that are not any more and have something waiting or failed. */
async function standing(deps: Deps): Promise<(OutboxTarget & {configured: NoticeTarget | null})[]> {
	const found = await reading(deps).outbox.standing();
	const known = [...deps.config.notices.values()].map(configured => ({
		...(found.find(({target}) => target === configured.name) ?? {
			...{target: configured.name, waiting: 0, failed: 0, oldestWaitingAt: null, reason: null},
		}),
		configured,
	}));
	return [...known, ...found.filter(({target}) => !deps.config.notices.has(target)).map(target => ({...target, configured: null}))];
}

function changeOf(deps: Deps, request: Request, response: Response, idempotencyKey = deps.newId()): NoticeChange {
	return {id: String(request.params['notice']), actor: actorOf(callerOf(response)), idempotencyKey};
}

const body = {json: '16kb'};
const form = {form: '16kb'};
type Change = (deps: Deps, request: NoticeChange) => Promise<StoredNotice>;

/** The same for a program and for a form on the page. */
const changeRoutes = (deps: Deps, what: string, id: string, summary: string, change: Change): readonly Route[] => [
	{
		...{method: 'post', path: `/api/v1/notices/:notice/${what}`, access: 'admin', body},
		doc: {id, summary, body: noticeChangeSchema, answers: {201: {schema: noticeSchema}}},
		async answer(request, response) {
			const {idempotencyKey} = parse(noticeChangeSchema, request.body, 'The change');
			response.status(201).json(answerOf(await change(deps, changeOf(deps, request, response, idempotencyKey))));
		},
	},
	{
		...{method: 'post', path: `/notices/:notice/${what}`, access: 'admin', body: form},
		async answer(request, response) {
			await change(deps, changeOf(deps, request, response));
			response.redirect(303, '/notices');
		},
	},
];

async function page(deps: Deps, query: unknown) {
	const [listed, targets] = await Promise.all([list(deps, query), standing(deps)]);
	return noticesPage({
		now: deps.clock.now(),
		targets: targets.map(({target, configured, ...about}) => ({
			...{name: target, ...about, where: configured === null ? null : whereOf(configured)},
			...{about: [...(configured?.about ?? [])], services: configured?.services ?? null},
		})),
		notices: listed.notices.map(({words, ...notice}) => ({...notice, text: words?.sentence ?? null, href: words?.path ?? null})),
		...{state: listed.state, next: listed.next},
	});
}

export const noticeRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/api/v1/notices', access: 'admin'},
		doc: {
			...{id: 'listNotices', summary: 'What was told, is on its way or could not be delivered; newest first.'},
			...{query: noticeQuerySchema, answers: {200: {schema: noticeListSchema}}},
		},
		async answer({query}, response) {
			const {notices, next} = await list(deps, query);
			response.json({notices: notices.map(answerOf), next});
		},
	},
	{
		...{method: 'get', path: '/api/v1/outbox', access: 'viewer'},
		doc: {id: 'readOutbox', summary: 'How each target of notices stands.', answers: {200: {schema: outboxSchema}}},
		async answer(_request, response) {
			const targets = await standing(deps);
			response.json({
				targets: targets.map(({configured, ...target}) => ({
					...target,
					...{configured: configured !== null, kind: configured?.via.kind ?? null},
				})),
			});
		},
	},
	...changeRoutes(deps, 'attempts', 'sendNoticeAgain', 'Send a notice once more, now.', sendNoticeAgain),
	...changeRoutes(deps, 'surrenders', 'giveUpNotice', 'Give a notice up: it is not sent any more.', giveUpNotice),
	{
		...{method: 'get', path: '/notices', access: 'admin'},
		async answer({query}, response) {
			sendPage(response, 'pages/notices.hbs', await page(deps, query));
		},
	},
];
