/** Whether what is live still has what it needs, on each group. */
import test from 'ava';
import type {Change, LandedChange} from '../../../gate/facts.ts';
import {type BrokenLanded, brokenLanded, brokenText} from '../../../gate/order/still-stands.ts';
import {change, quietDay} from '../../helpers/quiet-day.ts';

const id = (letter: string): string => `I${letter.repeat(40)}`;
const provider = change('aaaa1111', {changeId: id('a'), repository: 'code'});
const reader = change('bbbb1111', {changeId: id('b'), message: `Read it\n\nDepends-On: ${id('a')}\nChange-Id: ${id('b')}\n`});

const landed = ({repository, branch = 'live', sha = '', changeId = ''}: Change, revertedBy?: string): LandedChange => ({
	...{repository, branch, sha, changeId},
	...(revertedBy === undefined ? {} : {revertedBy}),
});

const broken = (known: readonly Change[], groups: Readonly<Record<string, readonly LandedChange[]>>) =>
	brokenLanded({
		...quietDay,
		batch: {changes: [], atomic: true, targets: [], rollback: 'no'},
		known,
		landed: Object.entries(groups).map(([group, changes]) => ({
			group,
			heads: [{repository: 'code', branch: 'live', sha: 'c'.repeat(40)}],
			changes,
		})),
	});

const said = (one: BrokenLanded | undefined): string => (one === undefined ? 'nothing is broken' : brokenText(one, one.groups));

test('what stands on something that is live is not broken', t => {
	t.deepEqual(broken([provider, reader], {east: [landed(provider), landed(reader)]}), []);
});

test('what stands on something that was taken back is, on the groups where it is so alone', t => {
	const [one, ...more] = broken([provider, reader], {
		east: [landed(provider, 'f'.repeat(40)), landed(reader)],
		west: [landed(provider), landed(reader)],
		north: [landed(provider, 'taken back')],
	});
	t.deepEqual(more, []);
	t.deepEqual(one?.groups, ['east']);
	t.is(said(one), 'app bbbb111 is live on east and needs code aaaa111, which was reverted by fffffff.');
	t.regex(one?.remedy ?? '', /^Take the revert back, git revert f{40}, and deploy that; or take app bbbb111 back\.$/);
});

test('what was never there is not judged again: the gate did that when it came', t => {
	t.deepEqual(broken([provider, reader], {east: [landed(reader)]}), []);
	t.deepEqual(broken([reader], {east: [landed(reader)]}), []);
});

test('a reader that was taken back too is not broken', t => {
	t.deepEqual(broken([provider, reader], {east: [landed(provider, 'taken back'), landed(reader, 'taken back')]}), []);
});

test('what is needed landed again under another id is there', t => {
	const again = change('cccc1111', {repository: 'code', changeId: id('c'), patchId: 'p'.repeat(40)});
	const first = {...provider, patchId: 'p'.repeat(40)};
	const rows = [{...landed(first, 'taken back'), patchId: 'p'.repeat(40)}, {...landed(again), patchId: 'p'.repeat(40)}, landed(reader)];
	t.deepEqual(broken([first, again, reader], {east: rows}), []);
});

test('a Needed-By of what was taken back counts as well', t => {
	const needed = {...provider, message: `Add it\n\nNeeded-By: ${id('b')}\nChange-Id: ${id('a')}\n`};
	const plain = {...reader, message: 'Read it\n'};
	const [one] = broken([needed, plain], {east: [landed(needed, 'taken back'), landed(plain)]});
	t.is(said(one), 'app bbbb111 is live on east and needs code aaaa111 (code aaaa111 says so), which was taken back.');
});

test('the same break has the same key, whichever groups it is on, and another one another', t => {
	const other = change('dddd1111', {changeId: id('d'), message: `Read it too\n\nDepends-On: ${id('a')}\n`});
	const keys = (groups: readonly string[]) =>
		broken(
			[provider, reader, other],
			Object.fromEntries(groups.map(group => [group, [landed(provider, 'taken back'), landed(reader), landed(other)]])),
		).map(({key}) => key);
	t.deepEqual(keys(['east']), keys(['east', 'west']));
	t.is(new Set(keys(['east'])).size, 2);
});

test('ten thousand live changes with their needs are all judged, and the first 500 broken ones told', t => {
	const providers = Array.from({length: 5000}, (_, index) =>
		change(`a${String(index).padStart(7, '0')}`, {changeId: `I${String(index).padStart(40, '0')}`, repository: 'code'}),
	);
	const readers = providers.map((one, index) =>
		change(`b${String(index).padStart(7, '0')}`, {message: `Read\n\nDepends-On: ${one.changeId ?? ''}\n`}),
	);
	const rows = [...providers.map(one => landed(one, 'taken back')), ...readers.map(one => landed(one))];
	t.is(broken([...providers, ...readers], {east: rows, west: rows}).length, 500);
});
