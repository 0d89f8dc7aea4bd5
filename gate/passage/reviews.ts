/** Reviewed by somebody else, its tests passed, and not all of it in one pair of hands. */
import type {Facts} from '../facts.ts';
import {plainText} from '../order/plain-text.ts';
import type {RawFinding} from '../rule.ts';
import {counted, evidenceFor, namesOf, type Passing, silentAs, weighed} from './passing.ts';
import {type Accounts, sameName} from './people.ts';

export type ReviewLimits = {
	readonly review: string;
	readonly tests: string;
	readonly onePerson: string;
	readonly silent: string;
	readonly accounts: Accounts;
};

const isWriter = ({writers}: Passing, name: string, accounts: Accounts): boolean =>
	writers.some(writer => sameName(writer, name, accounts) !== null);

/** Who approved it beside those who wrote it; null where the source does not tell approvals. */
export function othersWhoApproved(passing: Passing, accounts: Accounts): readonly string[] | null {
	return passing.review?.approvedBy?.filter(name => !isWriter(passing, name, accounts)) ?? null;
}

const isUnreviewed = (passing: Passing, accounts: Accounts): boolean =>
	!passing.isLocal && othersWhoApproved(passing, accounts)?.length === 0;

/** What makes writer and deployer look like one person, in words; null where they do not. */
function oneHand(passing: Passing, who: string, accounts: Accounts): string | null {
	for (const writer of passing.writers) {
		const name = sameName(writer, who, accounts);
		if (name !== null) return `${plainText(writer, 80)} and ${plainText(who, 80)} are both «${plainText(name, 80)}»`;
	}
	return null;
}

function reviewFindings(all: readonly Passing[], {deployer}: Facts, limits: ReviewLimits): RawFinding[] {
	const {accounts} = limits;
	const unreviewed = all.filter(passing => isUnreviewed(passing, accounts));
	const alone = deployer === undefined ? [] : unreviewed.filter(passing => oneHand(passing, deployer, accounts) !== null);
	const findings: RawFinding[] = [];
	if (unreviewed.length > 0)
		findings.push(
			...weighed(limits.review, {
				because: `${namesOf(unreviewed)} ${unreviewed.length === 1 ? 'was' : 'were'} approved by nobody but whoever wrote ${unreviewed.length === 1 ? 'it' : 'them'}.`,
				evidence: evidenceFor(unreviewed, ({review, writers}) => {
					const by = (review?.approvedBy ?? []).map(name => plainText(name, 80)).join(', ') || 'nobody';
					return `written by ${writers.map(name => plainText(name, 80)).join(' = ') || 'nobody named'}; approved by ${by}${review?.url === undefined ? '' : `; ${plainText(review.url, 200)}`}`;
				}),
				remedy: 'Have somebody else approve it.',
				data: {kind: 'review', changes: unreviewed.map(({change}) => change.id)},
			}),
		);
	if (alone.length > 0 && deployer !== undefined)
		findings.push(
			...weighed(limits.onePerson, {
				because: `${plainText(deployer, 80)} wrote ${namesOf(alone)}, deploys ${alone.length === 1 ? 'it' : 'them'}, and nobody else approved.`,
				evidence: evidenceFor(alone, passing => `compared: ${oneHand(passing, deployer, accounts)}`),
				remedy: 'Have somebody else approve it, or deploy it. If they are two people, name their accounts in the policy (accounts).',
				data: {kind: 'one-person', changes: alone.map(({change}) => change.id)},
			}),
		);
	const odd = all.filter(({review}) => review?.status === 'abandoned' || review?.status === 'draft');
	if (odd.length > 0)
		findings.push(
			...weighed(limits.review, {
				because: `${namesOf(odd)} ${odd.length === 1 ? 'is' : 'are'} going out, and in review ${odd.length === 1 ? 'it is' : 'they are'} ${[...new Set(odd.map(({review}) => (review?.status === 'draft' ? 'a draft' : 'abandoned')))].join(' or ')}.`,
				evidence: evidenceFor(odd, ({review}) => `${review?.status}${review?.url === undefined ? '' : `; ${plainText(review.url, 200)}`}`),
				remedy: 'Finish the review, or take it out of the batch.',
				data: {kind: 'status', changes: odd.map(({change}) => change.id)},
			}),
		);
	return findings;
}

/** Who let it pass, wrote it and deploys it are one: then nobody else has looked at all. */
function overrideFindings(all: readonly Passing[], {deployer, overrides, at}: Facts, limits: ReviewLimits): RawFinding[] {
	if (deployer === undefined) return [];
	const {accounts} = limits;
	const own = all.filter(passing => oneHand(passing, deployer, accounts) !== null);
	return overrides
		.filter(({by, until}) => until > at && own.length > 0 && sameName(by, deployer, accounts) !== null)
		.slice(0, 5)
		.flatMap(({rule, by, reason}) =>
			weighed(limits.onePerson, {
				because: `${plainText(deployer, 80)} wrote ${namesOf(own)}, allowed ${own.length === 1 ? 'it' : 'them'} past ${rule ?? 'every rule'}, and deploys ${own.length === 1 ? 'it' : 'them'}: one person alone.`,
				evidence: [
					...evidenceFor(own, passing => `compared: ${oneHand(passing, deployer, accounts)}`),
					{label: 'allowed', text: `by ${plainText(by, 80)}: ${plainText(reason, 200)}`},
				],
				remedy: 'Have somebody else allow it, or deploy it.',
				data: {kind: 'one-person', override: rule ?? null, changes: own.map(({change}) => change.id)},
			}),
		);
}

