/**
 * Path rules: which path must be gone, or there, before a change may come in. They come from the policy's records, and from links that
 * nobody declared and the facts give evidence of.
 */
import type {Detected} from './moves/detect.ts';
import {pathMatches} from './path-matches.ts';
import type {Node} from './registry.ts';

export type EdgeKind = 'needs' | 'exclusive' | 'drain';
export type Records = readonly Readonly<Record<string, string>>[];

/** What the policy declares; see the limits of the rule patch-order. */
export type OrderRules = {
	readonly exclusive: Records;
	readonly drain: Records;
	readonly needs?: Records;
	readonly prerequisites?: Records;
	readonly scopes?: Records;
	/** What a detected link counts for. */
	readonly detected?: string;
	/** What a problem at a neighbouring moment counts for. */
	readonly neighbours?: string;
};

/** Which change a rule speaks of. */
export type Trigger = {
	readonly repository: string;
	readonly path: string;
	readonly kinds: readonly string[];
	/** Globs, where the rule is only for some. */
	readonly branch?: string;
	readonly label?: string;
};

/**
 * A path that must be gone (or there, for `needs`) before a change may come in: `trigger` says which change, `owner` which path.
 * Each exclusive rule also stands mirrored: the old owner may not come back while the new one is in, so taking back runs backwards.
 */
export type PathRule = {
	readonly index: number;
	readonly kind: EdgeKind;
	readonly name: string;
	readonly mirrored: boolean;
	readonly wants: 'gone' | 'present';
	readonly trigger: Trigger;
	readonly owner: {readonly repository: string; readonly path: string; readonly removedBy: readonly string[]};
	/** Its evidence, where nobody declared it. */
	readonly detected?: Detected;
};

/** What one path of a change does to a rule; `at` is the path's place in the change. */
export type Effect = {readonly rule: number; readonly path: string; readonly at: number; readonly does: 'trigger' | 'remove' | 'add'};

export type Effects = {
	/** By node. */
	readonly effects: ReadonlyMap<number, readonly Effect[]>;
	/** By rule: nodes that remove the owner's path, and nodes that bring it. */
	readonly removers: readonly (readonly Node[])[];
	readonly adders: readonly (readonly Node[])[];
	/** Changes of the batch of which a rule cannot tell whether it speaks of them. */
	readonly unclear: readonly {readonly node: Node; readonly rule: PathRule; readonly lacks: 'paths' | 'labels'}[];
};

export const ruleCountMax = 100;

const field = (record: Readonly<Record<string, string>>, name: string): string => record[name] ?? '';

const filters = ({branch, label}: Readonly<Record<string, string>>): Pick<Trigger, 'branch' | 'label'> => ({
	...(branch === undefined ? {} : {branch}),
	...(label === undefined ? {} : {label}),
});

function exclusiveRules(record: Readonly<Record<string, string>>): Omit<PathRule, 'index'>[] {
	const removedBy = record['removed_by'] === 'touches' ? ['deleted', 'modified'] : ['deleted'];
	const kinds = record['when'] === 'touches' ? ['added', 'modified'] : ['added'];
	const old = {repository: field(record, 'old_repository'), path: field(record, 'old_path')};
	const next = {repository: field(record, 'new_repository'), path: field(record, 'new_path')};
	const shared = {kind: 'exclusive', name: field(record, 'name'), wants: 'gone'} as const;
	return [
		{...shared, mirrored: false, trigger: {...next, kinds, ...filters(record)}, owner: {...old, removedBy}},
		{...shared, mirrored: true, trigger: {...old, kinds: ['added']}, owner: {...next, removedBy: ['deleted']}},
	];
}

function drainRule(record: Readonly<Record<string, string>>): Omit<PathRule, 'index'> {
	const trigger = {repository: field(record, 'repository'), path: field(record, 'path'), kinds: ['deleted'], ...filters(record)};
	const owner = {repository: field(record, 'reader_repository'), path: field(record, 'reader_path'), removedBy: ['deleted']};
	return {kind: 'drain', name: field(record, 'name'), mirrored: false, wants: 'gone', trigger, owner};
}

function needsRule(record: Readonly<Record<string, string>>): Omit<PathRule, 'index'> {
	const kinds = ['added', 'modified'];
	const trigger = {repository: field(record, 'repository'), path: field(record, 'path'), kinds, ...filters(record)};
	const owner = {repository: field(record, 'provider_repository'), path: field(record, 'provider_path'), removedBy: ['deleted']};
	return {kind: 'needs', name: field(record, 'name'), mirrored: false, wants: 'present', trigger, owner};
}

