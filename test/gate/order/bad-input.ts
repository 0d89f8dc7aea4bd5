import test from 'ava';
import type {Change, Facts} from '../../../gate/facts.ts';
import {explainOrder, judgeOrder, orderLimitsOf} from '../../../gate/rules/patch-order.ts';
import {change, factsWith} from '../../helpers/quiet-day.ts';

const limits = orderLimitsOf({});
const hex = (index: number, fill = 'f'): string => index.toString(16).padStart(8, '0').padEnd(40, fill);
const facts = (changes: readonly Change[], difference: Partial<Facts> = {}): Facts =>
	factsWith({batch: {changes, atomic: false, targets: [], rollback: 'no'}, ...difference});
const took = (work: () => void): number => {
	const start = process.hrtime.bigint();
	work();
	return Number(process.hrtime.bigint() - start) / 1e6;
};

test('a ring of 1,000 changes is one short finding with the whole ring in its data, and the rest of the batch is still ordered', t => {
	const ring = Array.from({length: 1000}, (_, index) =>
		change(hex(index).slice(0, 8), {changeId: `I${hex(index)}`, message: `x\n\nDepends-On: I${hex((index + 1) % 1000)}\n`}),
	);
	const provider = change('aaaa9999', {changeId: `I${'9'.repeat(40)}`});
	const consumer = change('bbbb9999', {message: `x\n\nDepends-On: I${'9'.repeat(40)}\n`});
	const findings = judgeOrder(facts([...ring, consumer, provider]), limits);
	t.deepEqual(
		findings.map(({outcome, data}) => [outcome, data?.['kind']]),
		[
			['hold', 'ring'],
			['hold', 'order'],
		],
	);
	t.true((findings[0]?.because.length ?? 999) < 200);
	t.is(explainOrder(facts(ring), limits).rings[0]?.length, 1000);
	const {order, edges} = explainOrder(facts([...ring, consumer, provider]), limits);
	t.true(order.indexOf('aaaa9999') < order.indexOf('bbbb9999'));
	t.true(edges.length <= 1000);
	t.true(edges.filter(({state}) => state === 'ring').length >= 999);
});

test('a Change-Id on 40 branches is one change, and the footer says which copy counts', t => {
	const shared = `I${'a'.repeat(40)}`;
	const known = Array.from({length: 40}, (_, index) =>
		change(`copy ${index}`, {changeId: shared, branch: `wmf/${index}`, sha: hex(index, '1')}),
	);
	const landed = ['east', 'west'].map((group, index) => ({
		group,
		heads: [{repository: 'app', branch: `wmf/${index}`, sha: '0'.repeat(40)}],
		changes: [],
	}));
	const {branch: _, ...consumer} = change('bbbb1111', {message: `x\n\nDepends-On: ${shared}\n`});
	const {footers, missing, problems} = explainOrder(facts([consumer], {known, landed}), limits);
	t.is(footers[0]?.note, 'it stands on 40 branches: on east the copy on wmf/0 counts, on west the copy on wmf/1 counts');
	t.deepEqual(
		missing.map(({id, groups}) => [id, groups]),
		[
			['copy 0', ['east']],
			['copy 1', ['west']],
		],
	);
	t.true(problems.every(({because}) => because.length < 200));
});

test('1,125 ids shared between branches are judged in a moment, each as one change', t => {
	const copies = ['master', 'live'].flatMap(branch =>
		Array.from({length: 1125}, (_, index) =>
			change(`${branch}-${index}`, {changeId: `I${hex(index)}`, branch, sha: hex(index, branch === 'live' ? '1' : '2')}),
		),
	);
	const batch = Array.from({length: 1125}, (_, index) =>
		change(`c${index}`, {sha: hex(index, '3'), message: `x\n\nDepends-On: I${hex(index)}\n`, changeId: `I${hex(index, 'e')}`}),
	);
	let findings: ReturnType<typeof judgeOrder> = [];
	const ms = took(() => {
		findings = judgeOrder(facts(batch, {known: copies}), limits);
	});
	t.is(findings.filter(({outcome}) => outcome === 'hold').length, 51);
	t.deepEqual(findings[0]?.data?.['footers'], {ambiguous: 1125});
	t.true(ms < 20_000, `${ms} ms`);
});

test('a repository without any Change-Id: commits and patch-ids are enough', t => {
	const provider = change('aaaa1111', {patchId: '1'.repeat(40)});
	const consumer = change('bbbb1111', {message: `x\n\nDepends-On: ${provider.sha}\n`});
	t.is(judgeOrder(facts([provider, consumer]), limits)[0]?.outcome, 'pass');
	t.is(judgeOrder(facts([consumer, provider]), limits)[0]?.outcome, 'hold');
	const landed = ['east', 'west'].map(group => ({
		group,
		heads: [],
		changes: [{repository: 'app', sha: '7'.repeat(40), patchId: '1'.repeat(40)}],
	}));
	t.is(judgeOrder(facts([consumer], {known: [provider], landed}), limits)[0]?.outcome, 'pass');
});

test('a footer in a quoted reply makes no edge and is not passed over', t => {
	const {footers, edges} = explainOrder(
		facts([change('bbbb1111', {message: `x\n\n> Depends-On: I${'a'.repeat(40)}\n> Prerequisite: y\n> Groups: east\n`})]),
		limits,
	);
	t.deepEqual(edges, []);
	t.deepEqual(
		footers.map(({status, note}) => [status, note]),
		Array.from({length: 3}, () => ['irrelevant', 'stands in a quoted reply']),
	);
});

test('globs that match nothing, hostile names and a thousand rules: bounded, and said', t => {
	const record = (index: number) => ({
		name: `r${index}`,
		old_repository: 'app',
		old_path: '**/x/**',
		new_repository: 'app',
		new_path: '*/*/*',
	});
	const many = {...limits, exclusive: Array.from({length: 1000}, (_, index) => record(index))};
	const touching = change('cccc1111', {
		paths: Array.from({length: 200}, (_, index) => ({path: `a/b/${index}/${'y/'.repeat(50)}z`, kind: 'added' as const})),
	});
	const findings = judgeOrder(facts([touching]), many);
	t.true(findings.some(({because}) => because.includes('only the first 100 were judged')));
	const hostile = {
		...limits,
		needs: [{name: '\u001b[2J', repository: 'app', path: '**', provider_repository: '\u202e', provider_path: '../..'}],
	};
	for (const {because, evidence = []} of judgeOrder(facts([touching]), hostile)) {
		t.notRegex(because, /[\p{Cc}\p{Cf}]/u);
		for (const {label, text} of evidence) t.notRegex(label + text, /[\p{Cc}\p{Cf}]/u);
	}
});

test('a change that everybody names, and one that names 200: near-linear, and nothing is lost', t => {
	const size = 3000;
	const hub = change('hub', {
		sha: hex(99_999),
		changeId: `I${'0'.repeat(40)}`,
		message: `x\n\n${Array.from({length: 200}, (_, index) => `Needed-By: I${hex(index)}\n`).join('')}`,
	});
	const others = Array.from({length: size}, (_, index) =>
		change(`n${index}`, {sha: hex(index, '4'), changeId: `I${hex(index)}`, message: `x\n\nNeeded-By: I${'0'.repeat(40)}\n`}),
	);
	const ms = took(() => {
		const {order} = explainOrder(facts([hub, ...others]), limits);
		t.is(order.length, size + 1);
	});
	t.true(ms < 20_000, `${ms} ms`);
});
