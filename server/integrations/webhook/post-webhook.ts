/** Posts a notice to a webhook that takes what Slack's incoming webhooks take: Slack, Mattermost, Rocket.Chat, a script. */
import {retryAfterMs} from '../../backoff.ts';
import {type Delivery, failed, retry, sent} from '../delivery.ts';
import {askOutward, OutwardError} from '../outward.ts';

export type WebhookPost = {
	readonly url: string;
	readonly ca: string | null;
	/** Sent as JSON. */
	readonly body: unknown;
	/** The same at every attempt, so that whoever gets it can tell a second delivery. */
	readonly id: string;
	readonly timeoutMs: number;
	readonly abort: AbortSignal;
	readonly now: () => string;
};

const answerBytesMax = 64 * 1024;
const saidMax = 200;

/** Nothing that comes again in the same way is taken: the address, the right to it or the body is wrong. */
const neverTaken = new Set([400, 401, 403, 404, 405, 410, 413, 415, 422]);

const remedies: Readonly<Record<number, string>> = {
	401: 'the address in url_file is not the right one any more',
	403: 'the address in url_file may not post there',
	404: 'nothing is at the address in url_file',
	410: 'the channel or the webhook is gone: make a new one and put its address into url_file',
};

function judge(status: number, host: string, said: string, retryAfter: number | null): Delivery {
	if (status >= 200 && status < 300) return sent();
	const words = said.trim().replaceAll(/\s+/g, ' ').slice(0, saidMax);
	const answer = `${host} answered ${status}${words === '' ? '' : ` (${words})`}`;
	if (status >= 300 && status < 400)
		return retry(`${answer}: a redirect, which is not followed; put the address it is about into url_file`, retryAfter);
	if (!neverTaken.has(status)) return retry(answer, retryAfter);
	const remedy = remedies[status];
	return failed(remedy === undefined ? answer : `${answer}: ${remedy}`);
}

/** One attempt. The secret address is in no reason: only its host is. */
export async function postWebhook({url, ca, body, id, timeoutMs, abort, now}: WebhookPost): Promise<Delivery> {
	const parsed = URL.canParse(url) ? new URL(url) : null;
	if (parsed === null || !['http:', 'https:'].includes(parsed.protocol))
		return retry('url_file does not hold an address: it must be one line that begins with https:// or http://');
	const headers = {'content-type': 'application/json; charset=utf-8', 'user-agent': 'Signalbox', 'idempotency-key': id};
	try {
		const request = {url, method: 'POST', headers, body: JSON.stringify(body), timeoutMs, bytesMax: answerBytesMax, abort, ca} as const;
		const answer = await askOutward(request);
		return judge(answer.status, parsed.host, answer.text, retryAfterMs(answer.headers['retry-after'], now()));
	} catch (error) {
		if (!(error instanceof OutwardError)) throw error;
		// The status came and the rest of the answer did not: it was taken, or refused, all the same.
		if (error.status !== null && error.kind !== 'aborted') return judge(error.status, parsed.host, '', null);
		return retry(error.message);
	}
}