const detectedRule = (detected: Detected): Omit<PathRule, 'index'> => ({
	kind: detected.kind,
	name: detected.name,
	mirrored: false,
	wants: 'gone',
	trigger: {...detected.trigger, kinds: []},
	owner: {...detected.owner, removedBy: ['deleted']},
	detected,
});

/** Turns the policy's records and the detected links into rules, the mirrored ones behind their own. */
export function pathRules({exclusive, drain, needs = []}: OrderRules, detected: readonly Detected[] = []): PathRule[] {
	return [
		...exclusive.slice(0, ruleCountMax).flatMap(exclusiveRules),
		...drain.slice(0, ruleCountMax).map(drainRule),
		...needs.slice(0, ruleCountMax).map(needsRule),
		...detected.slice(0, ruleCountMax).map(detectedRule),
	].map((rule, index) => ({...rule, index}));
}

/** Whether a change is one that a filter speaks of; null where the source does not tell. */
export function isFiltered({change}: Node, {branch, label}: Pick<Trigger, 'branch' | 'label'>): boolean | null {
	// Without a branch a change may go anywhere, so that it counts as meant.
	if (branch !== undefined && change.branch !== undefined && !pathMatches(branch, change.branch)) return false;
	if (label === undefined) return true;
	return change.labels === undefined ? null : change.labels.some(one => pathMatches(label, one));
}

/** What a change has to do for a rule to be kept, and what breaks it. */
export const mending = ({wants}: PathRule): 'remove' | 'add' => (wants === 'gone' ? 'remove' : 'add');

function addTo<Value>(map: Map<number, Value[]>, key: number, value: Value): void {
	const values = map.get(key);
	if (values === undefined) map.set(key, [value]);
	else values.push(value);
}

function detectedEffects(rules: readonly PathRule[], nodes: readonly Node[], found: Map<number, Effect[]>): void {
	if (rules.length === 0) return;
	const byId = new Map(nodes.toReversed().map(node => [node.change.id, node]));
	for (const {index, detected} of rules) {
		for (const {change, does, path} of detected?.parts ?? []) {
			const node = byId.get(change);
			const at = node?.change.paths?.findIndex(one => one.path === path) ?? -1;
			if (node !== undefined) addTo(found, node.index, {rule: index, path, at: Math.max(0, at), does});
		}
	}
}

/** Reads what each change does to each rule. Near-linear in paths: a rule is only asked about changes of its repositories. */
export function readEffects(nodes: readonly Node[], rules: readonly PathRule[]): Effects {
	const effects = new Map<number, Effect[]>();
	const unclear: {node: Node; rule: PathRule; lacks: 'paths' | 'labels'}[] = [];
	const byRepository = new Map<string, PathRule[]>();
	for (const rule of rules) {
		if (rule.detected !== undefined) continue;
		for (const repository of new Set([rule.trigger.repository, rule.owner.repository])) {
			byRepository.set(repository, [...(byRepository.get(repository) ?? []), rule]);
		}
	}
	for (const node of nodes) {
		const {repository, paths} = node.change;
		for (const rule of byRepository.get(repository) ?? []) {
			const {trigger, owner, index, mirrored} = rule;
			const isMeant = repository === trigger.repository ? isFiltered(node, trigger) : false;
			if (paths === undefined) {
				if (node.where === 'batch' && !mirrored && isMeant !== false) unclear.push({node, rule, lacks: 'paths'});
				continue;
			}
			for (const [at, {path, kind}] of paths.entries()) {
				if (isMeant !== false && trigger.kinds.includes(kind) && pathMatches(trigger.path, path)) {
					if (isMeant) addTo(effects, node.index, {rule: index, path, at, does: 'trigger'});
					else if (node.where === 'batch') unclear.push({node, rule, lacks: 'labels'});
				}
				if (repository !== owner.repository || !pathMatches(owner.path, path)) continue;
				const does = owner.removedBy.includes(kind) ? 'remove' : kind === 'added' || rule.wants === 'present' ? 'add' : null;
				if (does !== null) addTo(effects, node.index, {rule: index, path, at, does});
			}
		}
	}
	detectedEffects(
		rules.filter(({detected}) => detected !== undefined),
		nodes,
		effects,
	);
	const removers: Node[][] = rules.map(() => []);
	const adders: Node[][] = rules.map(() => []);
	for (const node of nodes) {
		for (const {rule, does} of effects.get(node.index) ?? []) {
			const list = does === 'remove' ? removers[rule] : does === 'add' ? adders[rule] : undefined;
			if (list !== undefined && list.at(-1) !== node) list.push(node);
		}
	}
	return {effects, removers, adders, unclear};
}
