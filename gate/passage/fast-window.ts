/** Which changes may go out in the fast window, and which must wait for the train. */
import type {Change, Facts} from '../facts.ts';
import {pathMatches} from '../order/path-matches.ts';
import {plainText} from '../order/plain-text.ts';
import type {RawFinding} from '../rule.ts';
import {evidenceFor, namesOf, type Passing, silentAs, weighed} from './passing.ts';

type Records = readonly Readonly<Record<string, string>>[];

export type WindowLimits = {readonly fastWindow: string; readonly silent: string; readonly trainOnly: Records; readonly train: Records};

/**
 * Whether a change rides the train: its branch is one that the policy calls a train's, or one that no group runs yet, while they run
 * others of its repository. A pick to a branch that is live is of the fast window.
 */
function ridesTrain({branch, repository}: Change, {landed}: Facts, train: Records): boolean {
	if (branch === undefined) return false;
	if (train.some(record => pathMatches(record['branch'] ?? '', branch))) return true;
	const running = landed.flatMap(({heads}) => heads).filter(head => head.repository === repository && head.branch !== undefined);
	return running.length > 0 && running.every(head => head.branch !== branch);
}

const fits = (pattern: string | undefined, text: string): boolean => pattern === undefined || pathMatches(pattern, text);

function concerns(record: Readonly<Record<string, string>>, {repository, paths, labels}: Change): boolean {
	const {path, label} = record;
	return (
		fits(record['repository'], repository) &&
		(path === undefined || (paths ?? []).some(each => pathMatches(path, each.path))) &&
		(label === undefined || (labels ?? []).some(each => each.toLowerCase() === label.toLowerCase()))
	);
}

type Answer = {readonly why: string} | {readonly missing: string} | null;

/** Why a record keeps a change for the train; null: it does not. */
function judgeOne(record: Readonly<Record<string, string>>, {change, review, footers}: Passing): Answer {
	if (!concerns(record, change)) return null;
	const {size_max: sizeMax, needs_task: needsTask} = record;
	if (sizeMax === undefined && needsTask === undefined) return {why: 'train only'};
	if (needsTask !== undefined && /^(?:yes|true|1)$/i.test(needsTask) && footers.bugs.length === 0)
		return {why: 'it names no task (a footer Bug:)'};
	if (sizeMax === undefined) return null;
	const most = Number(sizeMax);
	if (!Number.isFinite(most)) return {missing: `size_max ${plainText(sizeMax, 40)} is no number`};
	if (review?.size === undefined) return {missing: 'its size is not told'};
	return review.size > most ? {why: `${review.size} lines, at most ${most}`} : null;
}

/** What belongs on the train and is going out beside it. A local commit is never asked. */
export function windowProblems(all: readonly Passing[], facts: Facts, limits: WindowLimits): RawFinding[] {
	if (limits.fastWindow === 'off' || limits.trainOnly.length === 0) return [];
	const fast = all.filter(({isLocal, change}) => !isLocal && !ridesTrain(change, facts, limits.train));
	return limits.trainOnly.flatMap(record => {
		const name = plainText(record['name'] ?? '', 60);
		const answers = fast.flatMap(passing => {
			const answer = judgeOne(record, passing);
			return answer === null ? [] : [{passing, answer}];
		});
		const kept = answers.flatMap(({passing, answer}) => ('why' in answer ? [{passing, text: answer.why}] : []));
		const open = answers.flatMap(({passing, answer}) => ('missing' in answer ? [{passing, text: answer.missing}] : []));
		const said = (those: typeof kept) => {
			const texts = new Map(those.map(({passing, text}) => [passing, text]));
			return evidenceFor([...texts.keys()], passing => texts.get(passing) ?? '');
		};
		const findings: RawFinding[] = [];
		if (kept.length > 0)
			findings.push(
				...weighed(limits.fastWindow, {
					because: `${namesOf(kept.map(({passing}) => passing))} ${kept.length === 1 ? 'is' : 'are'} for the train, not for the fast window: ${name}.`,
					evidence: said(kept),
					remedy: 'Leave it to the train, or have it allowed with a reason.',
					data: {kind: 'train-only', name: record['name'], changes: kept.map(({passing}) => passing.change.id)},
				}),
			);
		if (open.length > 0)
			findings.push({
				outcome: silentAs(limits.silent),
				because: `Whether ${namesOf(open.map(({passing}) => passing))} may go out in the fast window cannot be told: ${open[0]?.text}.`,
				evidence: said(open),
				remedy: 'Look yourself; `silent` of the policy says what this counts for.',
				data: {kind: 'train-only-unknown', name: record['name'], changes: open.map(({passing}) => passing.change.id)},
			});
		return findings;
	});
}
