import {boundOf, type DoorRules, doorsOf} from '../order/one-way.ts';
import {plainText} from '../order/plain-text.ts';
import {nameOf} from '../order/wording.ts';
import {type LimitSpecs, type Limits, type RawFinding, rule} from '../rule.ts';
import {notAsked} from '../verdict.ts';

const shownMax = 20;

const limits = {
	doors: {
		type: 'choice',
		default: 'warn',
		of: ['off', 'warn', 'hold'],
		why: 'What it counts for that a change is not safe to take back, or goes without what it must go together with.',
	},
	oneWay: {
		type: 'records',
		default: [],
		fields: {name: 'required', repository: 'required', path: 'optional', reason: 'required'},
		why: 'What touches that path (* and ** as in paths) is not safe to take back, and why. A change says it of itself by a footer "One-Way: REASON".',
	},
	together: {
		type: 'records',
		default: [],
		fields: {name: 'required', repository: 'required', path: 'optional', with_repository: 'required', with_path: 'optional'},
		why: 'What touches path in repository and what touches with_path in with_repository come and go together, both when deployed and when taken back.',
	},
} as const;

/** A rollback reads the records as well, from limits that were settled with those of every rule. */
export const doorRulesOf = (settled: Limits<LimitSpecs>): DoorRules => {
	const records = (name: string): DoorRules['oneWay'] => {
		const value: unknown = settled[name];
		return Array.isArray(value) ? value : [];
	};
	return {oneWay: records('oneWay'), together: records('together')};
};

/** Says before anything is out what could not simply be taken back. */
export const wayBack = rule({
	name: 'way-back',
	why: 'What cannot be taken back must be known before it is out, not when it burns.',
	stages: 'every',
	precondition: true,
	limits,
	check(facts, settled) {
		const {changes, rollback} = facts.batch;
		const outcome = settled.doors === 'hold' ? 'hold' : 'warn';
		if (settled.doors === 'off' || rollback !== 'no') return [{outcome: 'pass', because: 'not looked at', data: notAsked}];
		// The door is behind whoever goes on: said again at each stage it would only hide what is new there.
		if (!facts.stage.first) return [{outcome: 'pass', because: 'what could not be taken back was said at the first stage', data: notAsked}];
		const doors = doorsOf(changes, settled).map(
			({change, reason, rule: by}): RawFinding => ({
				outcome,
				because: `${nameOf(change)} is a one-way door: ${reason || 'it gives no reason'}`,
				evidence: [{label: nameOf(change), text: by === null ? 'its own footer says so' : `the policy says so: ${by}`}],
				remedy: 'Make sure that the way on is known: taking it back may break more than it mends.',
				data: {kind: 'one-way', change: change.id, rule: by},
			}),
		);
		const alone = boundOf(changes, settled)
			.filter(({companions}) => companions.length === 0)
			.map(({change, rule: by, other}): RawFinding => {
				const what = `${other.repository}${other.path === null ? '' : ` ${plainText(other.path, 120)}`}`;
				return {
					outcome,
					because: `${nameOf(change)} goes without ${what}, and they belong together: ${by}.`,
					remedy: 'Deploy both together, or make sure that the other side is there: neither can be taken back alone.',
					data: {kind: 'together', change: change.id, rule: by},
				};
			});
		const found = [...doors, ...alone];
		const {oneWay, together} = doorRulesOf(settled);
		const asked = oneWay.length + together.length > 0 ? {} : {data: notAsked};
		if (found.length === 0) return [{outcome: 'pass', because: 'nothing here says that it could not be taken back', ...asked}];
		const rest = found.length - shownMax;
		return rest <= 0 ? found : [...found.slice(0, shownMax), {outcome, because: `${rest} more one-way doors are not shown one by one.`}];
	},
});
