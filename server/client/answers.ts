/** Reads the service's answers. They come over a network, perhaps from something else than the service: nothing is taken on trust. */
import type {NamePattern} from '../../gate/order/moves/patterns.ts';
import type {Evidence, Finding, Outcome} from '../../gate/verdict.ts';
import {exitCodeOf} from '../../gate/verdict.ts';
import {changesConfig} from './answered-config.ts';
import {isSha} from './changes/git-log.ts';
import {isMap} from './changes/json-file.ts';
import {type CheckResult, type LandedAnswer, type LandedHead, type PastHead, type Probe, Trouble} from './contract.ts';

const outcomes: readonly Outcome[] = ['pass', 'warn', 'unknown', 'hold', 'rollback'];
const listMax = 100_000;

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.slice(0, listMax) : []);
const texts = (value: unknown): string[] => list(value).filter(each => typeof each === 'string');
const textOr = <Other>(value: unknown, other: Other): string | Other => (typeof value === 'string' ? value : other);

function pastHeads(value: unknown): PastHead[] {
	return list(value).flatMap(each => {
		if (!isMap(each)) return [];
		const {repository, branch, sha, group, since} = each;
		if (typeof repository !== 'string' || !isSha(sha)) return [];
		return [{repository, branch: textOr(branch, null), sha, group: textOr(group, null), since: textOr(since, null)}];
	});
}

function landedHeads(value: unknown): LandedHead[] {
	return list(value).flatMap(each => {
		if (!isMap(each)) return [];
		const [head] = pastHeads([each]);
		return head && typeof each['group'] === 'string' ? [{...head, group: each['group'], since: textOr(each['since'], null)}] : [];
	});
}

function probes(value: unknown): Probe[] {
	return list(value).flatMap(each => {
		if (!isMap(each)) return [];
		const {repository, path} = each;
		return typeof repository === 'string' && typeof path === 'string' ? [{repository, path}] : [];
	});
}

/** Rows whose shape is right; what a row says is read where it is used. */
function patterns(value: unknown): NamePattern[] {
	return list(value).flatMap(each => {
		if (!isMap(each)) return [];
		const {name, kind, path} = each;
		if (typeof name !== 'string' || typeof kind !== 'string' || typeof path !== 'string') return [];
		const optional = (['registers', 'reads', 'prefix'] as const).flatMap(key => (typeof each[key] === 'string' ? [[key, each[key]]] : []));
		return [{name, kind, path, ...Object.fromEntries(optional)}];
	});
}

/** Throws Trouble where the answer is not one of the service. */
export function readLandedAnswer(value: unknown, host: string): LandedAnswer {
	if (!isMap(value) || typeof value['service'] !== 'string' || !Array.isArray(value['landed'])) {
		throw new Trouble(`${host} answers, but not as Signalbox does; is the url right?`);
	}
	return {
		service: value['service'],
		stages: texts(value['stages']),
		groups: texts(value['groups']),
		landed: landedHeads(value['landed']),
		history: pastHeads(value['history']),
		probes: probes(value['probes']),
		patterns: patterns(value['patterns']),
		changes: changesConfig(value['changes']),
	};
}

const isOutcome = (value: unknown): value is Outcome => outcomes.some(outcome => outcome === value);

function evidence(value: unknown): Evidence[] {
	return list(value).flatMap(each => (isMap(each) ? [{label: textOr(each['label'], ''), text: textOr(each['text'], '')}] : []));
}

function finding(value: unknown): Finding[] {
	if (!isMap(value) || !isOutcome(value['outcome'])) return [];
	const softened = value['softened'];
	return [
		{
			rule: textOr(value['rule'], '?'),
			outcome: value['outcome'],
			because: textOr(value['because'], ''),
			evidence: evidence(value['evidence']),
			remedy: textOr(value['remedy'], null),
			...(value['undecided'] === true ? {undecided: true as const} : {}),
			...(isMap(softened) && isOutcome(softened['from']) ? {softened: {from: softened['from'], why: textOr(softened['why'], '')}} : {}),
			...(isMap(value['data']) ? {data: value['data']} : {}),
		},
	];
}

/** Throws Trouble where the last line of the answer is no result. The exit code follows from the verdict, whatever else is said. */
export function readResult(value: unknown, host: string): CheckResult {
	const word = isMap(value) ? (['go', 'blind', 'hold', 'rollback'] as const).find(each => each === value['verdict']) : undefined;
	if (!isMap(value) || word === undefined) throw new Trouble(`${host} answers with a result that holds no verdict`);
	return {
		verdict: word,
		deploy: textOr(value['deploy'], null),
		attempt: typeof value['attempt'] === 'number' ? value['attempt'] : null,
		stage: textOr(value['stage'], ''),
		at: textOr(value['at'], ''),
		findings: list(value['findings']).flatMap(finding),
		url: textOr(value['url'], null),
		exit: exitCodeOf[word],
	};
}
