import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {bringCode, codeStamp, faultsOn} from '../../../server/replay/host-code.ts';
import {expandHosts} from '../../../server/replay/host-range.ts';
import type {Condition, Fault} from '../../../server/replay/story.ts';

function folderOf(t: ExecutionContext): string {
	const folder = mkdtempSync(join(tmpdir(), 'signalbox-test-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	return folder;
}

function checkout(folder: string, repository: string, files: Readonly<Record<string, string>>) {
	const path = join(folder, 'staging', repository);
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(path, name)), {recursive: true});
		writeFileSync(join(path, name), text);
	}
	return {repository, path, files: Object.keys(files)};
}

const condition = (repository: string, contains: string | null, not = false): Condition => ({repository, path: 'lib/code', contains, not});
const faultOf = (where: readonly Condition[], hosts: readonly string[] | null = null): Fault => ({
	name: 'both',
	where,
	hosts,
	signal: null,
	message: 'm',
	share: 1,
});
const bothOwners = faultOf([condition('old', 'owner'), condition('new', 'owner')]);

test('a fault shows on a host if and only if the files on it meet every condition', async t => {
	const folder = folderOf(t);
	for (const old of [true, false]) {
		for (const fresh of [true, false]) {
			const sources = [
				checkout(folder, 'old', {'lib/code': old ? 'owner' : 'none'}),
				checkout(folder, 'new', {'lib/code': fresh ? 'owner' : 'none'}),
			];
			await bringCode(folder, ['h1'], sources);
			t.is(faultsOn(folder, 'h1', [bothOwners]).length, old && fresh ? 1 : 0, `${old} ${fresh}`);
		}
	}
});

test('hosts that were not given the code do not fail, and neither do those of another list', async t => {
	const folder = folderOf(t);
	const sources = [checkout(folder, 'old', {'lib/code': 'owner'}), checkout(folder, 'new', {'lib/code': 'owner'})];
	await bringCode(folder, ['h1'], sources);
	t.is(faultsOn(folder, 'h2', [bothOwners]).length, 0);
	t.is(faultsOn(folder, 'h1', [faultOf(bothOwners.where, ['h2'])]).length, 0);
	t.is(faultsOn(folder, 'h1', [faultOf(bothOwners.where, ['h1'])]).length, 1);
});

test('a condition can ask for a file alone, and be turned round', async t => {
	const folder = folderOf(t);
	await bringCode(folder, ['h1'], [checkout(folder, 'old', {'lib/code': 'x'})]);
	const shows = (one: Condition) => faultsOn(folder, 'h1', [faultOf([one])]).length === 1;
	t.true(shows(condition('old', null)));
	t.false(shows(condition('new', null)));
	t.true(shows(condition('new', null, true)));
	t.true(shows(condition('old', 'y', true)));
	t.false(shows(condition('old', 'x', true)));
});

test('a file that left the checkout leaves the host, and each bringing is noticed', async t => {
	const folder = folderOf(t);
	await bringCode(folder, ['h1'], [checkout(folder, 'old', {'lib/code': 'x', 'lib/gone': 'y'})]);
	const before = codeStamp(folder);
	await bringCode(folder, ['h1'], [{repository: 'old', path: join(folder, 'staging/old'), files: ['lib/gone']}]);
	t.not(codeStamp(folder), before);
	t.is(faultsOn(folder, 'h1', [faultOf([condition('old', null)])]).length, 0);
});

test('a range stands for as many hosts as it says, each once', t => {
	t.deepEqual(expandHosts('mw[0998-1001].example'), ['mw0998.example', 'mw0999.example', 'mw1000.example', 'mw1001.example']);
	t.deepEqual(expandHosts('alone'), ['alone']);
	t.is(expandHosts('mw[1-99999999]'), null);
	fc.assert(
		fc.property(fc.integer({min: 0, max: 9000}), fc.integer({min: 0, max: 900}), (first, more) => {
			const hosts = expandHosts(`h[${first}-${first + more}]`) ?? [];
			return hosts.length === more + 1 && new Set(hosts).size === hosts.length && Number(hosts.at(-1)?.slice(1)) === first + more;
		}),
	);
});
