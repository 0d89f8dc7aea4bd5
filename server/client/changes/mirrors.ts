/** Whether the copies that a deploy reads from have the commit that it is to bring: each is asked with `git ls-remote`. */
import type {Instant, Mirror, Note, Target} from '../../../gate/facts.ts';
import type {MirrorConfig} from '../../config.ts';
import type {Place} from './git.ts';
import {isSha} from './git-log.ts';
import {git, gitRemote, type Limits} from './git-process.ts';

const mirrorsMax = 50;
const atOnceMax = 8;
/** A rollback, too, waits for what is read: a mirror that is silent may not cost it much. */
const askMsMax = 4000;

/** The target that a mirror's ref is for; null where several of that repository fit. */
function targetFor({repository, ref}: MirrorConfig, targets: readonly Target[]): Target | 'none' | 'several' {
	const own = targets.filter(target => target.repository === repository);
	const branch = ref.replace(/^refs\/heads\//, '');
	const named = own.filter(target => target.branch === branch);
	const fitting = named.length > 0 ? named : own;
	const [first] = fitting;
	if (first === undefined) return 'none';
	return fitting.every(({sha}) => sha === first.sha) ? first : 'several';
}

/** The commit of that very ref: a pattern such as `master` is answered with every ref that ends so. */
function shaOf(stdout: string, ref: string): string | null {
	const lines = stdout.split('\n').flatMap((line): [string, string][] => {
		const [sha, name] = line.split('\t');
		return isSha(sha) && name !== undefined ? [[name, sha]] : [];
	});
	const wanted = [ref, `refs/heads/${ref}`, `refs/tags/${ref}`, `refs/${ref}`];
	// Of an annotated tag the commit is wanted, not the tag.
	const names = wanted.flatMap(name => [`${name}^{}`, name]);
	return names.flatMap(name => lines.find(([known]) => known === name)?.[1] ?? [])[0] ?? null;
}

type Has = string | {readonly missing: string};

/** What was answered to this question already: the changes may be read twice, and no mirror is asked twice for that. */
export type MirrorAnswers = Map<string, Promise<Has>>;

function askOnce(mirror: MirrorConfig, limits: Limits, answers: MirrorAnswers): Promise<Has> {
	const key = `${mirror.url} ${mirror.ref}`;
	const answer = answers.get(key) ?? ask(mirror, limits);
	answers.set(key, answer);
	return answer;
}

async function ask({url, ref}: MirrorConfig, limits: Limits): Promise<Has> {
	const bounded: Limits = {remainingMs: () => Math.min(askMsMax, limits.remainingMs())};
	const answer = await gitRemote(['ls-remote', '--exit-code', '--', url, ref, `${ref}^{}`], bounded);
	if (answer.cut !== null) return {missing: `it did not answer in time (${url})`};
	if (answer.exit === 2) return {missing: `it has no ${ref} (${url})`};
	// The first line is often a warning of ssh; what ended it comes last.
	const said = answer.stderr.split('\n').at(-1) ?? '';
	if (answer.exit !== 0) return {missing: `it cannot be asked (${url}): ${said.slice(0, 300) || `git ended with ${answer.exit}`}`};
	return shaOf(answer.stdout.toString('utf8'), ref) ?? {missing: `it has no ${ref} (${url})`};
}

/** When the oldest commit was made that the mirror lacks; null where it lacks none, or that cannot be told here. */
async function behindSince(has: string, wanted: string, places: readonly Place[], limits: Limits): Promise<Instant | null> {
	for (const {head} of places) {
		const answer = await git(head.path, ['log', '--format=%ct', '--no-decorate', '--max-count=10000', wanted, `^${has}`, '--'], limits);
		if (answer.exit !== 0) continue;
		const seconds = answer.stdout.toString('latin1').split('\n').filter(Boolean).map(Number);
		const oldest = Math.min(...seconds);
		return Number.isFinite(oldest) ? new Date(oldest * 1000).toISOString() : null;
	}
	return null;
}

async function lookAt(
	mirror: MirrorConfig,
	wanted: string,
	places: readonly Place[],
	limits: Limits,
	answers: MirrorAnswers,
): Promise<Mirror> {
	const has = await askOnce(mirror, limits, answers);
	const about = {repository: mirror.repository, mirror: mirror.url, ref: mirror.ref, wanted, has};
	if (typeof has !== 'string' || has === wanted) return about;
	const there = places.filter(({repository}) => repository === mirror.repository);
	const since = await behindSince(has, wanted, there, limits);
	return since === null ? about : {...about, behindSince: since};
}

/** Asks each mirror for what the deploy is to bring from it. Never throws: what did not answer is `missing`. */
export async function lookUpMirrors(
	mirrors: readonly MirrorConfig[],
	targets: readonly Target[],
	places: readonly Place[],
	limits: Limits,
	answers: MirrorAnswers,
): Promise<{mirrors: Mirror[]; notes: Note[]}> {
	const notes: Note[] = [];
	const asked = mirrors.slice(0, mirrorsMax).flatMap((mirror): {mirror: MirrorConfig; wanted: string}[] => {
		const target = targetFor(mirror, targets);
		if (typeof target === 'object') return [{mirror, wanted: target.sha}];
		const text =
			target === 'none'
				? `the mirror ${mirror.url} was not asked: this deploy brings nothing from a repository called ${mirror.repository}`
				: `the mirror ${mirror.url} was not asked: this deploy brings several branches of ${mirror.repository}, and none is ${mirror.ref}`;
		notes.push({about: mirror.repository, text});
		return [];
	});
	const found: Mirror[] = [];
	for (let next = 0; next < asked.length; next += atOnceMax) {
		const some = asked.slice(next, next + atOnceMax);
		found.push(...(await Promise.all(some.map(({mirror, wanted}) => lookAt(mirror, wanted, places, limits, answers)))));
	}
	return {mirrors: found, notes};
}
