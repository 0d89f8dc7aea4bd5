import {readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {messageLengthMax, readFooters, valueCountMax} from '../../../gate/order/footers.ts';
import {parseReference, type Reference} from '../../../gate/order/reference.ts';

const id = 'I46d3784514155af27b407d78be567c291042fa86';
const other = 'I90d5c30a90d5c30a90d5c30a90d5c30a90d5c30a';
const changeId = (text: string): Reference => ({kind: 'change-id', changeId: text, whole: text.length === 41});

const read = (lines: string) => readFooters(`Subject\n\n${lines}\n`).entries;
const references = (lines: string) =>
	read(lines).flatMap(({status, reference}) => (status === 'read' && reference !== undefined ? [reference] : []));

test('reads Depends-On in any case, with or without the space, anywhere in the message', t => {
	for (const line of [`Depends-On: ${id}`, `depends-on:${id}`, `DEPENDS-ON:\t${id}`, `Depends-on:  ${id}`, `  Depends-On: ${id}`]) {
		t.deepEqual(references(line), [changeId(id)], line);
		t.deepEqual(references(`${line}\n\nAnother paragraph.\n\nBug: T1`), [changeId(id)], line);
	}
	t.deepEqual(references(`Depends-On: ${id.toUpperCase()}`), [changeId(id)]);
});

test('reads several values on a line, between commas and spaces', t => {
	t.deepEqual(references(`Depends-On: ${id}, ${other} 1234`), [changeId(id), changeId(other), {kind: 'number', number: '1234'}]);
});

test('Needed-By is told apart from Depends-On', t => {
	t.deepEqual(
		read(`Needed-By: ${id}`).map(({header, status}) => [header, status]),
		[['Needed-By', 'read']],
	);
});

test('reads each form of reference', t => {
	const gerrit = (number: string, project?: string) => ({kind: 'number', number, host: 'gerrit.example.org', ...(project && {project})});
	const cases: [string, unknown][] = [
		['https://gerrit.example.org/60422', gerrit('60422')],
		['https://gerrit.example.org/r/60422', gerrit('60422')],
		['https://gerrit.example.org/r/#/c/60422/', gerrit('60422')],
		['https://gerrit.example.org/#/c/60422/3', gerrit('60422')],
		['https://gerrit.example.org/r/c/mediawiki/core/+/60422/', gerrit('60422', 'mediawiki/core')],
		['https://gerrit.example.org/c/mediawiki%2Fcore/+/60422/2/file.php', gerrit('60422', 'mediawiki/core')],
		[`https://gerrit.example.org/r/q/${id}`, changeId(id)],
		['https://github.com/Owner/repo.js/pull/12', {kind: 'pull-request', repository: 'Owner/repo.js', number: '12', host: 'github.com'}],
		['https://github.com/o/r/pull/12/files?w=1#diff', {kind: 'pull-request', repository: 'o/r', number: '12', host: 'github.com'}],
		[
			'https://gitlab.example.org/a/b/c/-/merge_requests/41',
			{kind: 'merge-request', repository: 'a/b/c', number: '41', host: 'gitlab.example.org'},
		],
		['a/b/c!41', {kind: 'merge-request', repository: 'a/b/c', number: '41'}],
		['o/r#12', {kind: 'pull-request', repository: 'o/r', number: '12'}],
		['#1234', {kind: 'number', number: '1234'}],
		['1234', {kind: 'number', number: '1234'}],
		['aaf6372', {kind: 'sha', sha: 'aaf6372'}],
		['aaf6372edce473a1da47f94967cb2dbe80def4d6', {kind: 'sha', sha: 'aaf6372edce473a1da47f94967cb2dbe80def4d6'}],
		['I46d37845', changeId('I46d37845')],
	];
	for (const [token, expected] of cases) t.deepEqual(parseReference(token) as unknown, expected, token);
	const none = [
		'I46d3784',
		`${id}0`,
		'https://phabricator.example.org/D349',
		'https://github.com/o/r/issues/12',
		'word',
		'',
		'https://',
		'o/r#',
		'!',
		'x'.repeat(1000),
	];
	for (const token of none) t.is(parseReference(token), null, token);
});

test('a near miss has its line, its text and the correction, and makes no edge', t => {
	const lines = [
		`Depends on ${id}`,
		`Depends on: ${id}`,
		`DependsOn: ${id}`,
		`Depends-On-Backports: ${id}`,
		`* Depends on ${id}`,
		`* Depends-On: ${id}`,
		`Depends-On ${id}`,
		`Depends-On : ${id}`,
		`Depends on core change ${id} being deployed first`,
		`  (depends on ${id} in MediaWiki)`,
		`Requires: ${id}`,
	];
	for (const line of lines) {
		const [entry, ...rest] = read(line);
		t.deepEqual(rest, [], line);
		t.is(entry?.status, 'near-miss', line);
		t.is(entry?.line, 3);
		t.is(entry?.text, line.trim());
		t.is(entry?.correction, `Depends-On: ${id}`, line);
	}
	t.is(read(`Needed by ${id}`)[0]?.correction, `Needed-By: ${id}`);
	t.is(read(`${id} depends on this`)[0]?.correction, `Needed-By: ${id}`);
	t.deepEqual(read('The result depends on the weather, and on 12 things.\nrequires: patience'), []);
});

test('values that cannot be read are near misses with the reason', t => {
	const why = (line: string) => read(line).map(({status, note}) => [status, note]);
	t.deepEqual(why('Depends-On:'), [['near-miss', 'the header has no value']]);
	t.deepEqual(why('Depends-On: I46d37'), [['near-miss', 'a Change-Id shortened to fewer than 8 digits names no change for sure']]);
	t.deepEqual(why(`Depends-On: ${id}00`), [['near-miss', 'a Change-Id has 40 digits, this has more']]);
	t.is(why('Depends-On: the other one').length, 1);
	t.is(why('Depends-on: https://phabricator.example.org/D349')[0]?.[0], 'near-miss');
});

test('a value with trailing text, or shortened, is read and said', t => {
	const [trailing] = read(`Depends-On: ${id}?`);
	t.deepEqual([trailing?.status, trailing?.reference, trailing?.correction], ['read', changeId(id), `Depends-On: ${id}`]);
	t.regex(trailing?.note ?? '', /trailing text/);
	t.regex(read('Depends-On: I46d37845')[0]?.note ?? '', /shortened/);
	t.deepEqual(
		read(`Depends-On: ${id} being deployed first`).map(({status}) => status),
		['read', 'near-miss'],
	);
	t.deepEqual(
		read(`Depends-On: ${id}\n  ${other}`).map(({status}) => status),
		['read', 'near-miss'],
	);
});

test('a quoted reply and a Follow-Up are set aside with the reason', t => {
	for (const line of [`> Depends-On: ${id}`, `>> depends on ${id}`, `Follow-Up: ${id}`]) {
		const [entry] = read(line);
		t.is(entry?.status, 'irrelevant', line);
		t.truthy(entry?.note);
	}
});

test('reads the footers of one change: Change-Id (the last wins), Bug, incident, pick', t => {
	const footers = readFooters(
		`Fix\n\nBug: T1\nBug: T2, T3\nFixes-Incident: INC-7 INC-8\nChange-Id: ${id}\nChange-Id: ${other}\n(cherry picked from commit AAF6372edce)\n`,
	);
	t.is(footers.changeId, other);
	t.deepEqual(footers.changeIds, [id, other]);
	t.deepEqual(footers.bugs, ['T1', 'T2', 'T3']);
	t.deepEqual(footers.fixesIncidents, ['INC-7', 'INC-8']);
	t.deepEqual(footers.cherryPickedFrom, ['aaf6372edce']);
	t.is(readFooters('x\n\nFixes incident INC-7')?.entries[0]?.correction, 'Fixes-Incident: INC-... (the id of the incident)');
});

test('reads what is reverted: by sha, short sha or Change-Id, and says when nothing is named', t => {
	const reverts = (body: string) => readFooters(`Revert "x"\n\n${body}`).reverts;
	t.deepEqual(reverts('This reverts commit aaf6372edce473a1da47f94967cb2dbe80def4d6.'), [
		{kind: 'sha', sha: 'aaf6372edce473a1da47f94967cb2dbe80def4d6'},
	]);
	t.deepEqual(reverts('This reverts commit aaf63721.'), [{kind: 'sha', sha: 'aaf63721'}]);
	t.deepEqual(reverts('This reverts commit 12345678.'), [{kind: 'sha', sha: '12345678'}]);
	t.deepEqual(reverts(`This reverts change ${id}.`), [changeId(id)]);
	t.deepEqual(reverts('This reverts commit aaf6372, reversing\nchanges made to bbf6372.'), [{kind: 'sha', sha: 'aaf6372'}]);
	t.deepEqual(reverts('This reverts commit\naaf6372.'), [{kind: 'sha', sha: 'aaf6372'}]);
	t.is(reverts('This reverts commits aaf6372 and bbf6372').length, 2);
	t.true(readFooters('Revert "x"\n\nIt broke.').revertWithoutTarget);
	t.false(readFooters('Revert "x"\n\nThis reverts commit aaf6372.').revertWithoutTarget);
	t.false(readFooters('Reverting is hard').revertWithoutTarget);
});

test('binary, a megabyte, and thousands of almost-footers: bounded, and what was cut is said', t => {
	const started = process.hrtime.bigint();
	t.deepEqual(readFooters('\0\u0001\ud800'.repeat(1000)).entries, []);
	const long = readFooters(`${'x'.repeat(1_000_000)}\nDepends-On: ${id}`);
	t.deepEqual(long.entries, []);
	t.deepEqual(long.cut, [`only the first ${messageLengthMax} of 1000054 characters of the message were read`]);
	const many = readFooters(`Depends-On ${id}\n`.repeat(1000));
	t.is(many.entries.length, valueCountMax);
	t.deepEqual(many.cut, ['only the first 200 values of the message were kept: 800 lines were not read to their end']);
	const line = readFooters(`Depends-On: ${`${id} `.repeat(300)}`);
	t.is(line.entries.length, valueCountMax);
	t.is(line.cut.length, 1);
	for (const evil of [
		'depends ',
		'depends on ',
		'depends-on:',
		'depends - - ',
		'needed by',
		'((((',
		'> > ',
		'Depends-On: ....',
		'reverts commit ',
		'I1111111 ',
	]) {
		readFooters(evil.repeat(Math.ceil(1_000_000 / evil.length)));
		readFooters(`${evil}\n`.repeat(20_000));
	}
	t.true(Number(process.hrtime.bigint() - started) / 1e6 < 30_000);
});

test('text of an entry is one clean, short line', t => {
	const [entry] = read(`Depends on ${id} \u001b[31m\u202e${'long '.repeat(100)}`);
	t.true((entry?.text.length ?? 999) <= 120);
	t.notRegex(entry?.text ?? '', /[\p{Cc}\p{Cf}]/u);
});

test('never throws, and drops no line that begins like the footer', t => {
	const piece = fc.oneof(
		fc.constantFrom(
			'depends-on',
			'Depends-On:',
			'Depends on ',
			'needed-by: ',
			'> ',
			'\n',
			' ',
			',',
			id,
			'I46d37845',
			'https://gerrit.example.org/r/#/c/1/',
			'o/r!1',
			'Change-Id: ',
		),
		fc.string({unit: 'binary', maxLength: 12}),
	);
	const message = fc.array(piece, {maxLength: 40}).map(pieces => pieces.join(''));
	fc.assert(
		fc.property(message, text => {
			const footers = readFooters(text);
			const lines = text.split(/\r\n|\n|\r/);
			const reported = new Set(footers.entries.map(({line}) => line));
			for (const [index, line] of lines.entries()) if (/^depends-on/i.test(line)) t.true(reported.has(index + 1), JSON.stringify(line));
			for (const {line} of footers.entries) t.true(line >= 1 && line <= lines.length);
		}),
		{numRuns: 1000},
	);
});

type Row = {
	change_id: string;
	subject: string;
	depends_on?: string[];
	depends_on_lines?: string[];
	depends_on_near_miss?: string[];
	reverts?: string[];
	revert_without_target?: boolean;
};
const rows = readFileSync(path.join(process.cwd(), 'test/fixtures/changes/footers.jsonl'), 'utf8')
	.trim()
	.split('\n')
	.map(line => JSON.parse(line) as Row);

/** The classes of the table that came with the real changes. */
function classOf(value: string): string {
	const [entry] = read(`Depends-On: ${value}`);
	if (entry?.reference === undefined) return `${entry?.status}`;
	const {reference} = entry;
	if (reference.kind !== 'change-id') return reference.kind;
	if (!reference.whole) return 'shortened';
	return entry.note === undefined ? 'whole' : 'trailing text';
}

test('every kind of value that people really wrote ends in its class', t => {
	const counts: Record<string, number> = {};
	for (const value of rows.flatMap(row => row.depends_on ?? [])) {
		const kind = classOf(value);
		counts[kind] = (counts[kind] ?? 0) + 1;
		if (/^\s*I[0-9a-f]{40}\s*$/.test(value)) t.is(kind, 'whole', value);
	}
	const {whole, ...odd} = counts;
	t.true((whole ?? 0) > 20);
	t.deepEqual(odd, {shortened: 4, 'trailing text': 1, 'merge-request': 2, 'near-miss': 1});
});

test('every header that people really wrote is read, and every near miss is reported with a correction', t => {
	for (const line of rows.flatMap(row => row.depends_on_lines ?? [])) t.true(read(line).length > 0, line);
	const nearMisses = rows.flatMap(row => row.depends_on_near_miss ?? []);
	t.is(nearMisses.length, 40);
	for (const line of nearMisses) {
		const [entry] = read(line);
		t.is(entry?.status, 'near-miss', line);
		t.regex(entry?.correction ?? '', /^Depends-On: (?:I[0-9a-f]{5}|https:|[\w/.-]+!\d)/, line);
	}
});

test('reverts that people really wrote are read as they name their target', t => {
	for (const {subject, reverts, revert_without_target: aimless} of rows) {
		if (aimless) t.true(readFooters(`${subject}\n\nIt broke.`).revertWithoutTarget, subject);
		for (const target of reverts ?? [])
			t.is(readFooters(`${subject}\n\nThis reverts ${target.startsWith('I') ? 'change' : 'commit'} ${target}.`).reverts.length, 1, target);
	}
});
