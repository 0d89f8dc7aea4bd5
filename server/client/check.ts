/**
 * `signalbox check`: reads what would go out, asks the gate, prints the answer, ends in time.
 * It ends at least 0.7 s before its deadline, since a caller that kills it loses what was printed.
 */
import {hostname} from 'node:os';
import type {Note, Target} from '../../gate/facts.ts';
import {AppError} from '../app-error.ts';
import type {Clock} from '../clock.ts';
import {type Arguments, readArguments, usage} from './arguments.ts';
import {answerAlone} from './away.ts';
import {changesReader, type Reading} from './changes/read.ts';
import {readSettings, type Settings} from './config.ts';
import {type CheckBody, type CheckResult, type LandedAnswer, type Transport, Trouble} from './contract.ts';
import {httpTransport, isShutOut} from './http.ts';
import {rememberedLanded, rememberLanded} from './landed-cache.ts';
import {actorOf, machineMark, newKey} from './machine.ts';
import {noReading, unknownLanded} from './nothing-known.ts';
import {openedWhenAsked} from './opened-when-asked.ts';
import {answerJson, answerText, asciiOf, calmText, explain, progressTeller, type Sink, writeAll} from './output.ts';
import {untilAnswered} from './retry.ts';
import {revertsOnlyLanded, targetsWereLive} from './rollback.ts';
import {countSpooled, flushSpool, spoolEvent} from './spool.ts';

export type Interruption = 'SIGINT' | 'SIGTERM';

/** The process around a check, handed in so that a test or the full command can have its own. */
export type CheckIo = {
	readonly stdout: Sink;
	readonly stderr: Sink;
	/** Both lead into one pipe or file. Nothing is told on the way then: whoever reads it begins with the verdict. */
	readonly merged?: boolean;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly cwd: string;
	readonly clock: Clock;
	/** When the process began, by the monotonic clock: what is spent on starting counts too. */
	readonly startedMs: number;
	/** Settles when the process is told to end. */
	readonly interrupted: Promise<Interruption>;
};

export type CheckOptions = {
	/** The embedded store of the full command; without it `store: embedded` is wrong usage. */
	readonly transport?: Transport | ((settings: Settings) => Transport | Promise<Transport>);
};

const marginMs = 800;
/** The backstop comes a little after everything should have ended by itself, and still 0.7 s before the deadline. */
const backstopMs = 100;
/** The service must have answered a little before we end. */
const wireMs = 300;
const flushMs = 1000;
/** The first look at what is live; after it the changes are read with what the service said last, and it is asked on. */
const firstTryMs = 3000;
/** How long a pass that is given anyway waits for a service that does not answer, so that it is recorded there. */
const patienceMs = {force: 5000, rollback: 10_000, byContent: 3000};

type Session = {
	readonly given: Arguments;
	readonly settings: Settings;
	readonly transport: Transport;
	readonly io: CheckIo;
	readonly endMs: number;
	/** Made while git and the service are at work; the same for every try. */
	key: string;
	readonly askedAt: string;
	/** What is known so far, for an answer that must be given before everything is known. */
	reading: Reading | null;
	landed: LandedAnswer | null;
	doing: string;
};

type Answered = {readonly result: CheckResult; readonly notes: readonly Note[]; readonly fromService: boolean};

async function transportOf(settings: Settings, {transport}: CheckOptions): Promise<Transport> {
	if (typeof transport === 'function') return openedWhenAsked(async () => transport(settings));
	if (transport) return transport;
	if (settings.url !== null) return httpTransport(settings.url, settings.token);
	throw new AppError(
		'invalid',
		'store: embedded needs the full signalbox command; on this host name the service instead: «url: http://HOST:8420»',
	);
}

/** A reading made before the answer it depends on was there. */
type Ahead = {readonly landed: LandedAnswer; readonly reading: Reading};

/** Reads the changes. A pass that is given anyway does not fail because they cannot be read. */
async function readChanges(session: Session, reader: ReturnType<typeof changesReader>, landed: LandedAnswer): Promise<Reading> {
	session.doing = 'reading the changes';
	try {
		return await reader.read(landed);
	} catch (error) {
		if (!(error instanceof AppError) || session.given.mode === 'check') throw error;
		return noReading([{about: 'batch', text: `what goes out could not be read: ${error.message}`}]);
	}
}