function testFindings(all: readonly Passing[], limits: ReviewLimits): RawFinding[] {
	const words = [
		['failed', 'failed', 'Mend the tests, or the change.'],
		['running', 'have not ended', 'Wait for them.'],
	] as const;
	const findings = words.flatMap(([state, said, remedy]) => {
		const those = all.filter(({isLocal, review}) => !isLocal && review?.tests === state);
		if (those.length === 0) return [];
		return weighed(limits.tests, {
			because: `The tests of ${namesOf(those)} ${said}.`,
			evidence: evidenceFor(those, ({review}) => `tests ${state}${review?.url === undefined ? '' : `; ${plainText(review.url, 200)}`}`),
			remedy,
			data: {kind: 'tests', tests: state, changes: those.map(({change}) => change.id)},
		});
	});
	const untested = all.filter(({isLocal, review}) => !isLocal && review?.tests === 'none');
	if (untested.length > 0 && limits.tests !== 'off')
		findings.push({
			// Many repositories have no tests that report: to hold them all would teach people to turn the rule off.
			outcome: 'warn',
			because: `No test has reported on ${namesOf(untested)}.`,
			evidence: evidenceFor(untested, () => 'no test has reported on it as it stands now'),
			data: {kind: 'tests', tests: 'none', changes: untested.map(({change}) => change.id)},
		});
	const untold = all.filter(({isLocal, review}) => !isLocal && typeof review?.tests === 'object');
	if (untold.length === 0 || limits.tests === 'off') return findings;
	const why = (passing: Passing): string => {
		const {tests} = passing.review ?? {};
		return typeof tests === 'object' ? plainText(tests.missing, 200) : '';
	};
	return [
		...findings,
		{
			outcome: silentAs(limits.silent),
			because: `Whether the tests of ${namesOf(untold)} passed cannot be told: ${untold[0] === undefined ? '' : why(untold[0])}`,
			evidence: evidenceFor(untold, why),
			remedy: 'Look there yourself; `silent` of the policy says what this counts for.',
			data: {kind: 'tests-unknown', changes: untold.map(({change}) => change.id)},
		},
	];
}

function silenceFinding(all: readonly Passing[], limits: ReviewLimits): RawFinding[] {
	const silent = all.filter(({silence}) => silence !== null);
	if (silent.length === 0 || (limits.review === 'off' && limits.tests === 'off')) return [];
	return [
		{
			outcome: silentAs(limits.silent),
			because: `Whether ${namesOf(silent)} ${silent.length === 1 ? 'was' : 'were'} reviewed cannot be told: ${silent[0]?.silence}`,
			evidence: evidenceFor(silent, ({silence}) => silence ?? ''),
			remedy: 'Look there yourself; `silent` of the policy says what this counts for.',
			data: {kind: 'review-unknown', changes: silent.map(({change}) => change.id)},
		},
	];
}

/** Everything that reviews, tests and people give cause to say. */
export function reviewProblems(all: readonly Passing[], facts: Facts, limits: ReviewLimits): RawFinding[] {
	return [
		...reviewFindings(all, facts, limits),
		...overrideFindings(all, facts, limits),
		...testFindings(all, limits),
		...silenceFinding(all, limits),
	];
}

const localText = (local: readonly Passing[]): string => `${counted(local.length, 'local commit')} without a review (security patches)`;

/** Local commits are allowed and counted: also where something else of the batch is in the way. */
export function localCount(all: readonly Passing[]): RawFinding[] {
	const local = all.filter(({isLocal}) => isLocal);
	return local.length === 0 ? [] : [{outcome: 'pass', because: `${localText(local)}: allowed`, data: {kind: 'local', count: local.length}}];
}

/** Whether any source was asked about it, or would have told. */
export const wasAsked = ({review, silence, isLocal}: Passing): boolean => review !== null || silence !== null || isLocal;

/** What was looked at, counted, for a finding that passes. */
export function reviewsLookedAt(all: readonly Passing[], {deployer}: Facts, {accounts}: ReviewLimits): string {
	const local = all.filter(({isLocal}) => isLocal);
	const told = all.filter(({review, isLocal}) => review !== null && !isLocal);
	const unasked = all.filter(({review, silence}) => review === null && silence === null);
	const parts: string[] = [];
	if (told.length > 0) {
		const approved = told.filter(passing => (othersWhoApproved(passing, accounts)?.length ?? 0) > 0).length;
		const tested = told.filter(({review}) => review?.tests === 'passed').length;
		parts.push(`${approved} of ${told.length} approved by somebody else`, `tests passed on ${tested} of ${told.length}`);
		if (deployer === undefined) parts.push('who deploys is not known');
	}
	if (local.length > 0) parts.push(localText(local));
	if (unasked.length > 0 && unasked.length === all.length)
		parts.push('reviews and tests were not looked at, since no source of them is configured');
	else if (unasked.length > 0) parts.push(`reviews of ${unasked.length} were not looked at`);
	return parts.join(', ');
}
