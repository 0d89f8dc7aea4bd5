/** The service's own doings, one after another, so that none overtakes itself: watch, close, measure, listen. */
import type {Deps} from './actions/deps.ts';
import {foldReadings} from './actions/fold-readings.ts';
import {hearAnnouncement} from './actions/hear-announcement.ts';
import {noticeSender} from './actions/send-notices.ts';
import {trackerSync} from './actions/sync-trackers.ts';
import {closeIdle, measureEnds, watchUndecided} from './actions/watch-deploys.ts';
import {AppError} from './app-error.ts';
import {listenForAnnouncements} from './integrations/announcements.ts';
import {meaningFor} from './integrations/sal/meaning-for.ts';
import {occurrenceCounter, toEvent} from './integrations/sal/to-event.ts';

const everyMs = 5000;
/** How soon a process that does not watch notices that it does now. */
const standingMs = 1000;
const hourMs = 3_600_000;
const minutesRemembered = 10;

/** Says what was refused, at most once a second: whoever floods the port shall not flood the log. */
function refusals(deps: Deps): (reason: string, raw: string) => void {
	let saidMs = Number.NEGATIVE_INFINITY;
	let unsaid = 0;
	return (reason, raw) => {
		const nowMs = deps.clock.monotonicMs();
		if (nowMs - saidMs < 1000) {
			unsaid += 1;
			return;
		}
		const others = unsaid === 0 ? '' : ` (and ${unsaid} others before it)`;
		deps.log(`an announcement was refused${others}: ${reason} ${JSON.stringify(raw.slice(0, 200))}`);
		saidMs = nowMs;
		unsaid = 0;
	};
}

async function listen(deps: Deps) {
	const {announcements, services} = deps.config;
	if (announcements === null) return null;
	const announcedAs = new Map([...services.values()].flatMap(service => service.announcedAs.map(name => [name, service.name] as const)));
	const occurrence = occurrenceCounter(minutesRemembered);
	const listener = await listenForAnnouncements({
		...announcements,
		clock: deps.clock,
		async onMessage(line) {
			const meaning = meaningFor(line, announcedAs);
			await hearAnnouncement(
				deps,
				toEvent(line, {source: 'announcement', occurrence: occurrence(line), service: meaning.service}),
				meaning,
			);
		},
		onRefused: refusals(deps),
	});
	deps.log(`announcements are taken at ${announcements.host}:${listener.port}`);
	return listener;
}

/** A step that has little to do: once an hour, and at the next round again while it says that there is more. */
function hourly(step: (deps: Deps) => Promise<boolean>): (deps: Deps) => Promise<void> {
	let nextMs = Number.NEGATIVE_INFINITY;
	return async deps => {
		const nowMs = deps.clock.monotonicMs();
		if (nowMs >= nextMs) nextMs = (await step(deps)) ? nowMs : nowMs + hourMs;
	};
}

/** Says what failed; of a database that is away once, and not every few seconds until it is back. */
function failures(deps: Deps): (name: string, work: Promise<void>) => Promise<void> {
	const said = new Map<string, string>();
	return async (name, work) => {
		try {
			await work;
			said.delete(name);
		} catch (error) {
			const text = error instanceof AppError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
			if (error instanceof AppError && said.get(name) === text) return;
			said.set(name, text);
			deps.log(`${name} failed: ${text}`);
		}
	};
}

/**
 * Starts the loop and the listener; `stop` waits for the round that is going on. Of several processes on one database one goes its rounds,
 * and the others stand by; announcements are taken by all.
 */
export async function startPolling(deps: Deps): Promise<{stop(): Promise<void>}> {
	const listener = await listen(deps);
	const abort = new AbortController();
	const notices = noticeSender(deps);
	const trackers = trackerSync(deps);
	const steps = {
		closeIdle,
		watchUndecided,
		measureEnds,
		sendNotices: notices.step,
		syncTrackers: trackers.step,
		foldReadings: hourly(foldReadings),
	};
	const leadership = await deps.database.lead(deps.log);
	const told = failures(deps);
	const round = async (): Promise<void> => {
		for (const [name, step] of Object.entries(steps)) {
			// One that fails is logged and tried again at the next round; the others go on.
			if (leadership.isLeader()) await told(name, step(deps));
		}
	};
	const loop = async (): Promise<void> => {
		while (!abort.signal.aborted) {
			await round();
			await deps.clock.sleep(leadership.isLeader() ? everyMs : standingMs, abort.signal);
		}
	};
	const running = loop();
	return {
		async stop() {
			abort.abort();
			await listener?.close();
			await running;
			await Promise.all([notices.stop(), trackers.stop()]);
			await leadership.stop();
		},
	};
}
