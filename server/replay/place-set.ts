/** The folder in which a story is played: its configuration, and the files that its commands find there. */
import {chmodSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {stringify} from 'yaml';
import type {Story} from './story.ts';

export const staging = (folder: string): string => join(folder, 'staging');
export const serviceConfig = (folder: string): string => join(folder, 'signalbox.yaml');
/** What stands in /etc/signalbox.yaml of a host whose hooks ask the service. */
export const hostConfig = (folder: string): string => join(folder, 'etc', 'signalbox.yaml');

const checkFile = 'signalbox-check.cjs';
/** The files that are shipped, next to this one's folder in the build. */
export const shipped = {
	check: fileURLToPath(new URL(`../../${checkFile}`, import.meta.url)),
	cli: fileURLToPath(new URL('../cli.js', import.meta.url)),
	tool: fileURLToPath(new URL('./deploy-tool.js', import.meta.url)),
} as const;

const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Writes signalbox.yaml as an operator would, and the deploy tool of the story into a folder for the PATH. */
export function layOut(story: Story, folder: string): void {
	for (const name of ['data', 'etc', 'bin', 'logs', 'spool']) mkdirSync(join(folder, name), {recursive: true});
	const checkouts = story.repositories.map(({name, checkout, branch}) => ({
		...{path: join('staging', checkout), repository: name, branch, landed: 'refs/tags/live'},
	}));
	const written = {
		...{data: './data', announcements: '127.0.0.1:0'},
		services: {[story.service.name]: {...story.serviceText, changes: {from: 'git', checkouts}}},
	};
	writeFileSync(serviceConfig(folder), `# Written by: signalbox replay ${story.name}\n${stringify(written)}`);
	if (story.tool === null) return;
	const command = join(folder, 'bin', story.tool.name);
	writeFileSync(command, `#!/bin/sh\nexec ${[process.execPath, shipped.tool, folder].map(quote).join(' ')} "$@"\n`);
	chmodSync(command, 0o755);
}

/** Once the service is up, hosts are told where it is. */
export function tellHosts(folder: string, url: string): void {
	writeFileSync(hostConfig(folder), stringify({url, spool: join(folder, 'spool')}));
}
