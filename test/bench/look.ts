/** One look at the canaries of a large fleet: what the gate computes again each time a bucket is closed. */
import {evaluate} from '../../gate/evaluate.ts';
import type {Bucket, Facts} from '../../gate/facts.ts';
import {readPolicy} from '../../gate/policy.ts';
import {canaryErrors} from '../../gate/rules/canary-errors.ts';
import {after, factsWith, signal} from '../helpers/quiet-day.ts';
import {poisson, seeded} from '../helpers/seeded-counts.ts';
import {compare, timed} from './measure.ts';
import {digits, type Line} from './table.ts';

const signalCount = 20;
const hostCount = 300;
const bucketCount = 60;
const hosts = Array.from({length: hostCount}, (_, index) => `mw${1000 + index}`);

function bucketsOf(random: () => number): Bucket[] {
	return Array.from({length: bucketCount}, (_, index) => ({
		at: after(index * 10),
		canary: {hosts: Object.fromEntries(hosts.map(host => [host, {count: poisson(random, 0.02), exposure: 100}]))},
		baseline: {count: poisson(random, 40), exposure: 200_000},
	}));
}

function factsOf(): Facts {
	const random = seeded(7);
	return factsWith({
		at: after(bucketCount * 10),
		signals: Array.from({length: signalCount}, (_, index) => signal({name: `errors-${index}`, buckets: bucketsOf(random)})),
		look: {
			startedAt: after(0),
			harmFrom: after(0),
			canaries: hosts.map(host => ({host, since: after(0), by: 'call'})),
			baseline: Array.from({length: 2000}, (_, index) => `b${index}`),
			final: false,
		},
	});
}

/** The least that any look must do: add up every count there is. */
function addUp(facts: Facts): number {
	let sum = 0;
	for (const {buckets} of facts.signals) {
		for (const {canary} of buckets) if ('hosts' in canary) for (const host of hosts) sum += canary.hosts[host]?.count ?? 0;
	}
	return sum;
}

export async function benchLook(_folder: string, quick: boolean): Promise<Line[]> {
	const read = readPolicy({}, [canaryErrors]);
	if ('problems' in read) throw new Error(read.problems.map(({text}) => text).join('; '));
	const facts = factsOf();
	const {verdict, findings} = evaluate(read.policy, facts);
	if (verdict !== 'go') throw new Error(`the look is judged ${verdict}: ${findings[0]?.because ?? 'nothing'}`);
	let sum = 0;
	const found = await compare({
		ours: () => timed(() => evaluate(read.policy, facts)),
		baseline: () =>
			timed(() => {
				sum += addUp(facts);
			}),
		pairs: quick ? 5 : 15,
		warmUps: 3,
	});
	if (sum === 0) throw new Error('nothing was counted');
	const name = `a look: ${signalCount} signals, ${hostCount} canaries, ${bucketCount} buckets`;
	const {ratio, spread} = found;
	return [{name, value: `${digits(found.ours)} ms`, baseline: `adding up: ${digits(found.baseline)} ms`, ratio, spread, aim: null}];
}
