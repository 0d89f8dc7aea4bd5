import type {Missing, SignalProof} from '../../../gate/facts.ts';
import type {ArmHosts} from './host-names.ts';
import {instant, type LogStream, latest} from './log-stream.ts';
import type {MatchedCounter, MatchedSlice} from './matched-counter.ts';

const dayMs = 86_400_000;

/** Whether a signal lives, as of `nowMs`: 0 errors count only where this proves it. `isReading`: the file's end was not reached yet. */
export function signalProof(known: {
	readonly hosts: ArmHosts;
	readonly errors: LogStream;
	readonly requests: LogStream | null;
	readonly onBaseline: MatchedCounter;
	readonly matchedBefore: readonly MatchedSlice[];
	readonly nowMs: number;
	readonly isReading: boolean;
}): SignalProof {
	const {hosts, errors, requests, nowMs} = known;
	const missing = known.isReading ? `${errors.path} is still being read` : errors.missing();
	const failure = missing ?? partOf(errors) ?? (requests && (requests.missing() ?? partOf(requests)));
	const count = known.onBaseline.within(dayMs, nowMs, {ownFromMs: errors.completeFromMs(), before: known.matchedBefore});
	return {
		matchedOnBaseline: missing === null ? {count, withinMs: dayMs} : {missing},
		newestAt: {canary: instant(newestOf(errors, hosts.canaries)), baseline: instant(newestOf(errors, hosts.baseline))},
		canaries: hosts.canaries.map(host => ({host, newestAt: instant(errors.newestMs(host))})),
		lagMs: lagOf(errors, hosts, nowMs),
		...(failure === null ? {} : {failure}),
	};
}

/** Now minus the newest event of either arm, milliseconds. A host whose clock is ahead makes it 0, not negative. */
export function lagOf(errors: LogStream, hosts: ArmHosts, nowMs: number): number | Missing {
	const newestMs = newestOf(errors, [...hosts.canaries, ...hosts.baseline]);
	if (newestMs === null) return {missing: errors.missing() ?? `no line of a configured host was found in ${errors.path}`};
	return Math.max(0, nowMs - newestMs);
}

const newestOf = (stream: LogStream, hosts: readonly string[]): number | null => latest(hosts.map(host => stream.newestMs(host)));

/** What makes a log that can be read an answer in part only; null where nothing does. */
function partOf(stream: LogStream): string | null {
	const {path, refused, events, ambiguous} = stream.diagnose();
	const refusedLines = refused.reduce((sum, {count}) => sum + count, 0);
	const most = refused[0];
	if (most && refusedLines > events) {
		return `${refusedLines} of ${refusedLines + events} lines of ${path} cannot be counted. ${most.reason}`;
	}
	return ambiguous[0] === undefined ? null : `Hosts in ${path} cannot be told apart: ${ambiguous[0]}`;
}
