/** Retention: events stay for ever; readings stay as they are for 90 days, then one a minute, and those of an incident stay as they are. */
import type {Instant} from '../../gate/facts.ts';
import type {PinnedTime} from '../stores/readings.ts';
import {longestMs} from '../story.ts';
import {plus} from './choose-look.ts';
import {type Deps, reading, type Stores, writing} from './deps.ts';

const dayMs = 86_400_000;
const keptMs = 90 * dayMs;
/** What a report draws begins half an hour before its deploy and ends a while after it; an hour is surely more. */
const marginMs = 60 * 60_000;
/** An incident and its deploy's attempt are not further apart from each other than this, or nobody looks at the beginning any more. */
const reachMs = 7 * dayMs;
/** Rows in one transaction, and transactions in one round: others want to write too. */
const rowsMax = 600;
const batchesMax = 5;

/** The times that incidents of a service and their deploys took around then, with what reports look at before and after. */
async function pinnedTimes({incidents}: Stores, service: string, from: Instant, to: Instant): Promise<PinnedTime[]> {
	const found = await incidents.times(service, plus(from, -reachMs), plus(to, reachMs));
	return found.map(({openedAt, normalAt, attemptOpenedAt, attemptClosedAt}) => {
		const begin = attemptOpenedAt !== null && attemptOpenedAt < openedAt ? attemptOpenedAt : openedAt;
		const ends = [plus(openedAt, longestMs), normalAt ?? '', attemptClosedAt ?? ''].sort();
		return {from: plus(begin, -marginMs), to: plus(ends.at(-1) ?? openedAt, marginMs)};
	});
}

/** Folds a bounded number of readings that are old enough. Answers whether there is more to do at once. */
export async function foldReadings(deps: Deps): Promise<boolean> {
	const before = `${plus(deps.clock.now(), -keptMs).slice(0, 16)}:00.000Z`;
	let batches = 0;
	for (const key of await reading(deps).readings.signals()) {
		let hasMore = await reading(deps).readings.isFoldable(key, before);
		while (hasMore) {
			if (batches === batchesMax) return true;
			batches += 1;
			hasMore = await writing(deps, stores =>
				stores.readings.fold(key, before, (from, to) => pinnedTimes(stores, key.service, from, to), rowsMax),
			);
		}
	}
	return false;
}
