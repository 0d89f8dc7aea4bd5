/**
 * How good the detection of undeclared links is, on any set of git repositories: the pairs of changes that people declared with Depends-On across
 * repositories are the truth there is. Recall: how many of them detection links. Precision: how many of the links it finds are declared; the
 * others are printed with their evidence, since most real links were never declared and only a person can judge them.
 *
 * Every change of the history is taken for one batch, and nothing is known to be live: what the gate would see on one day is less, and weighed
 * by what is live, so that links to what is long gone do not count there.
 */
import path from 'node:path';
import type {BlobTrace, Change, Facts, NameTrace} from '../../gate/facts.ts';
import {readFooters} from '../../gate/order/footers.ts';
import {type Detected, detectLinks} from '../../gate/order/moves/detect.ts';
import {isNear} from '../../gate/order/moves/link-parts.ts';
import {readPatterns} from '../../gate/order/moves/patterns.ts';
import {shippedPatterns} from '../../gate/order/moves/shipped-patterns.ts';
import {headOf, type Place} from '../../server/client/changes/git.ts';
import {changeOf, logArguments, readLog} from '../../server/client/changes/git-log.ts';
import {git} from '../../server/client/changes/git-process.ts';
import {blobSteps, pairedSteps, traceBlobs, withoutCutOff} from '../../server/client/changes/traces/blob-moves.ts';
import {traceNames} from '../../server/client/changes/traces/name-traces.ts';
import {quietAt} from '../helpers/quiet-day.ts';

const pageSize = 2000;
const chunkSize = 100;
const linksMax = 100_000;
const patient = {remainingMs: () => 3_600_000};

export type Hit = {readonly link: Detected; readonly removing: Change; readonly coming: Change};

export type Evaluation = {
	readonly repositories: readonly {readonly name: string; readonly commits: number; readonly shallow: boolean}[];
	readonly seconds: number;
	/** Pairs of changes with a Depends-On of one on the other, both of them in these repositories. */
	readonly declared: {readonly sameRepository: number; readonly across: number; readonly elsewhere: number};
	/** Declared pairs across repositories that detection links. */
	readonly found: number;
	/** Declared pairs across repositories that touch one name or one file's contents, in whatever way. */
	readonly related: number;
	/** Links between two changes, by kind and by what gave them away. */
	readonly detected: Readonly<Record<string, {readonly pairs: number; readonly declared: number}>>;
	readonly undeclared: readonly Hit[];
	readonly unread: readonly string[];
};

/** One change on all its branches. */
const familyOf = (change: Change): string => change.changeId ?? `${change.repository} ${change.sha}`;
const pairOf = (one: Change, other: Change): string => [familyOf(one), familyOf(other)].sort().join(' with ');

async function readHistory(folder: string, since: string | null): Promise<{place: Place; changes: Change[]}> {
	const head = await headOf(folder, patient);
	const place: Place = {head, repository: path.basename(head.path), branch: null, landed: []};
	const changes: Change[] = [];
	for (let skip = 0; ; skip += pageSize) {
		const period = since === null ? [] : [`--since=${since}`];
		const {stdout, exit} = await git(
			head.path,
			[...logArguments(pageSize), '--all', '--no-merges', `--skip=${skip}`, ...period, '--'],
			patient,
		);
		if (exit !== 0) throw new Error(`git could not read the history of ${folder} from commit ${skip} on; take a shorter one with --since`);
		const page = readLog(stdout, {repository: place.repository}).map(commit => ({...changeOf(commit), id: commit.sha}));
		changes.push(...page);
		if (page.length < pageSize) return {place, changes};
	}
}

