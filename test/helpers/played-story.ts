/** The outage of 2015, played through the shipped check into a data folder, and a service that shows what it left. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {ExecutionContext} from 'ava';
import {rules} from '../../gate/rules/all.ts';
import type {Role} from '../../server/caller.ts';
import {storyClock} from '../../server/clock.ts';
import {loadConfig} from '../../server/config/load.ts';
import {startService} from '../../server/main.ts';
import {call} from './cli.ts';

export type PlayedStory = {
	/** Without a slash at the end. */
	readonly url: string;
	readonly folder: string;
	/** The incident that the story opened. */
	readonly incident: string;
	/** The deploy that led to it. */
	readonly deploy: string;
	close(): Promise<void>;
};

/** Plays the story once (about ten seconds) and serves what it left, a while after its end. For `test.before`; close it in `test.after.always`. */
export async function playedStory(t: Pick<ExecutionContext, 'log'>, thisMachine: Role = 'deployer'): Promise<PlayedStory> {
	const top = mkdtempSync(path.join(tmpdir(), 'signalbox-played-'));
	const folder = path.join(top, 'play');
	const {code, stdout, stderr} = await call(['replay', '2015-10-26', '--json', '--dir', folder], top, {
		PATH: process.env['PATH'] ?? '',
		HOME: top,
	});
	if (code !== 0) t.log(`the story ended with ${code}: ${stdout} ${stderr}`);
	const {incident} = JSON.parse(stdout) as {incident: string | null};
	const file = path.join(folder, 'signalbox.yaml');
	const config = loadConfig({file, env: {PORT: '0'}, cwd: folder, rules});
	const signIn = {links: true, thisMachine, sessionMs: 3_600_000, proxy: null};
	const clock = storyClock('2015-10-26T15:32:00Z', 1);
	const service = await startService({config: {...config, signIn}, clock, log: () => undefined, polls: false, port: 0});
	const answer = await fetch(`${service.url}/api/v1/incidents/${incident}`);
	const {deploy} = (await answer.json()) as {deploy: string};
	return {
		...{url: service.url, folder, incident: incident ?? '', deploy},
		async close() {
			await service.close();
			rmSync(top, {recursive: true, force: true});
		},
	};
}
