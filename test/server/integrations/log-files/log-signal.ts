import {appendFile, rename, rm, truncate, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import type {Bucket} from '../../../../gate/facts.ts';
import {AppError} from '../../../../server/app-error.ts';
import type {LogFileSignalConfig} from '../../../../server/config.ts';
import type {ClosedBucket} from '../../../../server/integrations/log-files/buckets.ts';
import {type LogSignalOptions, openLogSignal} from '../../../../server/integrations/log-files/log-signal.ts';
import {fleet, handClock, logConfig, mediawikiLine, signalConfig, temporaryFolder, until} from '../../../helpers/log-fleet.ts';

const start = Date.parse('2026-03-02T10:00:00.000Z');
const from = new Date(start - 86_400_000).toISOString();
const line = (seconds: number, host: string, more: Parameters<typeof mediawikiLine>[2] = {}) =>
	`${mediawikiLine(start + seconds * 1000, host, more)}\n`;

async function opened(
	t: ExecutionContext,
	text: string | Buffer | null,
	more: Partial<LogFileSignalConfig> = {},
	options: Partial<LogSignalOptions> = {},
) {
	const folder = await temporaryFolder(t);
	const file = path.join(folder, 'error.log');
	if (text !== null) await writeFile(file, text);
	const clock = handClock(start);
	const closed: ClosedBucket[] = [];
	const signal = openLogSignal(signalConfig(file, more), fleet, {clock, onBuckets: buckets => closed.push(...buckets), ...options});
	t.teardown(() => signal.stop());
	await signal.ready;
	return {folder, file, clock, closed, signal};
}

const bucketAt = (buckets: readonly Bucket[], seconds: number) =>
	buckets.find(({at}) => at === new Date(start + seconds * 1000).toISOString());
const canaries = (bucket: Bucket | undefined) =>
	bucket && ('missing' in bucket.canary ? bucket.canary.missing : Object.values(bucket.canary.hosts).map(({count}) => count));

test('two canaries against the baseline: counts, exposure and proof are exact', async t => {
	const text = [
		line(-3600, 'mw1100'),
		line(-20, 'mw1017'),
		'#0 /srv/mediawiki/x.php(1): broke()\n',
		line(-19, 'mw1017.eqiad.wmnet'),
		line(-18, 'mw1018'),
		line(-18, 'mw1018', {level: 'WARNING'}),
		line(-17, 'mw1100'),
		line(-16, 'mw1101'),
		line(-15, 'mw1999'),
		line(-4, 'mw1017', {level: 'INFO'}),
		line(-3, 'mw1102', {level: 'INFO'}),
	].join('');
	const {signal, file} = await opened(t, text);
	const facts = signal.signal(from);
	t.deepEqual(bucketAt(facts.buckets, -20), {
		at: '2026-03-02T09:59:40.000Z',
		canary: {hosts: {mw1017: {count: 2, exposure: 10}, mw1018: {count: 1, exposure: 10}}},
		baseline: {count: 2, exposure: 30},
	});
	t.is(bucketAt(facts.buckets, -10), undefined);
	t.like(facts, {name: 'errors', counts: 'errors', exposureUnit: 'host-seconds', source: `file:${file}`, required: true, bucketMs: 10_000});
	t.deepEqual(facts.proof, {
		matchedOnBaseline: {count: 3, withinMs: 86_400_000},
		newestAt: {canary: '2026-03-02T09:59:56.000Z', baseline: '2026-03-02T09:59:57.000Z'},
		canaries: [
			{host: 'mw1017', newestAt: '2026-03-02T09:59:56.000Z'},
			{host: 'mw1018', newestAt: '2026-03-02T09:59:42.000Z'},
		],
		lagMs: 3000,
	});
	t.like(signal.diagnose(), {
		matched: 6,
		tooOld: 0,
		log: {events: 10, continued: 1, refused: [], otherHosts: {events: 1, names: ['mw1999']}},
	});
});

test('whoever waits is woken when a bucket closes, when a late line changes one, and on abort', async t => {
	const {signal, file, closed} = await opened(t, line(-20, 'mw1017') + line(-20, 'mw1100'));
	const before = closed.length;
	const next = signal.waitForNext(new AbortController().signal);
	await appendFile(file, line(0, 'mw1017') + line(0, 'mw1100'));
	await next;
	t.true(closed.length > before);
	t.deepEqual(canaries(bucketAt(signal.signal(from).buckets, -20)), [1, 0]);
	const late = signal.waitForNext(new AbortController().signal);
	await appendFile(file, line(-19, 'mw1018'));
	await late;
	t.like(closed.at(-1), {revision: 2});
	t.deepEqual(canaries(bucketAt(signal.signal(from).buckets, -20)), [1, 1]);
	const abort = new AbortController();
	const never = signal.waitForNext(abort.signal);
	abort.abort();
	await never;
	await signal.waitForNext(abort.signal);
});

test('a silent canary arm is missing, with since when', async t => {
	const {signal, clock, file} = await opened(t, line(-20, 'mw1017') + line(-20, 'mw1100'));
	await appendFile(file, [0, 10, 20, 30].map(second => line(second, 'mw1100')).join(''));
	clock.advance(40_000);
	await until(() => bucketAt(signal.signal(from).buckets, -10) !== undefined, 'the bucket closed');
	const bucket = bucketAt(signal.signal(from).buckets, -10);
	t.is(canaries(bucket), 'no line from the canaries (mw1017, mw1018) since 2026-03-02T09:59:40.000Z');
	t.deepEqual(bucket?.baseline, {count: 0, exposure: 30});
});

test('a file that vanishes makes buckets missing, says so in the proof, and goes on when it is back', async t => {
	const {signal, clock, file} = await opened(t, line(-20, 'mw1017') + line(-20, 'mw1100'));
	await rm(file);
	await until(() => signal.signal(from).proof.failure !== undefined, 'it was missed');
	clock.advance(60_000);
	await until(() => bucketAt(signal.signal(from).buckets, 10) !== undefined, 'the bucket closed');
	const gone = `${file} is gone since 2026-03-02T10:00:00.000Z`;
	const {buckets, proof} = signal.signal(from);
	t.deepEqual(bucketAt(buckets, 10), {at: '2026-03-02T10:00:10.000Z', canary: {missing: gone}, baseline: {missing: gone}});
	t.is(proof.failure, gone);
	t.deepEqual(proof.matchedOnBaseline, {missing: gone});
	await writeFile(file, [60, 80].flatMap(second => [line(second, 'mw1018'), line(second, 'mw1100')]).join(''));
	clock.advance(21_000);
	await until(() => canaries(bucketAt(signal.signal(from).buckets, 60))?.[1] === 1, 'it was read again');
	t.is(signal.signal(from).proof.failure, undefined);
	t.is(canaries(bucketAt(signal.signal(from).buckets, 10)), gone);
});

test('bad lines are refused, counted and shown, and the good ones among them count', async t => {
	const long = Buffer.alloc(10 * 1024 * 1024, 'x');
	const text = Buffer.concat([
		Buffer.from(line(-20, 'mw1017')),
		Buffer.from(line(-20, 'mw1018', {text: 'Zürich'}), 'latin1'),
		Buffer.from(line(-20, 'mw1100').trimEnd()),
		long,
		Buffer.from('\n'),
		Buffer.from(line(121, 'mw1017')),
		Buffer.from(line(100, 'mw1017')),
		Buffer.from('no time at all \u001b[31m\n'),
		Buffer.from(line(0, 'mw1100')),
	]);
	const {signal} = await opened(t, text);
	t.deepEqual(canaries(bucketAt(signal.signal(from).buckets, -20)), [1, 1]);
	t.like(bucketAt(signal.signal(from).buckets, -20)?.baseline, {count: 1});
	const {log} = signal.diagnose();
	t.like(log.counts, {cutLines: 1, latin1Lines: 1});
	t.deepEqual(
		log.refused.map(({reason, count}) => [reason, count]),
		[
			['The time is more than two minutes ahead of the clock of this machine.', 1],
			['The line has no time.', 1],
		],
	);
	t.is(log.refused[1]?.example, 'no time at all ?[31m');
	t.is(signal.signal(from).proof.failure, undefined);
});

test('a log without a zone is no silent log: the proof says why nothing counts', async t => {
	const folder = await temporaryFolder(t);
	const file = path.join(folder, 'error.log');
	await writeFile(file, line(-20, 'mw1017') + line(-20, 'mw1100'));
	const config = signalConfig(file, {log: logConfig(file, {zone: null})});
	const signal = openLogSignal(config, fleet, {clock: handClock(start)});
	t.teardown(() => signal.stop());
	await signal.ready;
	t.regex(signal.signal(from).proof.failure ?? '', /^2 of 2 lines of .* cannot be counted. The time has no zone.*set `zone`/);
	t.throws(() => openLogSignal({...config, exposure: logConfig(file, {zone: 'Nowhere'})}, fleet, {clock: handClock(start)}), {
		instanceOf: AppError,
	});
});

test('a clock that steps back loses nothing and counts nothing twice', async t => {
	const {signal, clock, file, closed} = await opened(t, line(-20, 'mw1017') + line(-20, 'mw1100'));
	clock.set(start - 3_600_000);
	await appendFile(file, [0, 20].flatMap(second => [line(second, 'mw1017'), line(second, 'mw1100')]).join(''));
	await until(() => bucketAt(signal.signal(from).buckets, 0) !== undefined, 'the bucket closed');
	t.deepEqual(
		signal.signal(from).buckets.map(bucket => canaries(bucket)),
		[
			[1, 0],
			[0, 0],
			[1, 0],
		],
	);
	t.deepEqual(
		closed.map(({revision}) => revision),
		[1, 1, 1],
	);
	t.deepEqual(signal.diagnose().log.refused, []);
	t.is(signal.signal(from).proof.lagMs, 0);
});

test('exposure comes from the requests log, in JSON, and its loss makes buckets missing', async t => {
	const folder = await temporaryFolder(t);
	const requests = path.join(folder, 'requests.json');
	const request = (seconds: number, host: string) => `${JSON.stringify({time: start + seconds * 1000, host: {name: host}})}\n`;
	await writeFile(
		requests,
		[
			...Array.from({length: 7}, () => request(-19, 'mw1017.eqiad.wmnet')),
			...Array.from({length: 5}, () => request(-18, 'mw1018')),
			...Array.from({length: 90}, () => request(-17, 'mw1101')),
			...['mw1017', 'mw1100'].map(host => request(0, host)),
		].join(''),
	);
	const text = ['mw1017', 'mw1100'].flatMap(host => [line(-20, host), line(0, host)]).join('');
	const exposure = logConfig(requests, {format: 'json', zone: null, fields: {...logConfig('').fields, host: 'host.name'}});
	const {signal, clock} = await opened(t, text, {exposure});
	t.deepEqual(signal.signal(from).buckets[0], {
		at: '2026-03-02T09:59:40.000Z',
		canary: {hosts: {mw1017: {count: 1, exposure: 7}, mw1018: {count: 0, exposure: 5}}},
		baseline: {count: 1, exposure: 90},
	});
	t.is(signal.signal(from).exposureUnit, 'requests');
	await rm(requests);
	await until(() => signal.signal(from).proof.failure !== undefined, 'it was missed');
	clock.advance(60_000);
	await until(() => bucketAt(signal.signal(from).buckets, 10) !== undefined, 'the bucket closed');
	t.regex(String(canaries(bucketAt(signal.signal(from).buckets, 10))), /requests.json is gone since|no line/);
});

test('stored readings prove the part of the day that the file no longer holds', async t => {
	const slice = (hours: number, count: number) => ({
		count,
		since: new Date(start - hours * 3_600_000).toISOString(),
		until: new Date(start - (hours - 1) * 3_600_000).toISOString(),
	});
	const matchedBefore = [slice(25, 1000), slice(24, 100), slice(3, 10), slice(1, 1)];
	const {signal} = await opened(t, line(-600, 'mw1100') + line(-20, 'mw1100'), {}, {matchedBefore});
	// The 25th hour is over, and the last hour is this file's own.
	t.deepEqual(signal.signal(from).proof.matchedOnBaseline, {count: 112, withinMs: 86_400_000});
});

test('the sum over buckets is the number of lines written, through rotations and truncations', async t => {
	const step = fc.record({
		lines: fc.array(
			fc.record({late: fc.integer({min: 0, max: 90}), host: fc.constantFrom('mw1017', 'mw1018', 'mw1100', 'mw1101'), counts: fc.boolean()}),
			{maxLength: 15},
		),
		afterwards: fc.constantFrom('go on', 'go on', 'rotate', 'truncate'),
	});
	await fc.assert(
		fc.asyncProperty(fc.array(step, {minLength: 1, maxLength: 6}), async steps => {
			const {signal, clock, file, closed} = await opened(t, '');
			const written = {canary: 0, baseline: 0};
			let lines = 0;
			let second = 0;
			for (const [index, {lines: batch, afterwards}] of steps.entries()) {
				second += 7;
				clock.advance(7000);
				for (const {late, host, counts} of batch) {
					await appendFile(file, line(second - late, host, {level: counts ? 'ERROR' : 'INFO'}));
					lines += 1;
					if (counts) written[host < 'mw1100' ? 'canary' : 'baseline'] += 1;
				}
				await until(() => signal.diagnose().log.events === lines, 'the lines were read');
				if (afterwards === 'rotate') {
					await rename(file, `${file}.${index}`);
					await writeFile(file, '');
				}
				if (afterwards === 'truncate') await truncate(file, 0);
			}
			clock.advance(60_000);
			const lastBucket = Math.floor(second / 10) * 10;
			await until(() => bucketAt(signal.signal(from).buckets, lastBucket) !== undefined, 'the last bucket closed');
			const counted = {canary: 0, baseline: 0};
			const newest = new Map(closed.map(({bucket}) => [bucket.at, bucket]));
			for (const {canary, baseline} of newest.values()) {
				if ('hosts' in canary) for (const {count} of Object.values(canary.hosts)) counted.canary += count;
				if ('count' in baseline) counted.baseline += baseline.count;
			}
			await signal.stop();
			t.deepEqual(counted, written);
			t.deepEqual(signal.diagnose().log.refused, []);
		}),
		{numRuns: 15},
	);
});
