import {environmentProblems, environmentsLookedAt} from '../passage/environments.ts';
import {windowProblems} from '../passage/fast-window.ts';
import {counted, passings} from '../passage/passing.ts';
import {localCount, reviewProblems, reviewsLookedAt, wasAsked} from '../passage/reviews.ts';
import {type RawFinding, rule} from '../rule.ts';
import {notAsked} from '../verdict.ts';

const weights = ['off', 'warn', 'hold'] as const;

/** What a change went through before it came here. A precondition: once something is out, it can only be said. */
export const wentThrough = rule({
	name: 'went-through',
	why: 'What nobody else has looked at, and nothing earlier has tried, is tried on everybody.',
	stages: 'every',
	precondition: true,
	limits: {
		review: {
			...{type: 'choice', default: 'warn', of: weights},
			why: 'What it counts for that nobody approved a change but whoever wrote it, or that its review was abandoned or is a draft.',
		},
		tests: {type: 'choice', default: 'hold', of: weights, why: 'What it counts for that the tests of a change failed, or still run.'},
		onePerson: {
			...{type: 'choice', default: 'warn', of: weights},
			why: 'What it counts for that one person wrote a change, deploys it, and nobody else approved it; or allowed it past a rule as well.',
		},
		environments: {
			...{type: 'choice', default: 'hold', of: weights},
			why: 'What it counts for that a change has not passed one of the earlier environments that the configuration names.',
		},
		fastWindow: {
			...{type: 'choice', default: 'hold', of: weights},
			why: 'What it counts for that a change which trainOnly keeps for the train goes out beside it.',
		},
		silent: {
			...{type: 'choice', default: 'unknown', of: ['unknown', 'warn', 'hold']},
			why: 'What it counts for that a source which is configured could not tell. Where none is configured nothing is asked.',
		},
		accounts: {
			...{type: 'records', default: [], fields: {account: 'required', person: 'required'}},
			why: 'What systems call somebody, and who that is. Beside it, names and mail addresses are compared as they stand.',
		},
		urgent: {
			...{type: 'records', default: [{label: 'urgent'}], fields: {label: 'required'}},
			why: 'Labels with which a change may go past the earlier environments, as it may with the footer "Urgent: REASON".',
		},
		trainOnly: {
			type: 'records',
			default: [],
			fields: {
				...{name: 'required', repository: 'optional', path: 'optional', label: 'optional'},
				...{size_max: 'optional', needs_task: 'optional'},
			},
			why:
				'Changes of that repository, path and label (each * and ** as in paths; what is left out fits all) that the fast window does not take: all of them, ' +
				'or with size_max those of more lines, with needs_task: yes those without a footer Bug.',
		},
		train: {
			...{type: 'records', default: [], fields: {branch: 'required'}},
			why: 'Branches that are the train. Beside them, a branch that no group runs yet is one.',
		},
	},
	check(facts, limits) {
		const all = passings(facts);
		if (all.length === 0) return [{outcome: 'pass', because: 'no change is in the batch: there is nothing to ask about', data: notAsked}];
		const found: RawFinding[] = [
			...reviewProblems(all, facts, limits),
			...environmentProblems(all, facts, limits),
			...windowProblems(all, facts, limits),
		];
		if (found.some(({outcome}) => outcome !== 'warn')) return [...found, ...localCount(all)];
		const looked = [reviewsLookedAt(all, facts, limits), environmentsLookedAt(all, facts)].filter(text => text !== '').join('; ');
		const isAsked = (facts.environments ?? []).length > 0 || limits.trainOnly.length > 0 || all.some(wasAsked);
		const data = isAsked || found.length > 0 ? {} : {data: notAsked};
		return [{outcome: 'pass', because: `${counted(all.length, 'change')}: ${looked}`, ...data}, ...found];
	},
});
