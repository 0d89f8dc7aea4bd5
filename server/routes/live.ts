/** `GET /live?topic=…`: tells a page that what it shows has changed. Server-sent events, see server/live.ts. */
import {type Deps, reading} from '../actions/deps.ts';
import {AppError} from '../app-error.ts';
import {foundOf} from '../door/find-caller.ts';
import type {Listener, Topic} from '../live.ts';
import {sendProblem} from '../problem.ts';
import type {Route} from './route.ts';

const everything = (name: string): Topic => ({name, ticks: false, touches: () => true});

/** Pages that show something of everything. */
const wholes: readonly string[] = ['board', 'deploys', 'incidents', 'landed', 'notices'];

/** What a page that was being made while something was recorded may lack; its time has whole seconds. */
const makingMs = 5000;

/** A deploy and an incident show what happened to their service meanwhile, too. */
async function topicOf(deps: Deps, name: string): Promise<Topic> {
	if (wholes.includes(name)) return everything(name);
	if (name === 'signals') return {name, ticks: true, touches: () => false};
	const [kind, written = ''] = name.split('/', 2);
	const id = decodeId(written);
	if (kind === 'deploy') {
		const service = (await reading(deps).deploys.attemptsOf(id))[0]?.service;
		if (service === undefined) throw new AppError('not-found', `There is no deploy ${id.slice(0, 100)}.`);
		return {name, ticks: false, touches: event => event.deploy === id || event.service === service};
	}
	if (kind === 'incident') {
		const incident = await reading(deps).incidents.get(id);
		if (!incident) throw new AppError('not-found', `There is no incident ${id.slice(0, 100)}.`);
		return {name, ticks: false, touches: event => event.incident === incident.id || event.service === incident.service};
	}
	throw new AppError(
		'invalid',
		`There is no topic ${JSON.stringify(name.slice(0, 100))}; the topics are ${wholes.join(', ')}, signals, deploy/ID and incident/ID.`,
	);
}

function decodeId(written: string): string {
	try {
		return decodeURIComponent(written);
	} catch {
		// Not encoded as addresses are: then it is what it looks like.
		return written;
	}
}

/** What the page knows: an event's number, from the browser or from the page, or the time at which it was made. */
function knownBy(lastEventId: string | undefined, query: Readonly<Record<string, unknown>>): Listener['knows'] {
	for (const said of [lastEventId, query['since']]) if (typeof said === 'string' && /^\d{1,15}$/.test(said)) return {seq: Number(said)};
	const [, date, time] = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)/.exec(String(query['made'] ?? '')) ?? [];
	const madeMs = Date.parse(`${date}T${time}Z`);
	return Number.isNaN(madeMs) ? null : {before: new Date(madeMs - makingMs).toISOString()};
}

export const liveRoutes = (deps: Deps): readonly Route[] => [
	{
		...{method: 'get', path: '/live', access: 'viewer'},
		async answer(request, response) {
			const topic = await topicOf(deps, typeof request.query['topic'] === 'string' ? request.query['topic'] : '');
			const found = foundOf(response);
			response.set({
				...{'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store'},
				// nginx would keep what it is to pass on.
				'x-accel-buffering': 'no',
			});
			const wire = {
				write: (text: string) => response.write(text),
				get writableLength() {
					return response.writableLength;
				},
				end: () => void response.end(),
				destroy: () => void response.destroy(),
			};
			const stop = await deps.live.listen({
				...{topic, wire, caller: found.key, knows: knownBy(request.get('last-event-id'), request.query)},
				isWelcome: () => found.isStillGood(),
			});
			if (stop !== false) {
				response.on('close', stop);
				if (response.destroyed) stop();
				return;
			}
			const detail = 'Too many pages are watched live at once. This one still works; reload it to see what is new.';
			sendProblem(response, {type: 'about:blank', title: 'Not available now', status: 503, detail, problems: []});
		},
	},
];
