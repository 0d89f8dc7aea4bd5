/** The JSON file of changes: what a change carries beside its commit, and what is wrong named with its place. */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import fastCheck from 'fast-check';
import {readChangesFile} from '../../../server/client/changes/file.ts';
import {temporaryFolder} from '../../helpers/client-world.ts';

const change = (more: Record<string, unknown>) => ({changes: [{id: 'x', repository: 'app', ...more}]});

test('labels, groups and what a change went through are read; file by file is said for the batch', t => {
	const file = join(temporaryFolder(t), 'changes.json');
	const review = {status: 'open', owner: 'robin', approvedBy: ['sam'], tests: {missing: 'not run'}, size: 12, url: 'https://r.example/1'};
	writeFileSync(file, JSON.stringify({...change({labels: ['urgent'], groups: ['group0'], review}), perFile: true}));
	const read = readChangesFile(file);
	t.is(read.perFile, true);
	t.deepEqual(read.changes[0], {
		id: 'x',
		repository: 'app',
		labels: ['urgent'],
		groups: ['group0'],
		review: {source: 'file', ...review},
	} as never);
	writeFileSync(file, JSON.stringify(change({review: {missing: 'the tracker is down'}})));
	t.deepEqual(readChangesFile(file).changes[0]?.review, {missing: 'the tracker is down'});
});

for (const [what, content, message] of [
	['labels that are no list', change({labels: 'urgent'}), /changes\[0\]\.labels must be a list of texts/],
	['an empty group', change({groups: ['']}), /changes\[0\]\.groups must be a list of texts/],
	['a review that is a word', change({review: 'good'}), /changes\[0\]\.review must be an object with some of source, url/],
	['an unknown key in a review', change({review: {approved: []}}), /review has a key «approved»; the keys are/],
	['an unknown status', change({review: {status: 'NEW'}}), /review\.status is draft, open, merged or abandoned/],
	['tests that are a boolean', change({review: {tests: true}}), /review\.tests is passed, failed, running or none/],
	['a size that is no number of lines', change({review: {size: -1}}), /review\.size must be a number of lines/],
	['local that is false', change({review: {local: false}}), /review\.local is true, or left out/],
	['a reason for missing beside facts', change({review: {missing: 'x', owner: 'y'}}), /says what is missing, has a key «owner»/],
	['perFile that is a word', {changes: [], perFile: 'yes'}, /perFile is true or false/],
	['atomic and file by file at once', {changes: [], perFile: true, atomic: true}, /cannot both be true/],
] as const)
	test(`${what} is refused with its place`, t => {
		const file = join(temporaryFolder(t), 'changes.json');
		writeFileSync(file, JSON.stringify(content));
		t.throws(() => readChangesFile(file), {message});
	});

test('no JSON at all gets anything but changes or a sentence out of the reader', t => {
	const file = join(temporaryFolder(t), 'changes.json');
	fastCheck.assert(
		fastCheck.property(fastCheck.jsonValue(), fastCheck.jsonValue(), (one, other) => {
			writeFileSync(file, JSON.stringify({changes: [{id: 'x', repository: 'app', review: one, labels: other}]}));
			try {
				return readChangesFile(file).changes.length === 1;
			} catch (error) {
				return error instanceof Error && error.name === 'AppError';
			}
		}),
	);
	t.throws(() => readChangesFile(join(file, 'nowhere')), {name: 'AppError'});
});