function bodyOf({given, io, key, askedAt, endMs}: Session, reading: Reading): CheckBody {
	const {targets, changes, atomic, perFile, known, landedChanges, holdings, beside, live, notes} = reading;
	return {
		service: given.service,
		stage: given.stage,
		host: given.host ?? hostname(),
		machine: machineMark(),
		actor: {kind: 'person', name: actorOf(io.env)},
		askedAt,
		deadlineMs: Math.max(100, Math.round(endMs - wireMs - io.clock.monotonicMs())),
		idempotencyKey: key,
		mode: given.mode,
		reason: given.reason,
		batch: {targets, changes, ...(atomic === undefined ? {} : {atomic}), ...(perFile === undefined ? {} : {perFile})},
		known,
		landedChanges,
		holdings,
		beside,
		live,
		notes,
		named: given.named,
	};
}

/**
 * While the service is asked what is live, the changes are read with what it said last: mostly that is still so, and while it is away it
 * is enough to know a rollback. What goes wrong here is told when the changes are read with a real answer.
 */
async function readAhead(reader: ReturnType<typeof changesReader>, landed: LandedAnswer): Promise<Ahead | null> {
	try {
		return {landed, reading: await reader.read(landed)};
	} catch {
		// The same reading is made again with the real answer, and fails again where a person can be told.
		return null;
	}
}

async function isRollback({reading, landed}: Session, limits: {remainingMs(): number}): Promise<boolean> {
	if (!reading || !landed || reading.targets.length === 0) return false;
	return targetsWereLive(reading.targets, landed) || revertsOnlyLanded(reading.changes, reading.places, limits);
}

/** Asks what is live until there is an answer; while there is none, what is known already decides how long to go on. */
async function askLanded(session: Session, ahead: () => Promise<Ahead | null>, patient: number): Promise<LandedAnswer> {
	const {given, transport, io} = session;
	const ask = (untilMs: number, again: boolean, before: Trouble | null) =>
		untilAnswered(signal => transport.landed(given.service, signal), io.clock, {untilMs, again, before});
	session.doing = 'asking what is live';
	try {
		return await ask(Math.min(patient, io.clock.monotonicMs() + firstTryMs), false, null);
	} catch (error) {
		if (!(error instanceof Trouble || isShutOut(error))) throw error;
		const known = await ahead();
		session.landed = known?.landed ?? null;
		session.reading = known?.reading ?? null;
		if (!(error instanceof Trouble)) throw error;
		const rollback = await isRollback(session, {remainingMs: () => patient - io.clock.monotonicMs()});
		return ask(rollback ? Math.min(patient, io.startedMs + patienceMs.byContent) : patient, true, error);
	}
}

async function askGate(session: Session, onProgress: (progress: {text: string; remainingMs?: number}) => void): Promise<Answered> {
	const {given, settings, transport, io, endMs} = session;
	const patient = given.mode === 'check' ? endMs : Math.min(endMs, io.startedMs + patienceMs[given.mode]);
	const limits = {remainingMs: () => patient - io.clock.monotonicMs()};
	const reader = changesReader({
		...{service: given.service, own: settings.changes, named: given.named, env: io.env, cwd: io.cwd, limits},
		cacheDir: settings.spoolDir,
	});
	const remembered = rememberedLanded(settings.spoolDir, given.service);
	reader.prefetch();
	const early = remembered && readAhead(reader, remembered);
	// Git is started before the network is loaded, so that both work at the same time.
	await new Promise(resolve => setImmediate(resolve));
	const asked = askLanded(session, () => early ?? readAhead(reader, unknownLanded(given.service)), patient);
	session.key = newKey();
	const landed = await asked;
	session.landed = landed;
	const problem = rememberLanded(settings.spoolDir, landed);
	const isStill = remembered !== null && JSON.stringify(remembered) === JSON.stringify(landed);
	const read = (isStill ? (await early)?.reading : null) ?? (await readChanges(session, reader, landed));
	const reading = problem === null ? read : {...read, notes: [...read.notes, {about: 'spool', text: problem}]};
	session.reading = reading;
	session.doing = 'asking the gate';
	const ask = (signal: AbortSignal) => transport.check(bodyOf(session, reading), onProgress, signal);
	const result = await untilAnswered(ask, io.clock, {untilMs: patient, again: true, before: null});
	return {result, notes: reading.notes, fromService: true};
}

