/** What each host of a story runs: a folder with the files it was given, and whether a fault shows on it. */
import {copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {setImmediate} from 'node:timers/promises';
import type {Condition, Fault} from './story.ts';

export type CodeSource = {readonly repository: string; readonly path: string; readonly files: readonly string[]};

const hostFolder = (folder: string, host: string): string => join(folder, 'hosts', host);
const stampOf = (folder: string): string => join(folder, 'hosts', '.changed');

/** Gives hosts the files of these checkouts in place of what they had of them. Plain copies, host by host, as an rsync would. */
export async function bringCode(folder: string, hosts: readonly string[], sources: readonly CodeSource[]): Promise<void> {
	for (const host of hosts) {
		// The fleet goes on writing meanwhile.
		await setImmediate();
		for (const {repository, path, files} of sources) {
			const there = join(hostFolder(folder, host), repository);
			rmSync(there, {recursive: true, force: true});
			for (const file of files) {
				mkdirSync(dirname(join(there, file)), {recursive: true});
				copyFileSync(join(path, file), join(there, file));
			}
		}
	}
	mkdirSync(join(folder, 'hosts'), {recursive: true});
	writeFileSync(stampOf(folder), `${hosts.length} hosts, ${process.hrtime.bigint()}\n`);
}

/** Moves on whenever hosts are given code, by whichever process. */
export function codeStamp(folder: string): string {
	return readIfThere(stampOf(folder)) ?? '';
}

function readIfThere(file: string): string | null {
	if (!statSync(file, {throwIfNoEntry: false})?.isFile()) return null;
	return readFileSync(file, 'utf8');
}

function holds(folder: string, host: string, {repository, path, contains, not}: Condition): boolean {
	const text = readIfThere(join(hostFolder(folder, host), repository, path));
	const found = text !== null && (contains === null || text.includes(contains));
	return found !== not;
}

/** The faults that the code on this host has, judged by its own files. */
export function faultsOn(folder: string, host: string, faults: readonly Fault[]): Fault[] {
	return faults.filter(
		({hosts, where}) => (hosts === null || hosts.includes(host)) && where.every(condition => holds(folder, host, condition)),
	);
}
