import {readFileSync} from 'node:fs';
import path from 'node:path';
import {gunzipSync} from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import type {Change, Facts} from '../../../gate/facts.ts';
import {readFooters} from '../../../gate/order/footers.ts';
import {explainOrder, judgeOrder, orderLimitsOf} from '../../../gate/rules/patch-order.ts';
import {change, factsWith} from '../../helpers/quiet-day.ts';

const limits = orderLimitsOf({});
const id = (digit: string): string => `I${digit.repeat(40)}`;
const batchOf = (changes: readonly Change[], difference: Partial<Facts> = {}): Facts =>
	factsWith({batch: {changes, atomic: false, targets: [], rollback: 'no'}, ...difference});
const asking = (footer: string, more: Partial<Change> = {}): Change =>
	change('bbbb1111', {changeId: id('b'), message: `Change\n\nWhy.\n\n${footer}\nChange-Id: ${id('b')}\n`, ...more});
const provider = change('aaaa1111', {changeId: id('a')});
const statuses = (facts: Facts) => explainOrder(facts, limits).footers.map(({status, value}) => [status, value]);

test('a value that names a change of the batch, a known one or a landed one is resolved', t => {
	const consumer = asking(`Depends-On: ${id('a')}`);
	t.deepEqual(statuses(batchOf([provider, consumer])), [['resolved', id('a')]]);
	t.deepEqual(statuses(batchOf([consumer], {known: [provider]})), [['resolved', id('a')]]);
	const landed = [{group: 'east', heads: [], changes: [{repository: 'app', changeId: id('a')}]}];
	t.deepEqual(statuses(batchOf([consumer], {landed})), [['resolved', id('a')]]);
});

test('a pull request, a merge request and a change of another Gerrit end elsewhere; what should be here and is not, unresolved', t => {
	const footers = [
		'https://github.com/other/thing/pull/7',
		'data/schemas!41',
		'https://gitlab.example.org/data/schemas/-/merge_requests/41',
		'https://review.example.org/c/other/+/12',
		'12',
		'app#9',
		id('f'),
	];
	const message = footers.map(value => `Depends-On: ${value}`).join('\n');
	t.deepEqual(
		explainOrder(batchOf([asking(message)]), limits).footers.map(({status}) => status),
		['elsewhere', 'elsewhere', 'elsewhere', 'elsewhere', 'unresolved', 'malformed', 'unresolved'],
	);
	const own = asking('Depends-On: https://github.com/org/app/pull/9', {repository: 'org/app'});
	t.is(statuses(batchOf([own]))[0]?.[0], 'unresolved');
});

test('a Change-Id on several branches says which copy counts on which group', t => {
	const landed = ['east', 'west'].map(group => ({
		group,
		heads: [{repository: 'app', branch: `run-${group}`, sha: '0'.repeat(40)}],
		changes: [],
	}));
	const copies = ['master', 'run-east', 'run-west'].map((branch, index) => ({
		...provider,
		id: branch,
		branch,
		sha: `${index + 1}`.repeat(40),
	}));
	const {branch: _, ...everywhere} = asking(`Depends-On: ${id('a')}`);
	const [footer] = explainOrder(batchOf([everywhere], {known: copies, landed}), limits).footers;
	t.is(footer?.status, 'ambiguous');
	t.is(footer?.note, 'it stands on 3 branches: on east the copy on run-east counts, on west the copy on run-west counts');
	const [onMaster] = explainOrder(
		batchOf([everywhere], {known: [...copies.slice(0, 1), {...provider, id: 'x', branch: 'old', sha: '9'.repeat(40)}], landed}),
		limits,
	).footers;
	t.regex(onMaster?.note ?? '', /on east, west no copy is on the branch that runs there, the one to pick is on master/);
});

test('near misses, quoted replies, follow-ups and self-references end with their reason, and the near miss with its correction', t => {
	const facts = batchOf([
		asking(`Depends on: ${id('a')}\n> Depends-On: ${id('a')}\nFollow-Up: ${id('a')}\nDepends-On: ${id('b')}\nNeeded-By: ${id('c')}`),
	]);
	const {footers} = explainOrder(facts, limits);
	t.deepEqual(
		footers.map(({status, line}) => [status, line]),
		[
			['malformed', 5],
			['irrelevant', 6],
			['irrelevant', 7],
			['irrelevant', 8],
			['irrelevant', 9],
		],
	);
	t.is(footers[0]?.correction, `Depends-On: ${id('a')}`);
	for (const {note} of footers) t.truthy(note);
});

