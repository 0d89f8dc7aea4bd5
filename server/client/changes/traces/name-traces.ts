/** What changes do to names: the files that a pattern asks for, as they were before each change and after it. */
import type {Change, NameTrace} from '../../../../gate/facts.ts';
import type {Pattern} from '../../../../gate/order/moves/patterns.ts';
import {changedNames, fileCharactersMax, isLookedAt} from '../../../../gate/order/moves/read-names.ts';
import type {Place} from '../git.ts';
import {isSha} from '../git-log.ts';
import type {Limits} from '../git-process.ts';
import {isAskable, type ObjectInfo, objectInfos, readBlobs} from './objects.ts';

const filesMax = 2000;
const bytesMax = 24 * 1024 * 1024;

type File = {readonly change: Change; readonly path: string; readonly kind: string; readonly before: string; readonly after: string};
export type TracedNames = {readonly names: readonly NameTrace[]; readonly unread: readonly string[]};

function filesOf(changes: readonly Change[], patterns: readonly Pattern[]): File[] {
	return changes.flatMap(change => {
		const {sha, paths} = change;
		if (!isSha(sha)) return [];
		return (paths ?? [])
			.filter(({path}) => isAskable(path) && isLookedAt(path, patterns))
			.map(({path, kind}) => ({change, path, kind, before: `${sha}^1:${path}`, after: `${sha}:${path}`}));
	});
}

const isText = (info: ObjectInfo | undefined): info is NonNullable<ObjectInfo> =>
	info !== null && info !== undefined && info.type === 'blob' && info.bytes <= fileCharactersMax;

/** Names that only go from one file of a change to another stay where they are. */
function acrossFiles(traces: readonly NameTrace[]): NameTrace[] {
	const opposite = {registers: 'unregisters', unregisters: 'registers', reads: 'unreads', unreads: 'reads'} as const;
	const keyOf = ({change, kind, name}: NameTrace, does: string) => `${change} ${does} ${kind} ${name}`;
	const all = new Set(traces.map(trace => keyOf(trace, trace.does)));
	return traces.filter(trace => !all.has(keyOf(trace, opposite[trace.does])));
}

function namesOf({change, path}: File, before: string | null, after: string | null, patterns: readonly Pattern[]): NameTrace[] {
	const {comes, goes} = changedNames(path, before, after, patterns);
	const trace = (does: readonly [NameTrace['does'], NameTrace['does']]) => (at: (typeof comes)[number]) => ({
		change: change.id,
		does: at.use === 'registered' ? does[0] : does[1],
		kind: at.kind,
		name: at.name,
		path,
		line: at.line,
	});
	return [...goes.map(trace(['unregisters', 'unreads'])), ...comes.map(trace(['registers', 'reads']))];
}

/** The traces of one checkout's changes. What was not looked at is told. */
export async function traceNames(
	place: Place,
	changes: readonly Change[],
	patterns: readonly Pattern[],
	limits: Limits,
): Promise<TracedNames> {
	const all = filesOf(changes, patterns);
	const files = all.slice(0, filesMax);
	const unread =
		all.length > filesMax ? [`${place.repository}: only ${filesMax} of ${all.length} changed files were looked at for names`] : [];
	if (files.length === 0) return {names: [], unread};
	const parents = place.head.shallow ? files.map(({change}) => `${change.sha}^1`) : [];
	const infos = await objectInfos(place, [...files.flatMap(({before, after}) => [before, after]), ...parents], limits);
	if (infos === null) return {names: [], unread: [...unread, `${place.repository}: there was no time to look for names in its changes`]};
	let bytes = 0;
	const wanted: string[] = [];
	const skipped = new Set<File>();
	for (const file of files) {
		const [before, after] = [infos.get(file.before), infos.get(file.after)];
		const present = [before, after].filter(info => info !== null && info !== undefined);
		// Before the end of a shallow clone everything would look new.
		const isCutOff = place.head.shallow && infos.get(`${file.change.sha}^1`) === null;
		const isHidden = file.kind === 'modified' && present.length < 2;
		bytes += present.reduce((sum, info) => sum + info.bytes, 0);
		if (isCutOff || isHidden || bytes > bytesMax || present.some(info => info.type === 'blob' && !isText(info))) skipped.add(file);
		else wanted.push(...present.filter(isText).map(({id}) => id));
	}
	const texts = await readBlobs(place, wanted, limits);
	const names: NameTrace[] = [];
	for (const file of files) {
		if (skipped.has(file) || limits.remainingMs() <= 0) {
			skipped.add(file);
			continue;
		}
		const [before, after] = [file.before, file.after].map(question => {
			const info = infos.get(question);
			return isText(info) ? (texts.get(info.id) ?? null) : null;
		});
		names.push(...namesOf(file, before ?? null, after ?? null, patterns));
	}
	const [first] = skipped;
	const many = skipped.size > 1 ? ` and ${skipped.size - 1} more` : '';
	return {
		names: acrossFiles(names),
		unread: first
			? [
					...unread,
					`${place.repository}: ${first.path}${many} could not be looked at for names (size, time, or the end of a shallow clone)`,
				]
			: unread,
	};
}
