/** What a story asks of the service beside what its commands ask. */
import type {TimelineEvent} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';

export type ServiceApi = {
	record(note: {readonly text: string; readonly service: string; readonly at: string; readonly key: string}): Promise<void>;
	/** All events of a service, oldest first. */
	events(service: string): Promise<readonly TimelineEvent[]>;
	/** The report of an incident, drafted now. */
	report(incident: string, format: 'md' | 'json'): Promise<string>;
	page(path: string): Promise<string>;
};

const limitMs = 30_000;

async function reach(url: string, init: RequestInit): Promise<{response: Response; text: string}> {
	try {
		const response = await fetch(url, {...init, signal: AbortSignal.timeout(limitMs)});
		return {response, text: await response.text()};
	} catch (error) {
		throw new AppError(
			'unavailable',
			`The story's service at ${new URL(url).origin} does not answer: ${error instanceof Error ? error.message : String(error)}.`,
		);
	}
}

async function ask(url: string, init: RequestInit = {}): Promise<string> {
	const {response, text} = await reach(url, init);
	if (!response.ok) throw new AppError('unavailable', `${url} answered ${response.status}: ${text.slice(0, 500)}`);
	return text;
}

export function serviceApi(url: string): ServiceApi {
	return {
		async record({text, service, at, key}) {
			const about = {service, deploy: null, incident: null, idempotencyKey: key};
			const actor = {kind: 'system', name: 'replay'};
			const event = {kind: 'note', source: 'human', actor, happenedAt: at, precision: 's', text, data: {}, ...about};
			await ask(`${url}/api/v1/events`, {
				method: 'POST',
				headers: {'content-type': 'application/json'},
				body: JSON.stringify({events: [event]}),
			});
		},
		async events(service) {
			const events: TimelineEvent[] = [];
			let after = '';
			for (;;) {
				const page = await ask(`${url}/api/v1/events?service=${encodeURIComponent(service)}${after}`);
				const answer = JSON.parse(page) as {events: TimelineEvent[]; next: string | null};
				events.push(...answer.events);
				if (answer.next === null) return events;
				after = `&after=${encodeURIComponent(answer.next)}`;
			}
		},
		report: (incident, format) => ask(`${url}/api/v1/incidents/${encodeURIComponent(incident)}/report?format=${format}`),
		page: path => ask(`${url}${path}`),
	};
}
