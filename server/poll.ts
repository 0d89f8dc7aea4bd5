/** The service's own doings, one after another, so that none overtakes itself: watch, close, measure, listen. */
import type {Deps} from './actions/deps.ts';
import {hearAnnouncement} from './actions/hear-announcement.ts';
import {noticeSender} from './actions/send-notices.ts';
import {trackerSync} from './actions/sync-trackers.ts';
import {closeIdle, measureEnds, watchUndecided} from './actions/watch-deploys.ts';
import {listenForAnnouncements} from './integrations/announcements.ts';
import {meaningFor} from './integrations/sal/meaning-for.ts';
import {occurrenceCounter, toEvent} from './integrations/sal/to-event.ts';

const everyMs = 5000;
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

/** Starts the loop and the listener; `stop` waits for the round that is going on. */
export async function startPolling(deps: Deps): Promise<{stop(): Promise<void>}> {
	const listener = await listen(deps);
	const abort = new AbortController();
	const notices = noticeSender(deps);
	const trackers = trackerSync(deps);
	const steps = {closeIdle, watchUndecided, measureEnds, sendNotices: notices.step, syncTrackers: trackers.step};
	const loop = async (): Promise<void> => {
		while (!abort.signal.aborted) {
			for (const [name, step] of Object.entries(steps)) {
				// One that fails is logged and tried again at the next round; the others go on.
				await step(deps).catch((error: unknown) =>
					deps.log(`${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
				);
			}
			await deps.clock.sleep(everyMs, abort.signal);
		}
	};
	const running = loop();
	return {
		async stop() {
			abort.abort();
			await listener?.close();
			await running;
			await Promise.all([notices.stop(), trackers.stop()]);
		},
	};
}
