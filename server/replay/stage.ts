/** A story with its scenery up: repositories, hosts, logs and the real service, and the time by which they all go. */
import {appendFileSync} from 'node:fs';
import {join} from 'node:path';
import {performance} from 'node:perf_hooks';
import type {Children} from './children.ts';
import {writeToolOrder} from './deploy-tool.ts';
import {createFleet, type Fleet} from './fleet.ts';
import {gitEnv, makeHistory, type StoryGit} from './history.ts';
import {bringCode} from './host-code.ts';
import {hostConfig, layOut, serviceConfig, shipped, staging, tellHosts} from './place-set.ts';
import {type ServiceApi, serviceApi} from './service-api.ts';
import type {Story} from './story.ts';

export type Stage = {
	readonly story: Story;
	readonly folder: string;
	readonly url: string;
	readonly api: ServiceApi;
	readonly git: StoryGit;
	readonly fleet: Fleet;
	readonly children: Children;
	readonly announcements: {readonly host: string; readonly port: number};
	/** The story's time, as the service's clock has it. */
	nowMs(): number;
	/** Gives hosts what is checked out of these repositories. */
	deploy(hosts: readonly string[], repositories: readonly string[]): Promise<void>;
};

const startLimitMs = 60_000;

/** What the story's processes see: the environment of whoever runs it, without what would lead them to another service. */
export function environment(folder: string, env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
	const {SIGNALBOX_DATA: _data, PORT: _port, NODE_OPTIONS: _options, ...rest} = env;
	return {
		...rest,
		...gitEnv,
		USER: 'deployer',
		SUDO_USER: undefined,
		SIGNALBOX_CONFIG: hostConfig(folder),
		PATH: `${join(folder, 'bin')}:${env['PATH'] ?? ''}`,
		NO_COLOR: '1',
	};
}

async function within<T>(limitMs: number, what: string, promise: Promise<T>): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_resolve, reject) => {
		timer = setTimeout(() => reject(new Error(`${what} took longer than ${limitMs / 1000} s`)), limitMs);
	});
	try {
		return await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
	}
}

/** The service's clock began when it started; an event that it takes tells what time it has. */
async function readClock(story: Story, api: ServiceApi, speed: number): Promise<() => number> {
	const key = `replay ${story.name}`;
	const beforeMs = performance.now();
	await api.record({text: `The story begins: ${story.title}`, service: story.service.name, at: story.start, key});
	const afterMs = performance.now();
	const event = (await api.events(story.service.name)).find(({idempotencyKey}) => idempotencyKey === key);
	if (!event) throw new Error('the service took an event and does not show it');
	const atMs = Date.parse(event.recordedAt);
	return () => atMs + (performance.now() - (beforeMs + afterMs) / 2) * speed;
}

export type SetUp = {
	readonly folder: string;
	readonly speed: number;
	readonly children: Children;
};

/** Puts everything up. The service runs as a process of its own, from the shipped files. */
export async function setStage(story: Story, {folder, speed, children}: SetUp): Promise<Stage> {
	layOut(story, folder);
	const git = await makeHistory(story, staging(folder), children);
	const deploy = async (hosts: readonly string[], repositories: readonly string[]): Promise<void> => {
		const sources = await Promise.all(
			repositories.map(async repository => ({repository, path: git.pathOf(repository), files: await git.files(repository)})),
		);
		await bringCode(folder, hosts, sources);
	};
	const {canaries, baseline} = story.service.hosts;
	await deploy(
		[...canaries, ...baseline],
		story.repositories.map(({name}) => name),
	);
	const fleet = createFleet(story, folder);
	fleet.writeUntil(Date.parse(story.start));
	const serve = ['serve', '--config', serviceConfig(folder), '--clock', story.start, '--speed', String(speed), '--port', '0'];
	const service = children.start(process.execPath, [shipped.cli, ...serve], text => appendFileSync(join(folder, 'service.log'), text));
	const [, url = ''] = await within(startLimitMs, 'starting the service', service.says(/Signalbox is at (http:\S+)/));
	const [, port = '0'] = await within(startLimitMs, 'starting the service', service.says(/announcements are taken at [^\s]+:(\d+)/));
	const announcements = {host: '127.0.0.1', port: Number(port)};
	tellHosts(folder, url);
	const api = serviceApi(url);
	const nowMs = await readClock(story, api, speed);
	fleet.start(nowMs);
	if (story.tool !== null) {
		const checkouts = story.repositories.map(({name}) => ({repository: name, path: git.pathOf(name)}));
		writeToolOrder(folder, {hosts: story.tool.hosts, checkouts, announces: story.tool.announces, address: announcements});
	}
	return {story, folder, url, api, git, fleet, children, announcements, nowMs, deploy};
}
