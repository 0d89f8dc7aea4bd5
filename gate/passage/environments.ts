/** The earlier environments that a change must have passed before it comes here; an urgent one is excepted by name, and that is recorded. */
import type {Facts, LandedChange, LandedGroup} from '../facts.ts';
import {plainText} from '../order/plain-text.ts';
import type {RawFinding} from '../rule.ts';
import {evidenceFor, namesOf, type Passing, silentAs, weighed} from './passing.ts';

export type EnvironmentLimits = {
	readonly environments: string;
	readonly silent: string;
	readonly urgent: readonly Readonly<Record<string, string>>[];
};

/** Why a change may skip what comes before: its footer's reason, or its label. Null: it may not. */
function urgencyOf({reasons, change}: Passing, urgent: EnvironmentLimits['urgent']): string | null {
	if (reasons.urgent !== null) return `Urgent: ${reasons.urgent}`;
	const names = new Set(urgent.map(({label}) => label?.toLowerCase()));
	const label = change.labels?.find(name => names.has(name.toLowerCase()));
	return label === undefined ? null : `labelled ${plainText(label, 60)}`;
}

function isSame({change, footers}: Passing, landed: LandedChange): boolean {
	if (landed.repository !== change.repository && landed.changeId === undefined) return false;
	const changeId = change.changeId ?? footers.changeId;
	return (
		(landed.sha !== undefined && landed.sha === change.sha) ||
		(changeId !== undefined && landed.changeId === changeId) ||
		(landed.patchId !== undefined && landed.patchId === change.patchId)
	);
}

type Standing = {readonly state: 'passed' | 'absent' | 'elsewhere'} | {readonly state: 'taken-back'; readonly by: string};

function standingOf(passing: Passing, {heads, changes}: LandedGroup): Standing {
	const mine = changes.filter(landed => isSame(passing, landed));
	const isHead = heads.some(({repository, sha}) => repository === passing.change.repository && sha === passing.change.sha);
	if (isHead || mine.some(({revertedBy}) => revertedBy === undefined)) return {state: 'passed'};
	const back = mine[0];
	if (back !== undefined) return {state: 'taken-back', by: plainText(back.revertedBy ?? '', 60)};
	const runs = (repository: string): boolean => [...heads, ...changes].some(each => each.repository === repository);
	return {state: runs(passing.change.repository) ? 'absent' : 'elsewhere'};
}

function judgeOne(environment: LandedGroup, all: readonly Passing[], limits: EnvironmentLimits): RawFinding[] {
	const name = plainText(environment.group, 60);
	if (environment.heads.length === 0 && environment.changes.length === 0)
		return [
			{
				outcome: silentAs(limits.silent),
				because: `Nothing is known of what was on ${name}, which these changes should have passed.`,
				remedy: `Ask the gate about deploys to ${name} too; \`silent\` of the policy says what this counts for.`,
				data: {kind: 'environment-unknown', environment: environment.group},
			},
		];
	const standing = new Map(all.map(passing => [passing, standingOf(passing, environment)]));
	const skipped = all.filter(passing => ['absent', 'taken-back'].includes(standing.get(passing)?.state ?? ''));
	const urgent = skipped.filter(passing => urgencyOf(passing, limits.urgent) !== null);
	const held = skipped.filter(passing => !urgent.includes(passing));
	const where = (passing: Passing): string => {
		const at = standing.get(passing);
		return at?.state === 'taken-back' ? `was on ${name} and was taken back there${at.by === '' ? '' : ` by ${at.by}`}` : `not on ${name}`;
	};
	const data = {environment: environment.group};
	const findings: RawFinding[] = [];
	if (held.length > 0) {
		const nearly = held.filter(({reasons}) => reasons.urgentWithoutReason);
		findings.push(
			...weighed(limits.environments, {
				because: `${namesOf(held)} ${held.length === 1 ? 'has' : 'have'} not passed ${name}.`,
				evidence: [
					...evidenceFor(held, where),
					...nearly.slice(0, 5).map(passing => ({label: passing.name, text: '"Urgent:" without a reason counts for nothing'})),
				],
				remedy: `Deploy to ${name} first. If it cannot wait: a footer "Urgent: REASON" in its message, which is recorded.`,
				data: {...data, kind: 'environment', changes: held.map(({change}) => change.id)},
			}),
		);
	}
	if (urgent.length > 0 && limits.environments !== 'off')
		findings.push({
			outcome: 'warn',
			because: `${namesOf(urgent)} ${urgent.length === 1 ? 'goes' : 'go'} past ${name} as urgent.`,
			evidence: evidenceFor(urgent, passing => `${where(passing)}; ${urgencyOf(passing, limits.urgent)}`),
			data: {...data, kind: 'urgent', changes: urgent.map(({change}) => change.id)},
		});
	return findings;
}

/** What has not passed an earlier environment. Local commits are not asked: a security patch is tried where nobody sees it. */
export function environmentProblems(all: readonly Passing[], facts: Facts, limits: EnvironmentLimits): RawFinding[] {
	if (limits.environments === 'off') return [];
	const asked = all.filter(({isLocal}) => !isLocal);
	return asked.length === 0 ? [] : (facts.environments ?? []).flatMap(environment => judgeOne(environment, asked, limits));
}

/** What was looked at, for a finding that passes. */
export function environmentsLookedAt(all: readonly Passing[], {environments}: Facts): string {
	if (environments === undefined || environments.length === 0) return '';
	return environments
		.map(environment => {
			const states = all.filter(({isLocal}) => !isLocal).map(passing => standingOf(passing, environment).state);
			const elsewhere = states.filter(state => state === 'elsewhere').length;
			const passed = states.filter(state => state === 'passed').length;
			return `${passed} passed ${plainText(environment.group, 60)}${elsewhere === 0 ? '' : ` (${elsewhere} of repositories that it does not run)`}`;
		})
		.join(', ');
}