function declaredPairs(changes: readonly Change[]) {
	const byId = new Map<string, Change[]>();
	for (const change of changes) if (change.changeId) byId.set(change.changeId, [...(byId.get(change.changeId) ?? []), change]);
	const ids = [...byId.keys()];
	const same = new Set<string>();
	const across = new Map<string, readonly [Change, Change]>();
	const elsewhere = new Set<string>();
	for (const change of changes) {
		for (const {header, reference} of readFooters(change.message ?? '').entries) {
			if (header !== 'Depends-On' || reference?.kind !== 'change-id') continue;
			const whole = byId.has(reference.changeId) ? [reference.changeId] : ids.filter(id => id.startsWith(reference.changeId));
			const targets = whole.flatMap(id => byId.get(id) ?? []);
			if (targets.length === 0) elsewhere.add(`${familyOf(change)} ${reference.changeId}`);
			for (const target of targets) {
				if (target.repository === change.repository) same.add(pairOf(change, target));
				else across.set(pairOf(change, target), [target, change]);
			}
		}
	}
	return {same, across, elsewhere};
}

async function traceAll(histories: readonly {place: Place; changes: readonly Change[]}[]) {
	const {patterns} = readPatterns(shippedPatterns);
	const names: NameTrace[] = [];
	const unread: string[] = [];
	for (const {place, changes} of histories) {
		for (let at = 0; at < changes.length; at += chunkSize) {
			const traced = await traceNames(place, changes.slice(at, at + chunkSize), patterns, patient);
			names.push(...traced.names);
			unread.push(...traced.unread);
		}
	}
	const every = histories.flatMap(({changes}) => changes);
	const shallow = histories.filter(({place}) => place.head.shallow).map(({place}) => place);
	const all = await withoutCutOff(shallow, every, patient);
	const steps = pairedSteps(blobSteps(all), new Set(all));
	const blobs: BlobTrace[] = [];
	for (let at = 0; at < steps.length; at += 400)
		blobs.push(
			...(await traceBlobs(
				histories.map(({place}) => place),
				steps.slice(at, at + 400),
				patient,
			)),
		);
	return {names, blobs, unread};
}

const asFacts = (changes: readonly Change[], names: readonly NameTrace[], blobs: readonly BlobTrace[]): Facts => ({
	...{version: 1, at: quietAt, service: 'evaluation', stage: {name: 'before', first: true}, groups: []},
	batch: {changes, atomic: false, targets: [], rollback: 'no'},
	...{landed: [], known: [], holdings: [], signals: [], look: null, incidents: [], overrides: [], notes: []},
	traces: {names, uses: [], blobs, unread: []},
});

function hitsOf(links: readonly Detected[], changes: readonly Change[]): Hit[] {
	const byId = new Map(changes.map(change => [change.id, change]));
	return links.flatMap(link => {
		const of = (does: string) => link.parts.filter(part => part.does === does).flatMap(part => byId.get(part.change) ?? []);
		const triggers = of('trigger');
		return of('remove').flatMap(removing => triggers.filter(coming => isNear(removing, coming)).map(coming => ({link, removing, coming})));
	});
}

/** Which changes touch one name, or one file's contents. */
function related(pair: readonly [Change, Change], names: readonly NameTrace[], blobs: readonly BlobTrace[]): boolean {
	const touched = ({id}: Change) =>
		new Set([
			...names.filter(({change}) => change === id).map(({name}) => name),
			...blobs.filter(({change}) => change === id).map(({blob}) => blob),
		]);
	const [one, other] = [touched(pair[0]), touched(pair[1])];
	return [...one].some(name => other.has(name));
}

