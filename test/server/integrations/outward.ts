import {once} from 'node:events';
import {createServer, type RequestListener} from 'node:http';
import type {AddressInfo} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {askOutward, OutwardError} from '../../../server/integrations/outward.ts';

async function serverUnderTest(t: ExecutionContext, answer: RequestListener): Promise<string> {
	const server = createServer(answer).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const bounds = {timeoutMs: 500, bytesMax: 1000};
const kindOf = async (t: ExecutionContext, asking: Promise<unknown>) =>
	(await t.throwsAsync(asking, {instanceOf: OutwardError}))?.kind ?? null;

test('any status is an answer, and a redirect is not followed', async t => {
	const url = await serverUnderTest(t, (request, response) => {
		response.writeHead(request.url === '/there' ? 302 : 429, {location: '/elsewhere', 'retry-after': '7'});
		response.end('slowly');
	});
	t.like(await askOutward({url, ...bounds}), {status: 429, text: 'slowly', headers: {'retry-after': '7'}});
	t.is((await askOutward({url: `${url}/there`, ...bounds})).status, 302);
});

test('an answer that never comes, or never ends, is given up in time', async t => {
	const silent = await serverUnderTest(t, () => undefined);
	t.is(await kindOf(t, askOutward({url: silent, ...bounds})), 'timeout');
	const endless = await serverUnderTest(t, (_request, response) => void response.write('{'));
	t.is(await kindOf(t, askOutward({url: endless, ...bounds})), 'timeout');
});

test('an answer that is too large is not read to its end', async t => {
	const url = await serverUnderTest(t, (_request, response) => response.end('x'.repeat(5000)));
	t.is(await kindOf(t, askOutward({url, ...bounds})), 'too-large');
});

test('nobody there, half an answer and a caller that left are told apart', async t => {
	t.is(await kindOf(t, askOutward({url: 'http://127.0.0.1:1/', ...bounds})), 'unreachable');
	const half = await serverUnderTest(t, (_request, response) => {
		response.writeHead(200, {'content-length': '100'});
		response.write('half');
		setTimeout(() => response.destroy(), 20);
	});
	t.is(await kindOf(t, askOutward({url: half, ...bounds})), 'unreachable');
	const silent = await serverUnderTest(t, () => undefined);
	t.is(await kindOf(t, askOutward({url: silent, ...bounds, abort: AbortSignal.timeout(50)})), 'aborted');
});