/** No answer: what the configuration says, a rollback never held, and the event put on disk. */
async function answerWithoutService(session: Session, trouble: Trouble): Promise<Answered> {
	const {given, settings, io, reading} = session;
	const limits = {remainingMs: () => 500};
	const rollbackByContent = given.mode === 'check' && (await isRollback(session, limits));
	const away = {
		mode: given.mode,
		rollbackByContent,
		why: trouble.message,
		alive: trouble.alive,
		unreachable: settings.unreachable,
		configFile: settings.file ?? '/etc/signalbox.yaml',
	};
	const targets: readonly Target[] = reading?.targets ?? [];
	const {result, event} = answerAlone(
		{...away, waitedMs: io.clock.monotonicMs() - io.startedMs},
		{...given, at: session.askedAt, host: given.host ?? hostname(), actor: actorOf(io.env), idempotencyKey: session.key, targets},
	);
	const problem = spoolEvent(settings.spoolDir, event);
	const notes = reading?.notes ?? [];
	return {result, notes: problem === null ? notes : [...notes, {about: 'spool', text: problem}], fromService: false};
}

async function print({given, io}: Session, {result, notes}: Answered): Promise<void> {
	const colour = io.stdout.isTerminal && !io.env['NO_COLOR'];
	const text = given.json ? answerJson({...result, notes}) : answerText(result, notes, {isTerminal: io.stdout.isTerminal, colour});
	await writeAll(io.stdout, text);
}

/** After the answer is out: sends what waits on disk, for at most a second. */
async function flushWaiting({settings, transport, io, given, endMs}: Session): Promise<void> {
	if (countSpooled(settings.spoolDir) === 0) return;
	const end = new AbortController();
	const timer = setTimeout(() => end.abort(), Math.max(1, Math.min(flushMs, endMs - io.clock.monotonicMs())));
	const {problems} = await flushSpool(settings.spoolDir, events => transport.record(events, end.signal));
	clearTimeout(timer);
	if (given.json) return;
	for (const problem of problems.slice(0, 5)) await io.stderr.write(`signalbox: ${asciiOf(calmText(problem))}\n`);
}

/** A host that the service does not let in passes nothing on its own word, but for what is never held: that is told, and waits on disk. */
async function passesShutOut(session: Session): Promise<boolean> {
	return session.given.mode !== 'check' || (await isRollback(session, {remainingMs: () => 500}));
}

async function judge(session: Session): Promise<number> {
	const {given, io, endMs} = session;
	const silent: Sink = {isTerminal: false, write: () => Promise.resolve()};
	const progress = progressTeller(given.json || io.merged ? silent : io.stderr);
	const over = new AbortController();
	const late = io.clock
		.sleep(endMs + backstopMs - io.clock.monotonicMs(), over.signal)
		.then((): Answered | Trouble => new Trouble(`${session.doing} took too long`, true));
	const asked = askGate(session, progress.tell).catch(async (error: unknown) => {
		if (error instanceof Trouble) return error;
		if (isShutOut(error) && (await passesShutOut(session))) return new Trouble(error.message);
		// Too slow to read is no mistake in the configuration: it is evidence that cannot be had.
		if (error instanceof AppError && error.code === 'unavailable') return new Trouble(error.message, true);
		throw error;
	});
	try {
		const answer = await Promise.race([asked, late]);
		await progress.end();
		const answered = answer instanceof Trouble ? await answerWithoutService(session, answer) : answer;
		await print(session, answered);
		if (answered.fromService) await flushWaiting(session);
		return answered.result.exit;
	} finally {
		over.abort();
		await progress.end();
	}
}

async function startAndJudge(argv: readonly string[], io: CheckIo, options: CheckOptions): Promise<number> {
	const given = readArguments(argv);
	if (given === 'help') {
		await writeAll(io.stdout, usage);
		return 0;
	}
	const settings = await readSettings(given, io);
	const transport = await transportOf(settings, options);
	const endMs = io.startedMs + given.deadlineMs - marginMs;
	const now = {key: '', askedAt: io.clock.now(), reading: null, landed: null, doing: 'starting'};
	return judge({given, settings, transport, io, endMs, ...now});
}

/** Runs one check and resolves to its exit code: 0 go, 1 hold, 2 wrong usage or configuration, 3 roll back, 4 blind. Never rejects. */
export async function runCheck(argv: readonly string[], io: CheckIo, options: CheckOptions = {}): Promise<number> {
	const json = argv.includes('--json');
	const interrupted = io.interrupted.then(async signal => {
		if (!json) await io.stderr.write('signalbox: interrupted before there was an answer\n');
		return signal === 'SIGINT' ? 130 : 4;
	});
	const judged = startAndJudge(argv, io, options).catch(error => explain(error, io, json));
	return Promise.race([judged, interrupted]);
}
