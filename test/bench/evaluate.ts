/** The gate alone: how its time grows with the batch. */
import {createHash} from 'node:crypto';
import {evaluate} from '../../gate/evaluate.ts';
import type {Change, Facts} from '../../gate/facts.ts';
import {type Policy, readPolicy} from '../../gate/policy.ts';
import {rules} from '../../gate/rules/all.ts';
import {factsWith} from '../helpers/quiet-day.ts';
import {seeded} from '../helpers/seeded-counts.ts';
import {median, msSince} from './measure.ts';
import {atMost, digits, type Line} from './table.ts';

const groups = ['group0', 'group1', 'group2'];
const repositories = 8;
const exponentMax = 1.2;

export function everyRule(): Policy {
	const read = readPolicy({}, rules);
	if ('problems' in read) throw new Error(read.problems.map(({text}) => text).join('; '));
	return read.policy;
}

const hex = (what: string): string => createHash('sha1').update(what).digest('hex');

/** Each change needs the one before it, and half of them up to three others at random, as footers of messages. */
function chainOf(size: number, random: () => number): Change[] {
	return Array.from({length: size}, (_, index) => {
		const further = random() < 0.5 ? 1 + Math.floor(random() * 3) : 0;
		const needs = index === 0 ? [] : [index - 1, ...Array.from({length: further}, () => Math.floor(random() * index))];
		const subject = `Change ${index}`;
		const footers = [...needs.map(other => `Depends-On: I${hex(`change ${other}`)}`), `Change-Id: I${hex(`change ${index}`)}`];
		const sha = hex(`commit ${index}`);
		const where = {repository: `extension-${index % repositories}`, branch: 'live'};
		const paths = [{path: `includes/file-${index}.php`, kind: 'modified', blob: hex(`blob ${index}`)}] as const;
		const message = `${subject}\n\nA few lines that say why this is done, and what it was before.\n\n${footers.join('\n')}\n`;
		return {id: sha.slice(0, 10), ...where, sha, changeId: `I${hex(`change ${index}`)}`, subject, message, paths};
	});
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
	return items
		.map(item => ({item, place: random()}))
		.sort((one, other) => one.place - other.place)
		.map(({item}) => item);
}

const factsOf = (changes: readonly Change[]): Facts =>
	factsWith({
		stage: {name: 'before', first: true},
		groups,
		batch: {changes, atomic: false, targets: [], rollback: 'no'},
		landed: groups.map(group => ({
			group,
			heads: Array.from({length: repositories}, (_, index) => ({
				repository: `extension-${index}`,
				branch: 'live',
				sha: hex(`head ${index}`),
			})),
			changes: [],
		})),
		look: null,
		signals: [],
	});

/** Milliseconds of one judgement, the mean of as many as fill the time given. */
function judgedIn(policy: Policy, facts: Facts, verdict: string, atLeastMs: number): number {
	const start = process.hrtime.bigint();
	for (let count = 1; ; count++) {
		const said = evaluate(policy, facts).verdict;
		if (said !== verdict) throw new Error(`a batch of ${facts.batch.changes.length} is judged ${said}, not ${verdict}`);
		const ms = msSince(start);
		if (ms >= atLeastMs) return ms / count;
	}
}

/** Slope of the line of least squares through the logarithms: 1 is linear, 2 quadratic. */
export function growthExponent(points: readonly {readonly size: number; readonly ms: number}[]): number {
	const logs = points.map(({size, ms}) => [Math.log(size), Math.log(ms)] as const);
	const meanX = logs.reduce((sum, [x]) => sum + x, 0) / logs.length;
	const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / logs.length;
	return logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

function measure(name: string, verdict: string, arrange: (changes: Change[], random: () => number) => Change[], quick: boolean): Line[] {
	const sizes = quick ? [10, 100, 1000] : [10, 100, 1000, 10_000];
	const policy = everyRule();
	const random = seeded(2026);
	const batches = sizes.map(size => ({size, facts: factsOf(arrange(chainOf(size, random), random)), times: [] as number[]}));
	// In turns, as everywhere; the first round only warms the compiler.
	for (let round = 0; round < (quick ? 4 : 6); round++) {
		for (const {facts, times} of batches) {
			const ms = judgedIn(policy, facts, verdict, 40);
			if (round > 0) times.push(ms);
		}
	}
	const points = batches.map(({size, times}) => ({size, ms: median(times)}));
	const smallest = points[0] ?? {size: 1, ms: Number.NaN};
	const perChange = (smallest.ms / smallest.size) * 1000;
	const lines = points.map(({size, ms}): Line => {
		const own = (ms / size) * 1000;
		const baseline = `of ${smallest.size}: ${digits(perChange)} us/change`;
		return {name: `evaluate, ${size} changes ${name}`, value: `${digits(own)} us/change`, baseline, ratio: own / perChange, aim: null};
	});
	const exponent = growthExponent(points);
	const aim = atMost(exponentMax, exponent, '');
	return [...lines, {name: `evaluate, growth ${name}`, value: `size^${exponent.toFixed(2)}`, baseline: 'linear: size^1', ratio: null, aim}];
}

export async function benchEvaluate(_folder: string, quick: boolean): Promise<Line[]> {
	return [...measure('in order', 'go', changes => changes, quick), ...measure('shuffled', 'hold', shuffled, quick)];
}
