/** Where names stand in what groups run now: the files that mention them, found by `git grep` in the live commits and read like changed ones. */
import type {LookedAt, NameUse} from '../../../../gate/facts.ts';
import type {Pattern} from '../../../../gate/order/moves/patterns.ts';
import {fileCharactersMax, isLookedAt, readNames} from '../../../../gate/order/moves/read-names.ts';
import type {Place} from '../git.ts';
import {isSha} from '../git-log.ts';
import {git, type Limits} from '../git-process.ts';
import {objectInfos, readBlobs} from './objects.ts';

/** A name of interest; a `blob` is looked for at its paths. */
export type Wanted = {readonly kind: string; readonly name: string};
export type WantedBlob = {readonly blob: string; readonly repository: string; readonly path: string};
export type Uses = {readonly uses: readonly NameUse[]; readonly looked: readonly LookedAt[]; readonly unread: readonly string[]};

const wantedMax = 200;
const filesMax = 300;
const usesPerNameMax = 20;

/** What a file that uses the name must hold: the name itself, or, where a prefix makes it, the quoted rest. */
function termsOf(wanted: readonly Wanted[], patterns: readonly Pattern[]): string[] {
	const terms = new Set<string>();
	for (const {kind, name} of wanted) {
		terms.add(name);
		for (const pattern of patterns) {
			const {text, steps} = pattern.prefix;
			if (pattern.kind !== kind || (text === '' && steps === null)) continue;
			const rest = steps === null ? (name.startsWith(text) ? name.slice(text.length) : '') : name.replace(/^wg/, '');
			if (rest.length > 1 && rest !== name) for (const quote of ['"', "'"]) terms.add(`${quote}${rest}${quote}`);
			// Where the file itself says the prefix, what is written there ends like the name.
			if (steps !== null && name.includes('/')) terms.add(`/${name.split('/').at(-1)}"`);
		}
	}
	return [...terms].filter(term => !/[\n\0]/.test(term));
}

type Found = {readonly uses: readonly Omit<NameUse, 'group'>[]; readonly isWhole: boolean};

async function usesAt(place: Place, sha: string, wanted: readonly Wanted[], patterns: readonly Pattern[], limits: Limits): Promise<Found> {
	const terms = termsOf(wanted, patterns).flatMap(term => ['-e', term]);
	const answer = await git(place.head.path, ['grep', '-l', '-z', '-I', '-F', '--full-name', ...terms, sha], limits);
	// git grep ends with 1 where nothing is found.
	if (answer.exit !== 0 && answer.exit !== 1) return {uses: [], isWhole: false};
	const paths = answer.stdout
		.toString('utf8')
		.split('\0')
		.filter(Boolean)
		.map(each => each.slice(sha.length + 1))
		.filter(path => isLookedAt(path, patterns));
	const files = paths.slice(0, filesMax);
	const infos = await objectInfos(
		place,
		files.map(path => `${sha}:${path}`),
		limits,
	);
	const small = files.flatMap(path => {
		const info = infos?.get(`${sha}:${path}`);
		return info && info.bytes <= fileCharactersMax ? [{path, id: info.id}] : [];
	});
	const texts = await readBlobs(
		place,
		small.map(({id}) => id),
		limits,
	);
	const keys = new Set(wanted.map(({kind, name}) => `${kind} ${name}`));
	const count = new Map<string, number>();
	const uses: Omit<NameUse, 'group'>[] = [];
	for (const {path, id} of small) {
		const text = texts.get(id);
		if (text === undefined || limits.remainingMs() <= 0) continue;
		for (const {use, kind, name, line} of readNames(path, text, patterns)) {
			const key = `${kind} ${name}`;
			const before = count.get(`${use} ${key}`) ?? 0;
			if (!keys.has(key) || before >= usesPerNameMax) continue;
			count.set(`${use} ${key}`, before + 1);
			uses.push({repository: place.repository, sha, use, kind, name, path, line});
		}
	}
	return {
		uses,
		isWhole: infos !== null && texts.size >= new Set(small.map(({id}) => id)).size && paths.length <= filesMax && limits.remainingMs() > 0,
	};
}

async function blobsAt(place: Place, sha: string, wanted: readonly WantedBlob[], limits: Limits): Promise<Found> {
	const own = wanted.filter(({repository}) => repository === place.repository);
	const infos = await objectInfos(
		place,
		own.map(({path}) => `${sha}:${path}`),
		limits,
	);
	if (infos === null) return {uses: [], isWhole: false};
	const here = own.filter(({path, blob}) => infos.get(`${sha}:${path}`)?.id === blob);
	const uses = here.map(({blob, path}) => ({
		repository: place.repository,
		sha,
		use: 'registered' as const,
		kind: 'blob',
		name: blob,
		path,
		line: 1,
	}));
	return {uses, isWhole: true};
}

/** Looks for names and files in every commit that is live from one checkout. */
export async function usesIn(
	place: Place,
	{names, blobs}: {readonly names: readonly Wanted[]; readonly blobs: readonly WantedBlob[]},
	patterns: readonly Pattern[],
	limits: Limits,
): Promise<Uses> {
	const unread: string[] = [];
	const wanted = names.slice(0, wantedMax);
	if (names.length > wantedMax)
		unread.push(`${place.repository}: only ${wantedMax} of ${names.length} names were looked for in what is live`);
	const uses: NameUse[] = [];
	const looked: LookedAt[] = [];
	for (const sha of [...new Set(place.landed.map(each => each.sha))].filter(isSha)) {
		const nothing: Found = {uses: [], isWhole: true};
		const [named, held] = await Promise.all([
			wanted.length > 0 ? usesAt(place, sha, wanted, patterns, limits) : nothing,
			blobs.length > 0 ? blobsAt(place, sha, blobs, limits) : nothing,
		]);
		const isWhole = named.isWhole && held.isWhole && names.length <= wantedMax;
		if (!named.isWhole || !held.isWhole)
			unread.push(
				`${place.repository}: what is live there (${sha.slice(0, 10)}) could not be searched to its end (time, size, or the commit is not here)`,
			);
		for (const {group} of place.landed.filter(each => each.sha === sha)) {
			uses.push(...[...named.uses, ...held.uses].map(use => ({group, ...use})));
			if (isWhole) looked.push({group, repository: place.repository, sha});
		}
	}
	return {uses, looked, unread};
}
