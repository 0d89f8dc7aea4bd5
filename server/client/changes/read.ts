/** Reads what a deploy would bring, from wherever the configuration says, and what the service's rules want to know about it. */
import {resolve} from 'node:path';
import type {Change, Note, Target} from '../../../gate/facts.ts';
import type {ChangesConfig} from '../../config.ts';
import type {Gathered, LandedAnswer, LandedHead} from '../contract.ts';
import {mirrorsOf, readBeside} from './beside.ts';
import {readDeploymentInfo} from './deployment-info.ts';
import {readChangesFile} from './file.ts';
import {type Head, headOf, type NewInCheckout, newInCheckout, type Place} from './git.ts';
import type {Limits} from './git-process.ts';
import {lookUpHoldings} from './holdings.ts';
import {lookUpKnown} from './known.ts';
import {localWords} from './local-commits.ts';
import type {MirrorAnswers} from './mirrors.ts';
import {type Moment, momentsOfCheckouts} from './moments.ts';
import {changesByName, chooseNamed} from './names.ts';
import {readRevPath} from './rev-path.ts';
import {readTraces} from './traces.ts';
import {unmatchedProbes} from './unmatched-probes.ts';
import type {WikiVersions} from './wiki-versions.ts';

/** What one source tells, before anything is looked up for the rules. */
export type Read = {
	readonly targets: readonly Target[];
	readonly changes: readonly Change[];
	readonly atomic?: boolean;
	readonly perFile?: boolean;
	/** Checkouts in which more can be looked up. */
	readonly places: readonly Place[];
	/** Checkouts that bring nothing new. They may be many, so only what is found nowhere else is looked up in them. */
	readonly unchanged?: readonly Place[];
	readonly live: readonly Target[];
	readonly notes: readonly Note[];
	/** Which group runs which version, where something says so. */
	readonly wikis?: WikiVersions;
	/** What groups must run by their version, or by «landed: REF» of a checkout, where the service has no word of it. */
	readonly derived?: readonly LandedHead[];
	/** What groups would run next, and before. */
	readonly moments?: readonly Moment[];
};

export type Reading = Gathered & {readonly places: readonly Place[]};

const messagesBytesMax = 4 * 1024 * 1024;
const probesMax = 200;
const notesMax = 100;
/** Looking up what the batch leans on may take this share of the time that is left: the gate needs the rest. */
const lookUpShare = 0.4;

/** A part of the time that is left now. */
function shareOf(limits: Limits): Limits {
	const keptMs = limits.remainingMs() * (1 - lookUpShare);
	return {remainingMs: () => limits.remainingMs() - keptMs};
}

export type ReaderOptions = {
	readonly service: string;
	/** This host's own configuration; null: the service's counts. */
	readonly own: ChangesConfig | null;
	readonly named: readonly string[];
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly cwd: string;
	readonly limits: Limits;
	/** Where what was read of a history is kept; absent: nowhere. */
	readonly cacheDir?: string;
};

/** Where changes are read: this host's configuration, else the service's, else what scap3 says, else names. */
export function sourceOf({own, env}: ReaderOptions, landed: LandedAnswer): ChangesConfig {
	return own ?? landed.changes ?? (env['SCAP_REV_PATH'] ? {from: 'rev-path', repository: null} : {from: 'names'});
}

/** Ids are unique among the facts: where two changes share one, both are named with their repository, then with all digits. */
function withUniqueIds(changes: readonly Change[]): Change[] {
	const count = (ids: readonly string[]) => {
		const seen = new Map<string, number>();
		for (const id of ids) seen.set(id, (seen.get(id) ?? 0) + 1);
		return seen;
	};
	const first = count(changes.map(change => change.id));
	const wider = changes.map(change =>
		(first.get(change.id) ?? 0) > 1 ? {...change, id: `${change.repository}@${change.sha ?? change.id}`} : change,
	);
	const second = count(wider.map(change => change.id));
	return wider.map((change, index) => ((second.get(change.id) ?? 0) > 1 ? {...change, id: `${change.id}#${index + 1}`} : change));
}

/** All messages together stay small enough to send: beyond the limit only their last part is kept, where the footers stand. */
function withBoundedMessages(changes: readonly Change[]): {changes: Change[]; notes: Note[]} {
	let left = messagesBytesMax;
	let cut = 0;
	const bounded = changes.map(change => {
		const {message} = change;
		if (message === undefined) return change;
		left -= message.length;
		if (left >= 0 || message.length <= 2048) return change;
		cut++;
		return {...change, message: message.slice(-2048).replace(/^[^\n]*\n/, '')};
	});
	const text = `the messages of ${cut} changes were cut to their last 2048 characters, since together they are longer than ${messagesBytesMax}`;
	return {changes: bounded, notes: cut > 0 ? [{about: 'batch', text}] : []};
}

