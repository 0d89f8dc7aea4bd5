/** The live hub over a database: it hears of new events whichever process wrote them. */
import type {Clock} from './clock.ts';
import {type Live, openLive} from './live.ts';
import type {Database} from './stores/database.ts';
import {chainHead, tracesAfter} from './stores/timeline.ts';

export const liveOver = (database: Database, clock: Clock, log: (text: string) => void): Live =>
	openLive({
		...{watchHead: database.watchHead, now: clock.now, log},
		newerThan: (seq, atMost) => tracesAfter(database.read, seq, atMost),
		head: async () => (await chainHead(database.read)).seq,
	});