test('the finding counts how the values ended', t => {
	const facts = batchOf([provider, asking(`Depends-On: ${id('a')}\nDepends on ${id('c')}\nDepends-On: o/r!1`)]);
	const [finding] = judgeOrder(facts, limits);
	t.deepEqual(finding?.data?.['footers'], {resolved: 1, malformed: 1, elsewhere: 1});
});

test('names are read in any case, several on a line; scopes only where footers stand', t => {
	const {entries} = readFooters(
		'Groups: of people\n\nGroups: are prose here\n\nprerequisite: Table-Filled, policy-applied\nGROUPS: east\nWikis: enwiki dewiki\nPrerequisites: x\nWiki: frwiki\n',
	);
	t.deepEqual(
		entries.map(({header, status, value}) => [header, status, value ?? null]),
		[
			['Groups', 'irrelevant', 'of'],
			['Groups', 'irrelevant', 'people'],
			['Groups', 'irrelevant', 'are'],
			['Groups', 'irrelevant', 'prose'],
			['Groups', 'irrelevant', 'here'],
			['Prerequisite', 'read', 'Table-Filled'],
			['Prerequisite', 'read', 'policy-applied'],
			['Groups', 'read', 'east'],
			['Wikis', 'read', 'enwiki'],
			['Wikis', 'read', 'dewiki'],
			['Prerequisite', 'near-miss', null],
			['Wikis', 'near-miss', null],
		],
	);
	t.is(entries.at(-2)?.correction, 'Prerequisite: x');
	t.is(readFooters('x\n\nPrerequisite:\n').entries[0]?.status, 'near-miss');
	t.is(readFooters('x\n\n> Prerequisite: a\n').entries[0]?.status, 'irrelevant');
});

test('no line with an exact header is dropped, whatever it says, and every entry ends in a status', t => {
	const piece = fc.oneof(
		fc.constantFrom(
			'Depends-On: ',
			'needed-by:',
			'Prerequisite: ',
			'Groups: ',
			'Wikis: ',
			'\n',
			'\n\n',
			'> ',
			id('a'),
			id('b'),
			'east',
			'o/r#1',
			', ',
			'x',
		),
		fc.string({unit: 'binary', maxLength: 8}),
	);
	const message = fc.array(piece, {maxLength: 30}).map(pieces => pieces.join(''));
	fc.assert(
		fc.property(message, text => {
			const {footers} = explainOrder(batchOf([provider, change('bbbb1111', {changeId: id('b'), message: text})]), limits);
			t.is(footers.length, readFooters(text).entries.length);
			const lines = new Set(footers.map(({line}) => line));
			for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
				if (/^(depends-on|needed-by|prerequisite|groups|wikis):/i.test(line)) t.true(lines.has(index + 1), JSON.stringify(line));
			}
			for (const {status, note} of footers) if (status !== 'resolved') t.truthy(note);
		}),
		{numRuns: 300},
	);
});

type Row = {
	readonly repo: string;
	readonly sha: string;
	readonly change_id: string;
	readonly branch: string;
	readonly subject: string;
	readonly depends_on?: readonly string[];
	readonly depends_on_lines?: readonly string[];
	readonly depends_on_in?: readonly string[];
	readonly depends_on_near_miss?: readonly string[];
	readonly reverts?: readonly string[];
	readonly revert_without_target?: boolean;
};

const rows = gunzipSync(readFileSync(path.join(process.cwd(), 'test/fixtures/changes/all-footers.jsonl.gz')))
	.toString('utf8')
	.trim()
	.split('\n')
	.map(line => JSON.parse(line) as Row);

