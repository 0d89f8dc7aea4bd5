/** A real webhook for a test: it keeps what was posted, and answers as it is told to. */
import {once} from 'node:events';
import {createServer, type IncomingHttpHeaders, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {ExecutionContext} from 'ava';

export type Posted = {readonly body: unknown; readonly text: string; readonly headers: IncomingHttpHeaders};

/** How one post is answered; what is given does everything itself. */
export type Answer = number | ((response: ServerResponse) => void);

export type WebhookUnderTest = {
	readonly url: string;
	readonly posted: readonly Posted[];
	/** The answers from now on, one after another; the last one stays. */
	answers(...next: readonly Answer[]): void;
};

const textIn = (body: unknown): string =>
	typeof body === 'object' && body !== null && 'text' in body && typeof body.text === 'string' ? body.text : '';

/** Takes everything with 200 until it is told otherwise; ends with the test. */
export async function webhookUnderTest(t: ExecutionContext): Promise<WebhookUnderTest> {
	const posted: Posted[] = [];
	let answers: Answer[] = [200];
	const server = createServer(async (request, response) => {
		let text = '';
		for await (const piece of request) text += String(piece);
		const body = JSON.parse(text) as unknown;
		posted.push({body, text: textIn(body), headers: request.headers});
		const answer = answers.length > 1 ? answers.shift() : answers[0];
		if (typeof answer === 'function') answer(response);
		else response.writeHead(answer ?? 200).end('ok');
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/T0/B0/secret-part`;
	return {
		...{url, posted},
		answers(...next) {
			answers = [...next];
		},
	};
}
