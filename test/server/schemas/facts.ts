import {readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import type {Facts, LandedChange, Missing} from '../../../gate/facts.ts';
import {explain, keysAt} from '../../../server/schemas/explain.ts';
import {factsJsonSchema, factsSchema} from '../../../server/schemas/facts.ts';
import {type Described, describeSchema} from '../../helpers/describe-schema.ts';
import {quietAt, quietDay} from '../../helpers/quiet-day.ts';

/** Every field there is, the optional ones too: the compiler refuses this test when a field of Facts is left out. */
type Whole<T> = T extends Missing ? T : T extends object ? {[Key in keyof T]-?: Whole<NonNullable<T[Key]> | Extract<T[Key], null>>} : T;

const sha = 'a'.repeat(40);
const wholeLanded: Whole<LandedChange> = {
	...{repository: 'app', branch: 'live', sha, changeId: 'I', patchId: 'p', subject: 's', since: quietAt},
	...{deploy: 'D-1', source: 'git', revertedBy: 'r'},
};
const whole: Whole<Facts> = {
	version: 1,
	at: quietAt,
	service: 'app',
	stage: {name: 'canaries', first: false},
	groups: ['east'],
	batch: {
		changes: [
			{
				id: 'a',
				repository: 'app',
				branch: 'live',
				sha,
				changeId: `I${sha}`,
				patchId: sha,
				subject: 'A',
				message: 'A\n',
				paths: [{path: 'x', kind: 'modified', blob: sha}],
				committedAt: quietAt,
				author: 'Ada',
				labels: ['topic'],
				groups: ['east'],
				review: {
					source: 'gerrit',
					url: 'http://x',
					status: 'merged',
					owner: 'ada',
					approvedBy: ['robin'],
					tests: 'passed',
					local: true,
					size: 3,
				},
			},
		],
		atomic: true,
		perFile: true,
		targets: [{repository: 'app', branch: 'live', sha}],
		rollback: 'by-content',
	},
	landed: [
		{
			group: 'east',
			version: '1',
			heads: [{repository: 'app', branch: 'live', sha}],
			changes: [wholeLanded],
		},
	],
	known: [],
	holdings: [
		{group: 'east', repository: 'app', path: 'x', present: true},
		{group: 'east', repository: 'app', path: 'y', present: {missing: 'no checkout'}},
	],
	signals: [
		{
			name: 'errors',
			counts: 'errors',
			exposureUnit: 'host-seconds',
			source: 'file:x',
			required: true,
			bucketMs: 10_000,
			buckets: [
				{at: quietAt, canary: {hosts: {c1: {count: 1, exposure: 10}}}, baseline: {count: 0, exposure: 2.5}},
				{at: quietAt, canary: {missing: 'late'}, baseline: {missing: 'late'}},
			],
			proof: {
				matchedOnBaseline: {count: 1, withinMs: 10},
				newestAt: {canary: quietAt, baseline: null},
				canaries: [{host: 'c1', newestAt: null}],
				lagMs: -5,
				failure: 'half an answer',
			},
		},
	],
	look: {startedAt: quietAt, harmFrom: quietAt, canaries: [{host: 'c1', since: null, by: 'call'}], baseline: ['b1'], final: true},
	incidents: [{id: '1', title: 't', status: 'not_an_incident', openedAt: quietAt, url: 'http://x'}],
	overrides: [{rule: 'r', by: 'Ada', reason: 'r', until: quietAt}],
	neighbours: [
		{
			moment: 'next',
			name: 'wmf/2',
			groups: ['east'],
			heads: [{repository: 'app', branch: 'live', sha}],
			changes: [wholeLanded],
			holdings: [{group: 'wmf/2', repository: 'app', path: 'x', present: true}],
			missing: 'no checkout',
		},
	],
	prerequisites: [{name: 'table-filled', text: 'The table is filled', group: 'east', met: true, by: 'Ada', reason: 'r', at: quietAt}],
	traces: {
		names: [{change: 'a', does: 'registers', kind: 'hook', name: 'n', path: 'x', line: 1}],
		uses: [{group: 'east', repository: 'app', sha, use: 'read', kind: 'hook', name: 'n', path: 'x', line: 1}],
		blobs: [{change: 'a', does: 'leaves', blob: sha, bytes: 200, path: 'x'}],
		looked: [{group: 'east', repository: 'app', sha}],
		unread: ['too large'],
	},
	environments: [{group: 'beta', version: '1', heads: [], changes: [wholeLanded]}],
	mirrors: [{repository: 'app', mirror: 'm', ref: 'refs/heads/live', wanted: sha, has: sha, behindSince: quietAt}],
	wikis: {testwiki: 'east'},
	deployer: 'Ada',
	notes: [{about: 'a', text: 't', remedy: 'r'}],
};

const refusal = (input: unknown): string[] => {
	const read = factsSchema.safeParse(input);
	return read.success ? [] : explain(read.error, input, factsJsonSchema());
};
const readJson = (file: string): unknown => JSON.parse(readFileSync(path.join(process.cwd(), file), 'utf8'));

test('facts with every field, and a quiet day, come back as they went in', t => {
	t.deepEqual(factsSchema.parse(whole), whole);
	t.deepEqual(factsSchema.parse(JSON.parse(JSON.stringify(quietDay))), quietDay);
	t.deepEqual(refusal({...quietDay, look: null}), []);
});

test('a mistyped field does not pass in silence: it is named with its path and the nearest right one', t => {
	const [change] = quietDay.batch.changes;
	t.deepEqual(refusal({...quietDay, overides: []}), ['overides: there is no such field; did you mean «overrides»?']);
	t.deepEqual(refusal({...quietDay, batch: {...quietDay.batch, changes: [change, {...change, comittedAt: quietAt}]}}), [
		'batch.changes[1].comittedAt: there is no such field; did you mean «committedAt»?',
	]);
	const [signal] = quietDay.signals;
	const [bucket] = signal?.buckets ?? [];
	t.deepEqual(refusal({...quietDay, signals: [{...signal, buckets: [{...bucket, baseline: {count: 1, exposur: 3}}]}]}), [
		'signals[0].buckets[0].baseline.exposure: is missing',
		'signals[0].buckets[0].baseline.exposur: there is no such field; did you mean «exposure»?',
	]);
});

test('a wrong value is named with its path, what it must be and what it is', t => {
	t.deepEqual(refusal({...quietDay, version: 2}), ['version: must be 1, not 2']);
	t.deepEqual(refusal({...quietDay, at: '2026-03-02T10:05:00Z'}), [
		'at: must be a UTC time with milliseconds, such as 2026-03-02T15:13:07.000Z, not «2026-03-02T10:05:00Z»',
	]);
	t.is(refusal({...quietDay, at: '2026-02-30T10:05:00.000Z'}).length, 1);
	t.deepEqual(refusal({...quietDay, groups: 'east', stage: {name: 3, first: 'no'}}), [
		'stage.name: must be text, not 3',
		'stage.first: must be true or false, not «no»',
		'groups: must be a list, not «east»',
	]);
	t.deepEqual(refusal({...quietDay, batch: {...quietDay.batch, rollback: 'yes'}}), [
		'batch.rollback: must be no or by-content or said, not «yes»',
	]);
	const holding = {group: 'east', repository: 'app', path: 'x', present: 'maybe'};
	t.deepEqual(refusal({...quietDay, holdings: [holding]}), ['holdings[0].present: must be true or false or an object, not «maybe»']);
	const [signal] = quietDay.signals;
	t.deepEqual(
		refusal({
			...quietDay,
			signals: [{...signal, buckets: [{at: quietAt, canary: {hosts: {c1: {count: -1, exposure: 1}}}, baseline: {missing: 'x'}}]}],
		}),
		['signals[0].buckets[0].canary.hosts.c1.count: must be at least 0, not -1'],
	);
});

test('what is no object of facts at all is refused, and so is a field that is absent', t => {
	for (const input of [null, 3, 'text', [], undefined]) t.is(refusal(input).length, 1, String(input));
	const {notes: _, ...without} = quietDay;
	t.deepEqual(refusal(without), ['notes: is missing']);
	t.is(refusal(JSON.parse(`{"__proto__": {"x": 1}, ${JSON.stringify(quietDay).slice(1)}`)).length, 1);
	t.is(refusal({...quietDay, groups: Array(1000).fill(3)}).length, 51);
});

test('the keys at a path are found through lists, records and unions', t => {
	const schema = factsJsonSchema();
	t.deepEqual(keysAt(schema, ['signals', 0, 'buckets', 3, 'canary', 'hosts', 'any']), ['count', 'exposure']);
	t.deepEqual(keysAt(schema, ['look', 'canaries', 0]), ['host', 'since', 'by']);
	t.deepEqual(keysAt(schema, ['nowhere']), []);
});

test('the published schema is the one that is used (signalbox try --schema > docs/facts.schema.json)', t => {
	t.deepEqual(readJson('docs/facts.schema.json'), JSON.parse(JSON.stringify(factsJsonSchema())));
});

test('the published schema only ever grows: what was frozen is still there, as it was, and nothing new is required of it', t => {
	const frozen = readJson('test/fixtures/facts-schema/frozen-v1.json') as Record<string, Described>;
	const now = describeSchema(factsJsonSchema());
	t.true(Object.keys(frozen).length > 90);
	for (const [place, {types, required}] of Object.entries(frozen)) {
		const current = now[place];
		t.truthy(current, `${place} is gone`);
		t.deepEqual(
			types.filter(type => !current?.types.includes(type)),
			[],
			`${place} no longer allows what it allowed`,
		);
		t.true(required || !current?.required, `${place} was optional and is required now`);
	}
	for (const [place, {required}] of Object.entries(now)) {
		const parent = place.replace(/(?:\[\]|\.[^.[\]]*)$/, '');
		if (!Object.hasOwn(frozen, place) && Object.hasOwn(frozen, parent)) t.false(required, `${place} is new and must be optional`);
	}
});