/** The message as it was, as far as the fixture tells: what stood in the body stands there, the rest in the last paragraph. */
function messageOf(row: Row): string {
	const {subject, depends_on: values = [], depends_on_lines: lines = [], depends_on_in: places = [], reverts = []} = row;
	const headers = values.map((value, index) => lines.find(line => line.endsWith(value)) ?? lines[index] ?? `Depends-On: ${value}`);
	const isBody = (index: number): boolean => places[index] === 'body';
	const body = [
		...(row.depends_on_near_miss ?? []),
		...headers.filter((_, index) => isBody(index)),
		...reverts.map(target => `This reverts ${target.startsWith('I') ? 'change' : 'commit'} ${target}.`),
	];
	return `${subject}\n\n${body.join('\n')}\n\n${[...headers.filter((_, index) => !isBody(index)), `Change-Id: ${row.change_id}`].join('\n')}\n`;
}

const realChanges = rows.map(
	(row, index): Change => ({
		...{id: `${row.sha.slice(0, 12)}-${index}`, repository: row.repo, branch: row.branch, sha: row.sha},
		...{changeId: row.change_id, subject: row.subject, message: messageOf(row)},
	}),
);

test('the real changes come to the counts of their table: values, spellings, near misses, reverts', t => {
	const of = (repo: string) => rows.filter(row => row.repo.endsWith(repo));
	const counted = ['CirrusSearch', 'WikimediaEvents', 'mediawiki-config'].map(repo => {
		const read = of(repo).map(row => ({row, footers: readFooters(messageOf(row))}));
		const values = read.map(({footers}) => footers.entries.filter(({text}) => /^depends-on:/i.test(text)));
		return {
			withFooter: values.filter(entries => entries.length > 0).length,
			values: values.flat().length,
			nearMisses: read.flatMap(({row, footers}) =>
				footers.entries.filter(({text}) => row.depends_on_near_miss?.some(line => line.trim().startsWith(text.slice(0, 60)))),
			).length,
			reverting: read.filter(({footers}) => footers.reverts.length > 0).length,
			aimless: read.filter(({footers}) => footers.revertWithoutTarget).length,
		};
	});
	t.deepEqual(
		counted.map(({withFooter, values}) => [withFooter, values]),
		[
			[120, 136],
			[177, 199],
			[446, 487],
		],
	);
	t.deepEqual(
		counted.map(({nearMisses}) => nearMisses),
		[3, 6, 31],
	);
	t.deepEqual(
		counted.map(({reverting}) => reverting),
		[14, 10, 367],
	);
	t.is(counted[2]?.aimless, 9);
	const entries = rows.flatMap(row => readFooters(messageOf(row)).entries.filter(({text}) => /^depends-on:/i.test(text)));
	const kinds: Record<string, number> = {};
	for (const {status, reference, note} of entries) {
		const isWhole = reference?.kind === 'change-id' && reference.whole;
		const kind = isWhole ? (note === undefined ? 'whole' : 'trailing text') : (reference?.kind ?? status);
		kinds[kind] = (kinds[kind] ?? 0) + 1;
	}
	t.deepEqual(kinds, {whole: 814, 'change-id': 4, 'trailing text': 1, 'merge-request': 2, 'near-miss': 1});
	t.is(entries.filter(({text}) => text.startsWith('Depends-on:')).length, 13);
	t.is(rows.filter(row => row.depends_on_in?.includes('body')).length, 6);
});

test('the real values end as their table says: 48 name a change that is here, 5 of them on several branches', t => {
	const {footers} = explainOrder(batchOf(realChanges, {groups: ['production'], landed: []}), limits);
	const values = footers.filter(({text}) => /^depends-on:/i.test(text));
	t.is(values.length, 822);
	const counts: Record<string, number> = {};
	for (const {status} of values) counts[status] = (counts[status] ?? 0) + 1;
	const {resolved = 0, ambiguous = 0, unresolved = 0, elsewhere = 0, malformed = 0} = counts;
	t.is(resolved + ambiguous + unresolved + elsewhere + malformed, 822);
	t.is(elsewhere, 2);
	t.is(malformed, 1);
	t.log(counts);
	const whole = values.filter(({value}) => value !== null && /^I[0-9a-f]{40}$/.test(value));
	const here = whole.filter(({status}) => status === 'resolved' || status === 'ambiguous');
	t.is(here.length, 48);
	t.is(here.filter(({status}) => status === 'ambiguous').length, 5);
	t.is(footers.filter(({status, text}) => status === 'malformed' && !/^depends-on:/i.test(text)).length, 40);
});
