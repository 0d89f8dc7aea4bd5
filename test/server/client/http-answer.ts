import {createServer} from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import {exchange} from '../../../server/client/exchange.ts';
import {type AnswerHead, AnswerReader} from '../../../server/client/http-answer.ts';

type Read = {readonly head: AnswerHead | null; readonly body: string; readonly complete: boolean};

/** Reads these bytes in pieces of these lengths, the last one with what is left, and then the end of the connection. */
function read(bytes: Buffer, lengths: readonly number[] = [], ends = true): Read {
	const heads: AnswerHead[] = [];
	const pieces: Buffer[] = [];
	const reader = new AnswerReader(
		head => heads.push(head),
		piece => pieces.push(piece),
	);
	let from = 0;
	for (const length of [...lengths, bytes.length]) {
		reader.take(bytes.subarray(from, from + length));
		from += length;
	}
	const complete = ends ? reader.end() : reader.isComplete;
	return {head: heads[0] ?? null, body: Buffer.concat(pieces).toString('latin1'), complete};
}

const answer = (...parts: readonly (string | Buffer)[]): Buffer => Buffer.concat(parts.map(part => Buffer.from(part)));
const okHead = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
const lengths = fc.array(fc.nat({max: 40}), {maxLength: 60});
const chunk = (bytes: Uint8Array): Buffer => answer(`${bytes.length.toString(16)};name=value\r\n`, Buffer.from(bytes), '\r\n');
const chunks = fc.array(fc.uint8Array({minLength: 1, maxLength: 300}), {maxLength: 8});

test('an answer in chunks is read the same however the network cuts it', t => {
	fc.assert(
		fc.property(chunks, lengths, (pieces, cuts) => {
			const bytes = answer(
				`HTTP/1.1 100 Continue\r\n\r\n${okHead}Transfer-Encoding: chunked\r\n\r\n`,
				...pieces.map(chunk),
				'0\r\nTrailer: x\r\n\r\n',
			);
			const body = Buffer.concat(pieces).toString('latin1');
			t.deepEqual(read(bytes, cuts, false), {head: {status: 200, contentType: 'application/json'}, body, complete: true});
		}),
	);
});

test('an answer of known length ends there, and what follows is left alone', t => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 500}), lengths, (body, cuts) => {
			const bytes = answer(`${okHead}Content-Length: ${body.length}\r\n\r\n`, Buffer.from(body), 'HTTP/1.1 500 Not ours\r\n\r\n');
			const wanted = {head: {status: 200, contentType: 'application/json'}, body: Buffer.from(body).toString('latin1'), complete: true};
			t.deepEqual(read(bytes, cuts, false), wanted);
		}),
	);
});

test('an answer that is cut off is never taken for a whole one', t => {
	const whole = [
		answer(`${okHead}Content-Length: 12\r\n\r\nhello, world`),
		answer(`${okHead}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`),
	];
	fc.assert(
		fc.property(fc.constantFrom(...whole), fc.nat({max: 200}), lengths, (bytes, kept, cuts) => {
			t.false(read(bytes.subarray(0, kept % bytes.length), cuts).complete);
		}),
	);
});

test('without a length the body goes on to the end of the connection', t => {
	const bytes = answer(`${okHead}\r\n`, 'as long as it takes');
	t.false(read(bytes, [3, 30], false).complete);
	t.deepEqual(read(bytes, [3, 30]), {head: {status: 200, contentType: 'application/json'}, body: 'as long as it takes', complete: true});
});

test('bytes at random are read or refused, and nothing else happens', t => {
	const line = fc.oneof(
		fc.string(),
		fc.constantFrom('HTTP/1.1 200 OK', 'content-length: 3', 'transfer-encoding: chunked', '', 'ffffffff', '0'),
	);
	fc.assert(
		fc.property(fc.array(line, {maxLength: 12}), lengths, (lines, cuts) => {
			try {
				read(answer(lines.join('\r\n')), cuts);
			} catch (error) {
				t.is(error instanceof Error ? error.constructor.name : '', 'NotHttp');
			}
		}),
	);
	t.pass();
});

for (const [what, text] of [
	['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
	['two lengths', `${okHead}Content-Length: 3\r\nContent-Length: 4\r\n\r\n`],
	['a length below nothing', `${okHead}Content-Length: -3\r\n\r\n`],
	['a body packed in a way nobody asked for', `${okHead}Transfer-Encoding: gzip, chunked\r\n\r\n`],
	['a chunk longer than it says', `${okHead}Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n`],
	['a chunk of no size', `${okHead}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
	['a header line without end', `${okHead}X: ${'x'.repeat(20_000)}`],
	['headers without end', `${okHead}${'X: x\r\n'.repeat(300)}`],
] as const) {
	test(`${what} is no answer`, t => {
		const error = t.throws(() => read(answer(text)));
		t.is(error?.constructor.name, 'NotHttp');
	});
}

/** What `exchange` says of a service that sends these texts and hangs up, or stays silent after them. */
async function told(texts: readonly string[], {hangsUp = true, path = '/'} = {}): Promise<string> {
	const server = createServer(socket => {
		socket.on('error', () => undefined);
		socket.once('data', () => {
			for (const text of texts) socket.write(text);
			if (hangsUp) socket.end();
		});
	});
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	const port = typeof address === 'object' && address !== null ? address.port : 0;
	const signal = AbortSignal.timeout(hangsUp ? 20_000 : 200);
	const bodies: string[] = [];
	try {
		await exchange(
			new URL(`http://localhost:${port}`),
			{method: 'POST', path, body: '{}', signal},
			() => undefined,
			bytes => void bodies.push(bytes.toString('utf8')),
		);
		return `answered ${bodies.join('')}`;
	} catch (error) {
		const alive = error instanceof Error && 'alive' in error && error.alive === true ? ' (alive)' : '';
		return `${error instanceof Error ? error.message.replaceAll(String(port), 'PORT') : String(error)}${alive}`;
	} finally {
		server.close();
	}
}

test('each way in which an answer can fail has a sentence of its own', async t => {
	t.is(await told([`${okHead}\r\n{}`]), 'answered {}');
	t.is(await told([]), 'localhost:PORT hung up');
	t.is(await told([`${okHead}Content-Length: 100\r\n\r\n{`]), 'localhost:PORT broke off its answer (closed)');
	t.is(
		await told(['220 mail.example.org ESMTP\r\n']),
		'localhost:PORT answers with no status line of HTTP/1.1; does the url lead to Signalbox?',
	);
	t.is(await told([`${okHead}Content-Length: 100\r\n\r\n{`], {hangsUp: false}), 'no answer in time (alive)');
	t.is(await told([], {hangsUp: false}), 'no answer in time (alive)');
	t.is(await told([`${okHead}\r\n`, 'x'.repeat(17 * 1024 * 1024)]), `localhost:PORT answers with more than ${16 * 1024 * 1024} bytes`);
});
