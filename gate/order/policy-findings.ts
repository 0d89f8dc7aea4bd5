/** Findings about the policy's own records and the scopes of changes: what speaks of nothing here is said once, not passed over. */
import {nearest} from '../nearest.ts';
import type {RawFinding} from '../rule.ts';
import type {OrderRules, Records} from './path-rules.ts';
import {ruleCountMax} from './path-rules.ts';
import {plainText} from './plain-text.ts';
import type {Plan} from './plan.ts';
import {listOf, nameOf} from './wording.ts';

const shownMax = 20;
const repositoryFields = ['old_repository', 'new_repository', 'repository', 'reader_repository', 'provider_repository'];

const guess = (name: string, among: Iterable<string>): string => {
	const near = nearest(name, among);
	return near === null ? '' : ` (did you mean ${plainText(near, 80)}?)`;
};

function strangers(kind: string, records: Records, known: ReadonlySet<string>): {label: string; text: string}[] {
	return records.slice(0, ruleCountMax).flatMap(record =>
		repositoryFields.flatMap(name => {
			const repository = record[name];
			if (repository === undefined || known.has(repository)) return [];
			const label = `${kind} ${plainText(record['name'] ?? '', 60)}`;
			return [{label, text: `${name} ${plainText(repository, 100)}${guess(repository, known)}`}];
		}),
	);
}

const kindsOf = ({exclusive, drain, needs = [], prerequisites = [], scopes = []}: OrderRules): [string, Records][] => [
	['exclusive', exclusive],
	['drain', drain],
	['needs', needs],
	['prerequisites', prerequisites],
	['scopes', scopes],
];

/** Records of the policy that can match nothing here, and those that were not read. */
export function policyFindings({registry}: Plan, rules: OrderRules): RawFinding[] {
	const findings: RawFinding[] = [];
	const strange = kindsOf(rules).flatMap(([kind, records]) => strangers(kind, records, registry.repositories));
	// Where nothing is known of any checkout, a repository that is not there says nothing.
	if (strange.length > 0 && registry.repositories.size > 0) {
		const because = `The policy's order rules name ${strange.length === 1 ? 'a repository' : 'repositories'} that no checkout, no group and no batch here knows.`;
		const remedy = 'Correct the name in the policy, or add the checkout to the service.';
		findings.push({outcome: 'warn', because, evidence: strange.slice(0, shownMax), remedy, data: {kind: 'policy'}});
	}
	for (const [kind, {length}] of kindsOf(rules)) {
		if (length <= ruleCountMax) continue;
		const because = `The policy has ${length} order rules of the kind ${kind}: only the first ${ruleCountMax} were judged.`;
		findings.push({outcome: 'unknown', because});
	}
	return findings;
}

/** Names in a scope that stand for no group. */
export function scopeFindings({scopes}: Plan, wikis: readonly string[]): RawFinding[] {
	const {doubts} = scopes;
	const findings = doubts.slice(0, shownMax).map(({node, entry, what, name}): RawFinding => {
		const line = entry === null ? '' : `, line ${entry.line},`;
		const among = what === 'group' ? [...scopes.groups] : wikis;
		const because = `${nameOf(node.change)}${line} names the ${what} ${plainText(name, 60)}, which is not known here: it was judged on every group.`;
		const there =
			what === 'group' && among.length > 0
				? ` There are ${listOf(
						among.map(one => plainText(one, 40)),
						8,
					)}.`
				: '';
		const evidence = entry === null ? [] : [{label: `line ${entry.line}`, text: entry.text}];
		return {
			outcome: 'warn',
			because,
			evidence,
			remedy: `Correct the name${guess(name, among)}.${there}`,
			data: {kind: 'scope', change: node.change.id, name},
		};
	});
	if (doubts.length > shownMax)
		findings.push({outcome: 'warn', because: `${doubts.length - shownMax} more names in scopes are not known here.`});
	return findings;
}
