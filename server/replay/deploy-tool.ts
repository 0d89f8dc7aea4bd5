/**
 * The deploy tool of a story, as a command of its own: brings what is checked out to the hosts, and announces it. Rollback commands of a
 * service run it under the name that the story gives it. It is started with the story's folder, in which `tool.json` says the rest.
 */
import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {announce} from './announce.ts';
import {bringCode} from './host-code.ts';

export type ToolOrder = {
	readonly hosts: readonly string[];
	readonly checkouts: readonly {readonly repository: string; readonly path: string}[];
	readonly announces: string | null;
	readonly address: {readonly host: string; readonly port: number};
};

const fileOf = (folder: string): string => join(folder, 'tool.json');
const filesMaxBytes = 16 * 1024 * 1024;

/** Says what the tool will do when somebody runs it. */
export const writeToolOrder = (folder: string, order: ToolOrder): void => writeFileSync(fileOf(folder), JSON.stringify(order));

/** Does it. `words` is what stood behind the command's name. */
export async function runDeployTool(folder: string, words: readonly string[]): Promise<string> {
	const order = JSON.parse(readFileSync(fileOf(folder), 'utf8')) as ToolOrder;
	const sources = order.checkouts.map(({repository, path}) => ({
		...{repository, path},
		files: execFileSync('git', ['-C', path, 'ls-files', '-z'], {encoding: 'utf8', maxBuffer: filesMaxBytes}).split('\0').filter(Boolean),
	}));
	await bringCode(folder, order.hosts, sources);
	if (order.announces !== null) await announce(order.address, order.announces);
	return `${words[0] ?? 'sync'}: ${order.hosts.length} hosts have what is checked out in ${sources.map(({path}) => path).join(', ')}\n`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
	const [, , folder = '', ...words] = process.argv;
	process.stdout.write(await runDeployTool(folder, words));
}