/** Evaluates detection on the whole history of these repositories, or since a date that git understands. */
export async function evaluateMoves(
	folders: readonly string[],
	{since = null}: {readonly since?: string | null} = {},
): Promise<Evaluation> {
	const started = performance.now();
	const histories = [];
	for (const folder of folders) histories.push(await readHistory(folder, since));
	const changes = histories.flatMap(each => each.changes);
	const {same, across, elsewhere} = declaredPairs(changes);
	const {names, blobs, unread} = await traceAll(histories);
	const hits = hitsOf(detectLinks(asFacts(changes, names, blobs), linksMax), changes);
	const kinds = new Map<string, {pairs: Set<string>; declared: Set<string>}>();
	const linked = new Set<string>();
	const undeclared = new Map<string, Hit>();
	for (const hit of hits) {
		const pair = pairOf(hit.removing, hit.coming);
		const kind = `${hit.link.kind} by ${hit.link.by}`;
		const entry = kinds.get(kind) ?? {pairs: new Set(), declared: new Set()};
		kinds.set(kind, entry);
		entry.pairs.add(pair);
		if (across.has(pair)) {
			linked.add(pair);
			entry.declared.add(pair);
		} else if (!undeclared.has(`${kind} ${pair}`)) undeclared.set(`${kind} ${pair}`, hit);
	}
	return {
		repositories: histories.map(({place, changes: own}) => ({name: place.repository, commits: own.length, shallow: place.head.shallow})),
		seconds: (performance.now() - started) / 1000,
		declared: {sameRepository: same.size, across: across.size, elsewhere: elsewhere.size},
		found: linked.size,
		related: [...across.values()].filter(pair => related(pair, names, blobs)).length,
		detected: Object.fromEntries([...kinds].map(([kind, {pairs, declared}]) => [kind, {pairs: pairs.size, declared: declared.size}])),
		undeclared: [...undeclared.values()],
		unread: [...new Set(unread)],
	};
}

/** Nothing out of nothing is no figure. */
const share = (part: number, of: number): string => `${part} of ${of} (${((100 * part) / of).toFixed(0)} %)`;

const commitLine = (change: Change): string =>
	`${change.repository} ${(change.sha ?? '').slice(0, 10)} ${(change.committedAt ?? '').slice(0, 10)} ${change.subject ?? ''}`;

/** The figures as text, with a sample of what nobody declared, spread evenly over all of it. */
export function evaluationText(evaluation: Evaluation, sampleMax: number): string {
	const {repositories, seconds, declared, found, related: near, detected, undeclared, unread} = evaluation;
	const every = Math.max(1, Math.ceil(undeclared.length / Math.max(1, sampleMax)));
	const sample = undeclared.filter((_, index) => index % every === 0).slice(0, sampleMax);
	const total = Object.values(detected).reduce((sum, {pairs}) => sum + pairs, 0);
	const known = Object.values(detected).reduce((sum, each) => sum + each.declared, 0);
	return [
		...repositories.map(
			({name, commits, shallow}) =>
				`${name}: ${commits} commits${shallow ? ' (a shallow clone: the rest of its history is not here)' : ''}`,
		),
		`read in ${seconds.toFixed(1)} s`,
		'',
		`declared pairs: ${declared.across} across repositories, ${declared.sameRepository} within one, ${declared.elsewhere} with what is in none of them`,
		...(repositories.length < 2 ? ['links are between repositories: one alone has none, name more'] : []),
		...(declared.across === 0
			? ['recall: not measured, since nobody declared a pair across these repositories']
			: [
					`recall: ${share(found, declared.across)} declared pairs across repositories are linked by detection`,
					`        ${share(near, declared.across)} touch one name or one file's contents at all`,
				]),
		total === 0
			? 'precision: not measured, since no link was found'
			: `precision: ${share(known, total)} links found are declared; the others are for a person to judge`,
		...Object.entries(detected).map(([kind, {pairs, declared: of}]) => `  ${kind}: ${pairs} pairs, ${of} declared`),
		...(sample.length === 0 ? [] : ['', `${sample.length} of ${undeclared.length} links that nobody declared:`]),
		...sample.flatMap(({link, removing, coming}) => [
			`  ${link.kind}, ${link.name}`,
			`    first  ${commitLine(removing)}`,
			`    second ${commitLine(coming)}`,
			...link.evidence.slice(0, 4).map(({label, text}) => `      ${label}: ${text}`),
		]),
		...(unread.length === 0 ? [] : ['', 'not read:', ...unread.slice(0, 20).map(text => `  ${text}`)]),
		'',
	].join('\n');
}