/** Looks up what the rules want to know beside the batch, within a part of the time that is left. */
async function gather(read: Read, landed: LandedAnswer, options: ReaderOptions, answers: MirrorAnswers): Promise<Reading> {
	const probes = landed.probes.slice(0, probesMax);
	const isAsked = (place: Place) => probes.some(probe => probe.repository === place.repository);
	const unchanged = read.unchanged ?? [];
	const places = [...read.places, ...unchanged.filter(isAsked)];
	const share = shareOf(options.limits);
	const cacheDir = options.cacheDir ?? null;
	const [known, holdings, mirrors] = await Promise.all([
		lookUpKnown({places, unchanged: unchanged.filter(place => !isAsked(place))}, read.changes, probes, {limits: share, cacheDir}),
		lookUpHoldings(places, probes, landed.groups, share),
		mirrorsOf(sourceOf(options, landed), read, share, answers),
	]);
	const unmatched = await unmatchedProbes({...known, places, probes, holdings, changes: [...read.changes, ...known.known]}, share);
	const beside = await readBeside({...read, places}, {...known, probes, limits: share, cacheDir});
	for (const history of known.histories) history.remember();
	const distinct = withUniqueIds([...read.changes, ...known.known]);
	const batch = withBoundedMessages(distinct.slice(0, read.changes.length));
	const near = distinct.slice(read.changes.length);
	const question = {places: [...read.places, ...unchanged], changes: batch.changes, known: near, patterns: landed.patterns ?? []};
	const found = await readTraces(question, share, cacheDir);
	const notes = [...read.notes, ...known.notes, ...batch.notes, ...unmatched, ...beside.notes, ...(mirrors?.notes ?? [])];
	const landedChanges = [...known.landedChanges, ...found.landedChanges];
	const {neighbours} = beside.beside;
	const words = await localWords(
		[...read.places, ...unchanged],
		[...batch.changes, ...near, ...found.known, ...landedChanges, ...(neighbours ?? []).flatMap(({changes}) => changes)],
		share,
	);
	return {
		...read,
		changes: batch.changes.map(words.mark),
		known: [...near, ...found.known].map(words.mark),
		landedChanges: landedChanges.map(words.hide),
		holdings,
		beside: {
			...beside.beside,
			...(neighbours === undefined ? {} : {neighbours: neighbours.map(one => ({...one, changes: one.changes.map(words.hide)}))}),
			...{traces: found.traces, ...(mirrors === null ? {} : {mirrors: mirrors.mirrors})},
		},
		notes: notes.slice(0, notesMax),
	};
}

/** Where nobody has told yet what is live, `landed: REF` of a checkout says it: for all its groups, until the first deploy is recorded. */
const runFromReference = ({live}: NewInCheckout, own: readonly string[], all: readonly string[]): LandedHead[] =>
	live.flatMap(target => (own.length > 0 ? own : all).map(group => ({group, ...target})));

/** Reads changes for one question. What it knows of a checkout it keeps, so that git may start before the service has answered. */
export function changesReader(options: ReaderOptions) {
	const {service, named, env, cwd, limits} = options;
	const heads = new Map<string, Promise<Head>>();
	const answers: MirrorAnswers = new Map();
	const head = (path: string): Promise<Head> => {
		const full = resolve(cwd, path);
		const found = heads.get(full) ?? headOf(full, limits);
		heads.set(full, found);
		return found;
	};

	const readGit = async (config: ChangesConfig & {from: 'git'}, landed: LandedAnswer): Promise<Read> => {
		const all = await Promise.all(
			config.checkouts.map(async checkout => newInCheckout(checkout, await head(checkout.path), landed.landed, limits)),
		);
		const derived = all.map((each, index) => runFromReference(each, config.checkouts[index]?.groups ?? [], landed.groups));
		const places = all.map(({place}, index) => (place.landed.length > 0 ? place : {...place, landed: derived[index] ?? []}));
		return {
			targets: all.map(each => each.target),
			changes: all.flatMap(each => each.changes),
			places,
			moments: await momentsOfCheckouts(config, places, landed, limits),
			live: all.flatMap(each => each.live),
			notes: all.flatMap(each => each.notes),
			derived: derived.flat(),
		};
	};

	const readSource = async (landed: LandedAnswer): Promise<Read> => {
		const from = sourceOf(options, landed);
		switch (from.from) {
			case 'git':
				return readGit(from, landed);
			case 'deployment-info':
				return readDeploymentInfo(
					{...from, file: resolve(cwd, from.file), stageDir: from.stageDir === null ? null : resolve(cwd, from.stageDir)},
					landed,
					limits,
				);
			case 'rev-path':
				return readRevPath(from.repository ?? service, landed, env, limits);
			case 'file':
				return {...readChangesFile(resolve(cwd, from.file)), places: [], live: [], notes: []};
			case 'names':
				return {...changesByName(named, service), places: [], live: [], notes: []};
		}
	};

	return {
		/** Starts what does not depend on the service's answer. Its failure is told when the changes are read. */
		prefetch(): void {
			if (options.own?.from !== 'git') return;
			for (const checkout of options.own.checkouts) head(checkout.path).catch(() => undefined);
		},

		/** The checkouts of this host, with what each group runs of them: where one change can be looked for. */
		async places(landed: LandedAnswer): Promise<readonly Place[]> {
			const {places, unchanged = []} = await readSource(landed);
			return [...places, ...unchanged];
		},

		/** Reads the batch and what the rules ask about it. Throws AppError for what a person must mend. */
		async read(landed: LandedAnswer): Promise<Reading> {
			const source = await readSource(landed);
			const isChoice = named.length > 0 && sourceOf(options, landed).from !== 'names';
			const read = isChoice ? await chooseNamed(named, source, limits) : source;
			return gather(read, landed, options, answers);
		},
	};
}
