import {connect, createServer} from 'node:net';
import {performance} from 'node:perf_hooks';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {AppError} from '../../../server/app-error.ts';
import {systemClock} from '../../../server/clock.ts';
import {type AnnouncementOptions, listenForAnnouncements} from '../../../server/integrations/announcements.ts';
import type {SalLine} from '../../../server/integrations/sal/sal-line.ts';

async function listener(t: ExecutionContext, options: Partial<AnnouncementOptions> = {}) {
	const heard: SalLine[] = [];
	const refused: string[] = [];
	const listening = await listenForAnnouncements({
		host: '127.0.0.1',
		port: 0,
		clock: systemClock,
		onMessage: parsed => void heard.push(parsed),
		onRefused: reason => void refused.push(reason),
		idleMs: 300,
		...options,
	});
	t.teardown(() => listening.close());
	return {...listening, heard, refused};
}

/** As scap does it: connect, send everything, close. */
const say = (port: number, bytes: Uint8Array | string, {hangUp = true} = {}) =>
	new Promise<void>(resolve => {
		const socket = connect({host: '127.0.0.1', port});
		// The listener may hang up first; that is what some tests are about.
		socket.on('error', () => resolve());
		socket.on('close', () => resolve());
		socket.resume();
		if (hangUp) socket.end(bytes);
		else socket.write(bytes);
	});

async function until(condition: () => boolean): Promise<boolean> {
	const deadline = performance.now() + 10_000;
	while (!condition() && performance.now() < deadline) await systemClock.sleep(5);
	return condition();
}

test('hears what scap says: one connection, no newline', async t => {
	const {port, heard, refused} = await listener(t);
	const before = systemClock.now();
	await say(port, '!log deployer1@deploy2002 Started scap sync-world: x — y (T400101)');
	t.true(await until(() => heard.length === 1));
	t.like(heard[0], {
		actor: 'deployer1',
		host: 'deploy2002',
		shape: 'sync-world-start',
		message: 'Started scap sync-world: x — y (T400101)',
	});
	t.true((heard[0]?.at ?? '') >= before);
	t.deepEqual(refused, []);
});

test('hears a sender that does not hang up', async t => {
	const {port, heard} = await listener(t);
	await say(port, '!log deployer1@deploy2002 Rolling back deployment\n', {hangUp: false});
	t.true(await until(() => heard.length === 1));
	t.is(heard[0]?.shape, 'auto-rollback');
});

test('the second line of a message was said by the same sender', async t => {
	const {port, heard} = await listener(t);
	await say(
		port,
		'!log deployer8@deploy1001 Scap failed! 3/11 canaries failed their endpoint checks (http://x).\nWARNING: Canaries have not been rolled back.',
	);
	t.true(await until(() => heard.length === 2));
	t.deepEqual(
		heard.map(line => [line.actor, line.shape]),
		[
			['deployer8', 'canary-endpoint'],
			['deployer8', 'canary-warning'],
		],
	);
});

test('refuses with a reason what is no announcement, and what is too long', async t => {
	const {port, heard, refused} = await listener(t);
	await say(port, 'GET / HTTP/1.1\r\n');
	await say(port, '!log deployer1@deploy2002');
	await say(port, `!log deployer1@deploy2002 ${'x'.repeat(1024 * 1024)}`);
	t.true(await until(() => refused.length >= 3), refused.join('|'));
	t.true(refused.some(reason => /at most 8192 bytes/.test(reason)));
	t.is(heard.filter(line => line.shape !== 'manual').length, 0);
});

test('a sender that drips does not hold its connection for ever', async t => {
	const {port, heard} = await listener(t, {idleMs: 10_000, lifetimeMs: 200});
	await say(port, '!log deployer1@deploy2002 Started scap', {hangUp: false});
	t.true(await until(() => heard.length === 1));
});

test('above the limit connections are dropped, and the next ones are heard', async t => {
	const {port, heard, refused} = await listener(t, {connectionsMax: 2, idleMs: 400});
	const holding = [say(port, 'x', {hangUp: false}), say(port, 'x', {hangUp: false}), say(port, 'x', {hangUp: false})];
	await Promise.all(holding);
	t.true(
		refused.some(reason => /2 connections/.test(reason)),
		refused.join('|'),
	);
	await say(port, '!log deployer1@deploy2002 Rolling back deployment');
	t.true(await until(() => heard.length === 1));
});

test('a handler that fails loses its own message only', async t => {
	let calls = 0;
	const {port, refused} = await listener(t, {
		async onMessage() {
			calls += 1;
			if (calls === 1) throw new Error('disk full');
		},
	});
	await say(port, '!log a@b one');
	await say(port, '!log a@b two');
	t.true(await until(() => calls === 2 && refused.length === 1));
	t.deepEqual(refused, ['It could not be recorded: disk full']);
});

test('any bytes leave it listening', async t => {
	const {port, heard, refused} = await listener(t);
	await fc.assert(
		fc.asyncProperty(fc.uint8Array({maxLength: 300}), fc.boolean(), async (bytes, addressed) => {
			await say(port, addressed ? Buffer.concat([Buffer.from('!log a@b '), bytes]) : bytes);
		}),
		{numRuns: 100},
	);
	await say(port, '!log last@host Rolling back deployment');
	t.true(await until(() => heard.at(-1)?.actor === 'last'));
	t.true(heard.length + refused.length > 1);
});

test('closing hands on what came in, and says so when the address is taken', async t => {
	const taken = createServer();
	await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve));
	t.teardown(() => taken.close());
	const address = taken.address();
	const port = typeof address === 'object' && address !== null ? address.port : 0;
	await t.throwsAsync(listenForAnnouncements({host: '127.0.0.1', port, clock: systemClock, onMessage: () => undefined}), {
		instanceOf: AppError,
		message: /cannot be received at 127\.0\.0\.1/,
	});
	const heard: string[] = [];
	const listening = await listenForAnnouncements({
		host: '127.0.0.1',
		port: 0,
		clock: systemClock,
		async onMessage(parsed) {
			await systemClock.sleep(20);
			heard.push(parsed.message);
		},
	});
	await Promise.all([say(listening.port, '!log a@b one'), say(listening.port, '!log a@b two')]);
	await listening.close();
	t.deepEqual(heard.toSorted(), ['one', 'two']);
});
