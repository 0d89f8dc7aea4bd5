/** What the page of the signals shows, gathered: each signal with its proof, its last reading and its last half hour. */
import type {Bucket, Instant} from '../gate/facts.ts';
import type {ListedSignal, SignalsInput} from '../templates/signals-page.ts';
import {type Deps, type Proof, reading, type SignalReader} from './actions/deps.ts';
import {AppError} from './app-error.ts';
import {lifeOf, newestOf} from './signal-life.ts';

/** Each costs a proof and a drawing: more would make the page large, and ask other systems much at once. */
const perPage = 20;
const sparkMs = 30 * 60_000;
/** The newest buckets are closed a while after they end; less than this is no gap. */
const closingMs = 120_000;
const proofMsMax = 5000;

type Known = {readonly service: string; readonly reader: SignalReader; readonly alive: boolean};

/** All signals, those that cannot be trusted first. */
function knownSignals(deps: Deps): Known[] {
	const now = deps.clock.now();
	const all = [...deps.config.services.keys()].flatMap(service =>
		deps.signals(service).map(reader => ({service, reader, alive: lifeOf(reader.signal(now)).alive})),
	);
	return all.sort((a, b) => Number(a.alive) - Number(b.alive));
}

/** What a doctor says of the signal; one that does not answer in time is a finding too, and keeps no page waiting. */
async function provenInTime(deps: Deps, reader: SignalReader): Promise<readonly Proof[]> {
	const abort = new AbortController();
	const late: Promise<readonly Proof[]> = deps.clock.sleep(proofMsMax, abort.signal).then(() => [
		{
			ok: false,
			text: `No proof came within ${proofMsMax / 1000} s.`,
			remedy: 'Look at the system that the signal is read from, then at `signalbox doctor`.',
		},
	]);
	const proof = reader.prove().catch((error: unknown): readonly Proof[] => {
		deps.log(`the proof of ${reader.name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
		return [{ok: false, text: 'The proof failed; its cause is in the log of the service.', remedy: null}];
	});
	try {
		return await Promise.race([proof, late]);
	} finally {
		abort.abort();
	}
}

const missingOf = ({canary, baseline}: Bucket): string | null =>
	'missing' in canary ? canary.missing : 'missing' in baseline ? baseline.missing : null;

async function listedSignal(deps: Deps, {service, reader}: Known, now: Instant): Promise<ListedSignal> {
	const from = new Date(Date.parse(now) - sparkMs).toISOString();
	const signal = reader.signal(from);
	const [proofs, stored] = await Promise.all([provenInTime(deps, reader), reading(deps).readings.between(service, reader.name, from, now)]);
	// What this process read itself is as new as it can be; what another one stored, or an earlier one, goes back further.
	const buckets = [...new Map([...stored.buckets, ...signal.buckets].map(bucket => [bucket.at, bucket])).values()].sort((a, b) =>
		a.at < b.at ? -1 : 1,
	);
	const last = buckets.at(-1) ?? null;
	const lastEnd = last === null ? 0 : Date.parse(last.at) + signal.bucketMs;
	const failed = buckets.findLast(bucket => missingOf(bucket) !== null);
	const {lagMs, failure} = signal.proof;
	const to = lastEnd > Date.parse(now) - closingMs ? new Date(lastEnd).toISOString() : now;
	return {
		...{service, name: reader.name, counts: signal.counts, exposureUnit: signal.exposureUnit, source: signal.source},
		...{required: signal.required, bucketMs: signal.bucketMs, ...lifeOf(signal), newestAt: newestOf(signal)},
		lag: typeof lagMs === 'number' ? {ms: lagMs} : lagMs,
		last,
		failure:
			failure !== undefined ? {at: null, text: failure} : failed === undefined ? null : {at: failed.at, text: missingOf(failed) ?? ''},
		buckets,
		period: {from: new Date(Date.parse(to) - sparkMs).toISOString(), to},
		proofs,
	};
}

/** `page` counts from 1. */
function pageNumber(text: unknown, pages: number): number {
	if (text === undefined || text === '') return 1;
	const number = Number(text);
	if (!Number.isInteger(number) || number < 1 || number > Math.max(1, pages))
		throw new AppError('invalid', `page: there is no page ${JSON.stringify(text).slice(0, 50)} of the signals; there are ${pages}.`);
	return number;
}

export async function gatherSignals(deps: Deps, page: unknown): Promise<SignalsInput> {
	const now = deps.clock.now();
	const all = knownSignals(deps);
	const pages = Math.ceil(all.length / perPage);
	const number = pageNumber(page, pages);
	const shown = all.slice((number - 1) * perPage, number * perPage);
	return {
		now,
		services: [...deps.config.services.keys()],
		configFile: deps.config.file ?? 'signalbox.yaml',
		count: all.length,
		blind: all.filter(({alive}) => !alive).length,
		signals: await Promise.all(shown.map(known => listedSignal(deps, known, now))),
		page: number,
		pages,
	};
}
