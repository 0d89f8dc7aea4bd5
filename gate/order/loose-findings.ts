/** Findings about footers and facts that make no edge: near misses, values that do not resolve, what could not be read. None is silent. */
import type {RawFinding} from '../rule.ts';
import type {Loose} from './graph.ts';
import {plainText} from './plain-text.ts';
import type {Plan} from './plan.ts';
import {referenceText} from './reference.ts';
import {nameOf} from './wording.ts';

type Unresolved = 'unknown' | 'warn' | 'hold';

const ofOneKindMax = 20;

function looseFinding({kind, node, entry, families}: Loose, unresolved: Unresolved): RawFinding {
	const name = nameOf(node.change);
	const evidence = [{label: `line ${entry.line}`, text: entry.text}];
	const value = entry.reference === undefined ? '' : plainText(referenceText(entry.reference), 80);
	const data = {kind: kind === 'elsewhere' ? 'unresolved' : kind, change: node.change.id, line: entry.line, value};
	const write = entry.correction === undefined ? null : `Write line ${entry.line} as: ${plainText(entry.correction, 300)}`;
	switch (kind) {
		case 'unresolved':
		case 'elsewhere': {
			const because =
				kind === 'unresolved'
					? `${name} depends on ${value}, which no checkout and no group here knows.`
					: `${name} depends on ${value}, which is on another host: whether it is live cannot be seen.`;
			const remedy = `Fetch the repository that has ${value}, or correct line ${entry.line} of the message.`;
			return {outcome: unresolved, because, evidence, remedy, data};
		}
		case 'ambiguous': {
			const whole = entry.reference?.kind === 'change-id' && entry.reference.whole;
			const because = `${name} depends on ${value}, which ${families.length} changes go by${whole ? ': all of them are needed' : ''}.`;
			return {
				outcome: whole ? 'warn' : 'unknown',
				because,
				evidence,
				remedy: whole ? null : `Write the whole id in line ${entry.line}.`,
				data,
			};
		}
		case 'self':
			return {
				outcome: 'warn',
				because: `${name} names itself in line ${entry.line}.`,
				evidence,
				remedy: `Take line ${entry.line} out.`,
				data,
			};
		case 'odd':
			return {outcome: 'warn', because: `${name}, line ${entry.line}, was read, but: ${entry.note ?? ''}.`, evidence, remedy: write, data};
		default:
			return {outcome: 'warn', because: `${name}, line ${entry.line}, makes no link: ${entry.note ?? ''}.`, evidence, remedy: write, data};
	}
}

function looseFindings(loose: readonly Loose[], unresolved: Unresolved): RawFinding[] {
	const findings: RawFinding[] = [];
	for (const kind of ['unresolved', 'elsewhere', 'ambiguous', 'near-miss', 'odd', 'self'] as const) {
		const ofKind = loose.filter(entry => entry.kind === kind);
		findings.push(...ofKind.slice(0, ofOneKindMax).map(entry => looseFinding(entry, unresolved)));
		if (ofKind.length > ofOneKindMax) {
			const outcome = kind === 'unresolved' || kind === 'elsewhere' ? unresolved : kind === 'ambiguous' ? 'unknown' : 'warn';
			findings.push({outcome, because: `${ofKind.length - ofOneKindMax} more footers of the kind "${kind}" are not shown one by one.`});
		}
	}
	return findings;
}

function unreadFindings({registry, graph}: Plan): RawFinding[] {
	const findings: RawFinding[] = [];
	const batch = registry.nodes.slice(0, registry.batchSize);
	const silent = batch.filter(({footers}) => footers === null);
	if (silent.length > 0) {
		const names = silent.slice(0, 5).map(({change}) => ({label: nameOf(change), text: 'no message'}));
		const [only, ...others] = silent;
		const because =
			only !== undefined && others.length === 0
				? `${nameOf(only.change)} came without a message: its footers could not be read.`
				: `${silent.length} of ${batch.length} changes came without a message: their footers could not be read.`;
		const remedy = 'Let the service read its changes from git, or give whole messages.';
		findings.push({outcome: 'warn', because, evidence: names, remedy, data: {kind: 'no-message'}});
	}
	const cut = batch.flatMap(({change, footers}) => (footers?.cut ?? []).map(text => `${nameOf(change)}: ${text}.`));
	findings.push(...cut.slice(0, ofOneKindMax).map((because): RawFinding => ({outcome: 'warn', because})));
	const aimless = batch.filter(({footers}) => footers?.revertWithoutTarget);
	for (const {change} of aimless.slice(0, ofOneKindMax)) {
		const remedy = 'Write "This reverts commit SHA." into the message.';
		findings.push({outcome: 'warn', because: `${nameOf(change)} says that it reverts something, and does not say what.`, remedy});
	}
	const several = batch.filter(({footers}) => (footers?.changeIds.length ?? 0) > 1);
	for (const {change, footers} of several.slice(0, ofOneKindMax)) {
		const because = `${nameOf(change)} has ${footers?.changeIds.length} Change-Id lines: the last one counts.`;
		findings.push({outcome: 'warn', because, evidence: [{label: 'counts', text: footers?.changeId ?? ''}]});
	}
	for (const {node, reference, fits} of registry.vagueReverts.slice(0, ofOneKindMax)) {
		const what = plainText(referenceText(reference), 60);
		const why = fits === 0 ? 'which nothing here knows' : `which ${fits} changes go by`;
		const because = `${nameOf(node.change)} takes back ${what}, ${why}: what stands on it cannot be told.`;
		findings.push({outcome: 'warn', because, remedy: fits === 0 ? null : 'Write the whole commit id into the message.'});
	}
	const unclear = new Map(graph.unclear.map(one => [`${one.node.index} ${one.rule.index} ${one.lacks}`, one]));
	for (const {node, rule, lacks} of [...unclear.values()].slice(0, ofOneKindMax)) {
		const because = `${nameOf(node.change)}: its ${lacks} are not known, so rule ${plainText(rule.name, 60)} cannot be judged.`;
		const source = lacks === 'paths' ? 'git' : 'its review system';
		findings.push({outcome: 'unknown', because, remedy: `Let the service read its changes from ${source}.`});
	}
	return findings;
}

function strayFindings({registry, scopes}: Plan): RawFinding[] {
	const stray = registry.nodes.slice(0, registry.batchSize).filter(node => {
		const {branch, repository} = node.change;
		if (branch === undefined || scopes.of(node) !== null || scopes.reached(node).length < registry.groups.length) return false;
		return registry.groups.every(group => {
			const branches = registry.branches(group, repository);
			return branches.length > 0 && !branches.includes(branch);
		});
	});
	return stray.slice(0, ofOneKindMax).map(({change}) => {
		const because = `${nameOf(change)} is on ${plainText(change.branch ?? '', 80)}, which no group runs: it was judged against all of them.`;
		return {outcome: 'warn', because};
	});
}

/** All findings about footers and facts, beside the problems of order. */
export const findingsBesideOrder = (plan: Plan, unresolved: Unresolved): RawFinding[] => [
	...looseFindings(plan.loose, unresolved),
	...unreadFindings(plan),
	...strayFindings(plan),
];
