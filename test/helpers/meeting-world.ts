/** An incident with its post-mortem form, filled as a browser without script fills it: the page is read, and its own forms are sent. */
import type {ExecutionContext} from 'ava';
import type {Actor} from '../../reports/events.ts';
import {incidentOnly} from './incident-only.ts';
import {type ServiceUnderTest, type ServiceUnderTestOptions, serviceUnderTest} from './service.ts';

export const ann: Actor = {kind: 'person', name: 'Ann Editor'};
export const bob: Actor = {kind: 'person', name: 'Bob Facilitator'};

export type Sent = {readonly status: number; readonly location: string; readonly html: string};
export type Fields = Readonly<Record<string, string>>;

export type MeetingUnderTest = ServiceUnderTest & {
	readonly incident: string;
	/** `/incidents/INC-2026-0001/meeting`. */
	readonly path: string;
	read(address?: string): Promise<string>;
	/** The form that goes to `action`, as the page has it now, with what is typed. */
	fill(action: string, typed: Fields): Promise<Sent>;
	/** Sends a form as it was read before. */
	send(action: string, fields: Fields): Promise<Sent>;
	api(method: 'GET' | 'PUT' | 'POST', address: string, body?: unknown): Promise<{status: number; body: Record<string, unknown>}>;
};

const entities: Readonly<Record<string, string>> = {
	'&lt;': '<',
	'&gt;': '>',
	'&quot;': '"',
	'&#x27;': "'",
	'&#x60;': '`',
	'&#x3D;': '=',
	'&amp;': '&',
};
export const unescaped = (html: string): string =>
	html.replaceAll(/&(?:lt|gt|quot|#x27|#x60|#x3D|amp);/g, found => entities[found] ?? found);

const attribute = (tag: string, name: string): string | undefined => new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];

/** What a browser would send of the first form of a page that goes to `action`; null where there is none. */
export function formIn(html: string, action: string): Fields | null {
	const form = [...html.matchAll(/<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g)].find(
		([, to = '']) => unescaped(to) === action,
	)?.[2];
	if (form === undefined) return null;
	const fields: Record<string, string> = {};
	for (const [tag] of form.matchAll(/<input[^>]*>/g))
		fields[unescaped(attribute(tag, 'name') ?? '')] = unescaped(attribute(tag, 'value') ?? '');
	for (const [, tag = '', text = ''] of form.matchAll(/<textarea([^>]*)>([\s\S]*?)<\/textarea>/g))
		fields[attribute(tag, 'name') ?? ''] = unescaped(text.replace(/^\n/, ''));
	for (const [, tag = '', options = ''] of form.matchAll(/<select([^>]*)>([\s\S]*?)<\/select>/g)) {
		const all = [...options.matchAll(/<option value="([^"]*)"( selected)?>/g)];
		fields[attribute(tag, 'name') ?? ''] = (all.find(([, , selected]) => selected) ?? all[0])?.[1] ?? '';
	}
	return fields;
}

export async function meetingUnderTest(t: ExecutionContext, options: ServiceUnderTestOptions = {}): Promise<MeetingUnderTest> {
	const under = await serviceUnderTest(t, options);
	const known = (await under.stores().incidents.list(1))[0];
	if (known === undefined) {
		await under.ask('before', {mode: 'force', reason: 'the window closes'});
		await under.ask('canaries');
		await incidentOnly(under.deps, {service: 'app', reason: 'errors everywhere', actor: ann});
	}
	const incident = (known ?? (await under.stores().incidents.list(1))[0])?.id ?? '';
	const path = `/incidents/${incident}/meeting`;
	if (known === undefined) {
		const noticed = {kind: 'detection', source: 'human', actor: bob, happenedAt: under.clock.now(), text: 'A reader saw errors', incident};
		await under.post('/api/v1/events', {events: [{...noticed, idempotencyKey: 'noticed-0001'}]});
	}
	// The cookie that the form's secret belongs to.
	let cookie = '';
	const keep = (response: Response): void => {
		const [set] = response.headers.getSetCookie();
		if (set !== undefined) cookie = set.split(';')[0] ?? '';
	};
	const read = async (address = path): Promise<string> => {
		const response = await fetch(`${under.url}${address}`, {headers: {accept: 'text/html', cookie}});
		keep(response);
		return response.text();
	};
	const send = async (action: string, fields: Fields): Promise<Sent> => {
		const response = await fetch(`${under.url}${action}`, {
			method: 'POST',
			redirect: 'manual',
			headers: {'content-type': 'application/x-www-form-urlencoded', accept: 'text/html', cookie},
			// As browsers do: lines end with both characters.
			body: new URLSearchParams(
				Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value.replaceAll(/\r?\n/g, '\r\n')])),
			).toString(),
		});
		return {status: response.status, location: response.headers.get('location') ?? '', html: await response.text()};
	};
	return {
		...{...under, incident, path, read, send},
		async fill(action, typed) {
			const fields = formIn(await read(), action);
			if (fields === null) throw new Error(`the page has no form to ${action}`);
			return send(action, {...fields, ...typed});
		},
		async api(method, address, body) {
			const response = await fetch(`${under.url}/api/v1/incidents/${incident}${address}`, {
				method,
				headers: {'content-type': 'application/json'},
				...(body === undefined ? {} : {body: JSON.stringify(body)}),
			});
			return {status: response.status, body: (await response.json()) as Record<string, unknown>};
		},
	};
}
