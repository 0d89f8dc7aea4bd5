/** Patch order alone: the graph of a batch with five declared dependencies a change, and footers of messages. */
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {gunzipSync} from 'node:zlib';
import type {Change, Facts} from '../../gate/facts.ts';
import {readFooters} from '../../gate/order/footers.ts';
import {planOrder} from '../../gate/order/plan.ts';
import {orderLimitsOf} from '../../gate/rules/patch-order.ts';
import {factsWith} from '../helpers/quiet-day.ts';
import {seeded} from '../helpers/seeded-counts.ts';
import {growthExponent} from './evaluate.ts';
import {median, msSince} from './measure.ts';
import {atMost, digits, type Line} from './table.ts';

const edgesEach = 5;
const repositories = 8;
const messages = 100_000;
const hex = (what: string): string => createHash('sha1').update(what).digest('hex');

/** Each change needs five earlier ones; the first five need what there is. */
function batchOf(size: number, isShuffled: boolean): Facts {
	const random = seeded(2026);
	const changes = Array.from({length: size}, (_, index): Change & {readonly place: number} => {
		const needs = new Set<number>();
		while (needs.size < Math.min(edgesEach, index)) needs.add(Math.floor(random() * index));
		const footers = [...[...needs].map(other => `Depends-On: I${hex(`change ${other}`)}`), `Change-Id: I${hex(`change ${index}`)}`];
		const sha = hex(`commit ${index}`);
		const message = `Change ${index}\n\nA few lines that say why this is done, and what it was before.\n\n${footers.join('\n')}\n`;
		return {
			...{id: sha.slice(0, 10), repository: `extension-${index % repositories}`, sha, changeId: `I${hex(`change ${index}`)}`, message},
			paths: [{path: `includes/file-${index}.php`, kind: 'modified'}],
			place: random(),
		};
	});
	if (isShuffled) changes.sort((one, other) => one.place - other.place);
	const groups = ['group0', 'group1', 'group2'];
	return factsWith({
		groups,
		batch: {changes: changes.map(({place: _, ...change}) => change), atomic: false, targets: [], rollback: 'no'},
		landed: groups.map(group => ({group, heads: [], changes: []})),
	});
}

function measureGraph(name: string, isShuffled: boolean, quick: boolean): Line[] {
	const sizes = quick ? [625, 2500] : [625, 2500, 10_000];
	const rules = orderLimitsOf({});
	const batches = sizes.map(size => ({size, facts: batchOf(size, isShuffled), times: [] as number[]}));
	for (let round = 0; round < (quick ? 4 : 8); round++) {
		for (const {size, facts, times} of batches) {
			const start = process.hrtime.bigint();
			const plan = planOrder(facts, rules);
			const ms = msSince(start);
			if (!plan.works || plan.order.length !== size) throw new Error(`no order of ${size} changes was found`);
			if (round > 1) times.push(ms);
		}
	}
	const points = batches.map(({size, times}) => ({size, ms: median(times)}));
	const [smallest] = points;
	const least = smallest === undefined ? Number.NaN : smallest.ms / smallest.size;
	const lines = points.map(
		({size, ms}): Line => ({
			name: `order, ${size} changes and ${size * edgesEach} edges ${name}`,
			value: `${digits(ms)} ms`,
			baseline: `of ${smallest?.size}: ${digits(least * 1000)} us/change`,
			ratio: ms / size / least,
			aim: size === 10_000 ? atMost(1000, ms, ' ms') : null,
		}),
	);
	const exponent = growthExponent(points);
	const aim = atMost(1.2, exponent, '');
	return [...lines, {name: `order, growth ${name}`, value: `size^${exponent.toFixed(2)}`, baseline: 'linear: size^1', ratio: null, aim}];
}

type Row = {subject: string; change_id: string; depends_on?: string[]; depends_on_near_miss?: string[]; reverts?: string[]};

/** Messages with the real subjects and footers of the fixture, and a paragraph of prose, so that none is read for nothing. */
function realMessages(): string[] {
	const file = path.join(process.cwd(), 'test/fixtures/changes/all-footers.jsonl.gz');
	const rows = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
	return rows.map(line => {
		const row = JSON.parse(line) as Row;
		const body = [
			...['The old way asked the database once for every row, which was slow', 'on large wikis. This asks once for all of them.', ''],
			...(row.depends_on_near_miss ?? []),
			...(row.reverts ?? []).map(target => `This reverts commit ${target}.`),
			'',
			'Bug: T123456',
			...(row.depends_on ?? []).map(value => `Depends-On: ${value}`),
			`Change-Id: ${row.change_id}`,
		];
		return `${row.subject}\n\n${body.join('\n')}\n`;
	});
}

function measureFooters(quick: boolean): Line {
	const read = realMessages();
	const many = quick ? messages / 10 : messages;
	const times: number[] = [];
	let entries = 0;
	let bytes = 0;
	for (let round = 0; round < (quick ? 3 : 5); round++) {
		const start = process.hrtime.bigint();
		for (let index = 0; index < many; index++) entries += readFooters(read[index % read.length] ?? '').entries.length;
		if (round > 0) times.push(msSince(start));
	}
	for (const message of read) bytes += message.length;
	if (entries === 0) throw new Error('no footer was read');
	const ms = median(times);
	const aim = quick ? null : atMost(2000, ms, ' ms');
	return {
		name: `footers of ${many} messages`,
		value: `${digits(ms)} ms`,
		baseline: `${(bytes / read.length).toFixed(0)} characters a message`,
		ratio: null,
		aim,
	};
}

export async function benchOrder(_folder: string, quick: boolean): Promise<Line[]> {
	return [...measureGraph('in order', false, quick), ...measureGraph('shuffled', true, quick), measureFooters(quick)];
}
