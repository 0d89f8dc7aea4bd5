/** Rule: the canaries must not fail more than the rest of the fleet does at the same time. */
import {plainFindings} from '../canary/plain.ts';
import {sequentialFindings} from '../canary/sequential.ts';
import {type RawFinding, rule} from '../rule.ts';

/** Counts over exposure on the canaries against the baseline hosts now, by the sequential test or the plain one. */
export const canaryErrors = rule({
	name: 'canary-errors',
	why: 'A change that breaks production breaks the canaries first, and nobody counts errors by eye.',
	stages: ['canaries'],
	precondition: false,
	limits: {
		test: {
			type: 'choice',
			default: 'sequential',
			of: ['sequential', 'plain'],
			why: 'sequential looks all the time at a bounded false-alarm rate; plain waits, then compares a number.',
		},
		alpha: {
			type: 'number',
			default: 0.01,
			min: 0.000001,
			max: 0.5,
			why: 'The chance that a deploy no worse than rho_ok is ever rolled back, over all looks and signals.',
		},
		beta: {
			type: 'number',
			default: 0.05,
			min: 0.000001,
			max: 0.5,
			why: 'The chance that a deploy as bad as rho_bad ever passes.',
		},
		rho_bad: {
			type: 'number',
			default: 3,
			min: 1.1,
			max: 1000,
			why: 'How many times the baseline rate must be excluded before a pass; 2 catches doublings and waits three times as long.',
		},
		rho_ok: {
			type: 'number',
			default: 1,
			min: 0.1,
			max: 100,
			why: 'How many times the baseline rate is still no harm; raise it where the canaries always differ from the rest.',
		},
		absolute_limit: {
			type: 'number',
			default: 0.001,
			min: 0,
			max: 1,
			why: 'Errors per request under which the canaries pass whatever the baseline shows; 0 is off; only where requests are counted.',
		},
		missing_max: {
			type: 'number',
			default: 0.2,
			min: 0,
			max: 1,
			why: 'The share of buckets since the start that may be missing in a pass.',
		},
		wait: {type: 'ms', default: 20_000, min: 0, max: 3_600_000, why: 'plain: how long to wait, and the window that is counted.'},
		count: {type: 'number', default: 10, min: 0, max: 1_000_000_000, why: 'plain: so many errors on the canaries roll back; 0 is off.'},
		fold: {
			type: 'number',
			default: 0,
			min: 0,
			max: 1_000_000,
			why: 'plain: more than so many times the baseline rate rolls back; 0 is off.',
		},
		fold_floor: {
			type: 'number',
			default: 3,
			min: 0,
			max: 1_000_000_000,
			why: 'plain: the errors from which on fold is asked, so that one error on a quiet host does not fail it.',
		},
	},
	check(facts, limits): readonly RawFinding[] {
		const {look, service, signals} = facts;
		if (!signals.some(({required}) => required))
			return [
				{
					outcome: 'unknown',
					because: `no ${signals.length > 0 ? 'required ' : ''}signal is configured for ${service}: nothing can be seen`,
					remedy: `add a signal for ${service} to the configuration, then: signalbox doctor --service ${service}`,
				},
			];
		if (look === null)
			return [
				{
					outcome: 'unknown',
					because: `no look at canaries is going on at ${facts.stage.name}: nothing can be seen`,
					remedy: `name the canaries of ${service} for this stage in the configuration`,
				},
			];
		return limits.test === 'plain' ? plainFindings(facts, look, limits) : sequentialFindings(facts, look, limits);
	},
});
