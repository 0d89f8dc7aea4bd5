/** The outage of 2015, played through the shipped check into a data folder, and a service that shows what it left. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {rules} from '../../gate/rules/all.ts';
import {reading} from '../../server/actions/deps.ts';
import type {Role} from '../../server/caller.ts';
import {storyClock, systemClock} from '../../server/clock.ts';
import {loadConfig} from '../../server/config/load.ts';
import type {Config} from '../../server/config.ts';
import {startService} from '../../server/main.ts';
import {newestEvents} from '../../server/stores/timeline.ts';
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

const quiet = () => undefined;

/** When the story's service took its last event: what is shown is shown as of then, with its signals still fresh. */
async function endOf(config: Config): Promise<string> {
	const service = await startService({config, clock: systemClock, log: quiet, polls: false, port: 0});
	const [last] = await newestEvents(service.deps.database.read, 1);
	await service.close();
	return last?.recordedAt ?? systemClock.now();
}

/**
 * Plays the story once (about ten seconds) and serves what it left, as of its end. For `test.before`; close it in `test.after.always`.
 * `top` is a folder that is there and may be written; a temporary one unless said.
 */
export async function playedStory(
	t: {readonly log: (text: string) => void},
	thisMachine: Role = 'deployer',
	top = mkdtempSync(path.join(tmpdir(), 'signalbox-played-')),
): Promise<PlayedStory> {
	const folder = path.join(top, 'play');
	const {code, stdout, stderr} = await call(['replay', '2015-10-26', '--json', '--dir', folder], top, {
		PATH: process.env['PATH'] ?? '',
		HOME: top,
	});
	if (code !== 0) t.log(`the story ended with ${code}: ${stdout} ${stderr}`);
	const {incident} = JSON.parse(stdout) as {incident: string | null};
	const config = loadConfig({file: path.join(folder, 'signalbox.yaml'), env: {PORT: '0'}, cwd: folder, rules});
	const signIn = {links: true, thisMachine, sessionMs: 3_600_000, proxy: null};
	const clock = storyClock(await endOf(config), 1);
	const service = await startService({config: {...config, signIn}, clock, log: quiet, polls: false, port: 0});
	const deploy = (await reading(service.deps).incidents.get(incident ?? ''))?.deploy;
	return {
		...{url: service.url, folder, incident: incident ?? '', deploy: deploy ?? ''},
		async close() {
			await service.close();
			rmSync(top, {recursive: true, force: true});
		},
	};
}
