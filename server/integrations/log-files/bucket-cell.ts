import type {Arm, Place} from './host-names.ts';

/** What was counted within one bucket. A baseline's hosts are one; each canary host is by itself. */
export type BucketCell = {
	/** `request` is null where lines rather than distinct requests are counted, or where the line has none. */
	addLine(place: Place, line: {readonly atMs: number; readonly counts: boolean; readonly request: string | null}): void;
	addRequest(place: Place, atMs: number): void;
	count(place: Place): number;
	requests(place: Place): number;
	/** The newest line or request of an arm, milliseconds; null: none in this bucket. */
	spokeAt(kind: 'line' | 'request', arm: Arm): number | null;
	/** Lines that come later count each for itself. */
	forgetIds(): void;
	note(): string | null;
};

/** More distinct requests than this are not told apart within one bucket. */
export const distinctIdsMax = 10_000;
const idCharsMax = 128;

const keyOf = ({arm, host}: Place): string => (arm === 'baseline' ? arm : `canary ${host}`);

export function bucketCell(): BucketCell {
	const counts = new Map<string, number>();
	const requests = new Map<string, number>();
	const spoke = new Map<string, number>();
	/** Per host, since two hosts may give one id to two failures. */
	const ids = new Set<string>();
	let overflowed = false;

	const raise = (map: Map<string, number>, place: Place) => map.set(keyOf(place), (map.get(keyOf(place)) ?? 0) + 1);
	const speak = (kind: 'line' | 'request', arm: Arm, atMs: number) => {
		const key = `${kind} ${arm}`;
		spoke.set(key, Math.max(spoke.get(key) ?? Number.NEGATIVE_INFINITY, atMs));
	};
	const isRepeated = (host: string, request: string | null): boolean => {
		if (request === null) return false;
		const id = `${host} ${request.slice(0, idCharsMax)}`;
		if (ids.has(id)) return true;
		if (ids.size < distinctIdsMax) ids.add(id);
		else overflowed = true;
		return false;
	};
	return {
		addLine(place, {atMs, counts: itCounts, request}) {
			speak('line', place.arm, atMs);
			if (itCounts && !isRepeated(place.host, request)) raise(counts, place);
		},
		addRequest(place, atMs) {
			speak('request', place.arm, atMs);
			raise(requests, place);
		},
		count: place => counts.get(keyOf(place)) ?? 0,
		requests: place => requests.get(keyOf(place)) ?? 0,
		spokeAt: (kind, arm) => spoke.get(`${kind} ${arm}`) ?? null,
		forgetIds: () => ids.clear(),
		note: () =>
			overflowed ? `More than ${distinctIdsMax} distinct requests failed in this bucket; from there on each line counts as one.` : null,
	};
}
