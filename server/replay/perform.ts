/** Plays a whole story: puts the stage up, plays the steps, keeps the drafts, says how it went, and leaves nothing running. */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createChildren} from './children.ts';
import type {Judged} from './expectations.ts';
import type {Fleet} from './fleet.ts';
import {newestIncident, play} from './play.ts';
import {environment, type Stage, setStage} from './stage.ts';
import type {Story} from './story.ts';
import {createTelling, type Telling} from './telling.ts';

/** As a shell counts a command that Ctrl-C ended. */
const interruptedExit = 130;

export type Playbill = {
	readonly story: Story;
	/** An empty folder, which becomes the story's. */
	readonly folder: string;
	readonly speed: number;
	/** The service stays up at the end, until it is told to end. */
	readonly stays: boolean;
	readonly json: boolean;
	/** The folder stays, so its drafts can be pointed at. */
	readonly keeps: boolean;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly isTerminal: boolean;
	readonly out: (text: string) => void;
};

/** Aborted when the process is told to end. */
function interruption(): {readonly signal: AbortSignal; forget(): void} {
	const abort = new AbortController();
	const stop = (): void => abort.abort();
	const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
	for (const name of names) process.on(name, stop);
	const forget = (): void => {
		for (const name of names) process.off(name, stop);
	};
	return {signal: abort.signal, forget};
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
	new Promise(settle => {
		if (signal.aborted) settle();
		else signal.addEventListener('abort', () => settle(), {once: true});
	});

/** The drafts of the story's newest incident, written where a person finds them. */
async function keepReports(stage: Stage, incident: string | null): Promise<string[]> {
	if (incident === null) return [];
	const formats = ['md', 'json'] as const;
	return Promise.all(
		formats.map(async format => {
			const file = join(stage.folder, `${incident}.${format}`);
			writeFileSync(file, await stage.api.report(incident, format));
			return file;
		}),
	);
}

function tellSummary(telling: Telling, story: Story, all: readonly Judged[], drafts: readonly string[]): void {
	const missed = all.filter(({met}) => !met);
	telling.plain(`\n${all.length - missed.length} of ${all.length} expectations met\n`);
	for (const {line, what, got} of missed) telling.plain(`  ${story.file} line ${line}: expected: ${what}; got: ${got}\n`);
	if (drafts.length > 0) telling.plain(`The draft: ${drafts.join(', ')}\n`);
}

/** The exit code: 0, 1 where an expectation was not met, 130 where it was interrupted. Throws AppError where the stage breaks down. */
export async function perform({story, folder, speed, stays, keeps, json, env, isTerminal, out}: Playbill): Promise<number> {
	const {signal, forget} = interruption();
	const children = createChildren(folder, environment(folder, env));
	// What runs ends at once; whoever waits for it sees that, and starts nothing more.
	const ending = untilAborted(signal).then(() => children.end());
	let now: (() => number) | null = null;
	let fleet: Fleet | null = null;
	const telling = createTelling({out, isTerminal, quiet: json, nowMs: () => now?.() ?? null});
	try {
		telling.plain(`${story.title}\nIn ${folder}, ${speed} times as fast as it was.\n\n`);
		const stage = await setStage(story, {folder, speed, children});
		now = stage.nowMs;
		fleet = stage.fleet;
		const all = await play(stage, story.steps, speed, telling, signal);
		const incident = await newestIncident(stage);
		const drafts = keeps ? await keepReports(stage, incident) : [];
		tellSummary(telling, story, all, drafts);
		if (!keeps) telling.plain('Nothing was kept; --dir DIR keeps the logs, the database and the draft.\n');
		const page = incident === null ? stage.url : `${stage.url}/incidents/${incident}`;
		if (json) out(`${JSON.stringify({story: story.name, dir: folder, url: page, incident, drafts, expectations: all})}\n`);
		if (stays) {
			telling.plain(`The ${incident === null ? 'start' : 'incident'} page: ${page} (Ctrl-C ends it)\n`);
			await untilAborted(signal);
		}
		return all.every(({met}) => met) ? 0 : 1;
	} catch (error) {
		if (signal.aborted) return interruptedExit;
		throw error;
	} finally {
		forget();
		await (signal.aborted ? ending : children.end());
		fleet?.stop();
	}
}
