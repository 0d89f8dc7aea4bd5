/** The whole gate: facts in, verdict out. Stored facts can be judged again at any time, by any policy, with the same call. */
import type {Facts} from './facts.ts';
import type {Policy, PolicyRule} from './policy.ts';
import {bySeverity, type Finding, type Outcome, type Verdict, type VerdictWord} from './verdict.ts';

/** Judges the facts by every rule of the policy that belongs to their stage; the verdict is the worst finding. It never throws. */
export function evaluate(policy: Policy, facts: Facts): Verdict {
	const here = policy.rules.filter(({stages}) => stages === 'every' || stages.includes(facts.stage.name));
	const findings = [...here.flatMap(rule => judged(rule, policy, facts)), ...noted(facts)].toSorted(bySeverity);
	return {
		verdict: wordOf(findings[0]?.outcome ?? 'pass', policy),
		stage: facts.stage.name,
		at: facts.at,
		findings,
		undecided: findings.some(finding => finding.undecided === true),
	};
}

function wordOf(worst: Outcome, policy: Policy): VerdictWord {
	if (worst === 'unknown') return policy.unknown === 'pass' ? 'go' : 'blind';
	return worst === 'hold' || worst === 'rollback' ? worst : 'go';
}

/** What the rule finds, then what the policy says of the undecided, then what softens it: a rollback must be able to soften both. */
function judged(policyRule: PolicyRule, policy: Policy, facts: Facts): Finding[] {
	return checked(policyRule, facts).map(finding => softened(settled(finding, policy, facts), policyRule, facts));
}

function checked({rule, limits}: PolicyRule, facts: Facts): Finding[] {
	try {
		return rule.check(facts, limits).map(raw => ({evidence: [], remedy: null, ...raw, rule: rule.name}));
	} catch (error) {
		// One broken rule must neither stop the others nor let the deploy pass: what it should have seen is not known.
		const what = error instanceof Error ? error.message.slice(0, 300) : 'it threw something that is no error';
		const because = `the rule could not judge, which is a bug in it: ${what}`;
		return [{rule: rule.name, outcome: 'unknown', because, evidence: [], remedy: 'report the bug with the stored facts'}];
	}
}

/** When no further look is possible, an undecided finding warns (`watch`) or holds, as the policy says of the stage. */
function settled(finding: Finding, policy: Policy, facts: Facts): Finding {
	const mayLookAgain = facts.look !== null && !facts.look.final;
	if (!finding.undecided || mayLookAgain || finding.outcome === 'pass' || finding.outcome === 'rollback') return finding;
	const {stages, default: usual} = policy.undecided;
	const word = Object.hasOwn(stages, facts.stage.name) ? stages[facts.stage.name] : usual;
	return {...finding, outcome: word === 'hold' ? 'hold' : 'warn'};
}

/** Turns what would stop the deploy into a warning where it may not stop it; the finding keeps what it was, and why it gave way. */
function softened(finding: Finding, {rule}: PolicyRule, facts: Facts): Finding {
	if (finding.outcome === 'pass' || finding.outcome === 'warn') return finding;
	const to = (why: string): Finding => ({...finding, outcome: 'warn', softened: {from: finding.outcome, why}});
	if (facts.batch.rollback !== 'no') return to('a rollback is never held');
	// Once a stage is out every non-zero exit takes the deploy back, so what could have been known before only warns.
	if (rule.precondition && !facts.stage.first && finding.outcome !== 'rollback')
		return to('a precondition holds at the first stage of a deploy only');
	const override = facts.overrides.find(({rule: only, until}) => until > facts.at && (only === undefined || only === rule.name));
	return override ? to(`allowed by ${override.by} until ${override.until}: ${override.reason}`) : finding;
}

/** What the gathering noticed is a finding too, so that nothing a deployer must read gets lost between facts and verdict. */
const noted = (facts: Facts): Finding[] =>
	facts.notes.map(({about, text, remedy}) => ({
		rule: 'notes',
		outcome: 'warn',
		because: `${about}: ${text}`,
		evidence: [],
		remedy: remedy ?? null,
	}));
