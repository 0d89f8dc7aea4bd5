/** `signalbox replay`: plays a recorded story through the shipped check and the real service. */
import {existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {nearest} from '../../gate/nearest.ts';
import {AppError} from '../app-error.ts';
import {readTextFile} from '../config/load.ts';
import {perform} from '../replay/perform.ts';
import {shipped} from '../replay/place-set.ts';
import {readStory} from '../replay/read-story.ts';
import type {Story} from '../replay/story.ts';
import {type Command, type Io, parseCommand} from './command.ts';

const options = {dir: {type: 'string'}, speed: {type: 'string'}, keep: {type: 'boolean'}} as const;
const storyFolder = (): string => dirname(fileURLToPath(import.meta.resolve('#stories/README.md')));

/** The stories that come with the package. */
const storyNames = (): string[] =>
	readdirSync(storyFolder())
		.filter(name => name.endsWith('.yaml'))
		.map(name => basename(name, '.yaml'))
		.sort();

/** A file where the word names one that is there, else a story of the package. */
function findStory(word: string, cwd: string): string {
	const file = resolve(cwd, word);
	if (statSync(file, {throwIfNoEntry: false})?.isFile()) return file;
	const names = storyNames();
	if (names.includes(word)) return join(storyFolder(), `${word}.yaml`);
	const near = nearest(word, names);
	throw new AppError(
		'not-found',
		`There is no file and no story ${JSON.stringify(word)}.${near === null ? '' : ` Did you mean ${near}?`} The stories are ${names.join(', ')}.`,
	);
}

function speedOf(said: string | undefined, story: Story): number {
	if (said === undefined) return story.speed;
	const speed = Number(said);
	if (speed >= 0.1 && speed <= 100) return speed;
	throw new AppError('invalid', `--speed ${JSON.stringify(said)} is no number from 0.1 to 100.`);
}

/** The folder to play in: a new one, unless a person named one, which must be empty. */
function folderFor(said: string | undefined, cwd: string): string {
	if (said === undefined) return mkdtempSync(join(tmpdir(), 'signalbox-replay-'));
	const folder = resolve(cwd, said);
	mkdirSync(folder, {recursive: true});
	if (readdirSync(folder).length > 0)
		throw new AppError('conflict', `--dir ${folder} is not empty: a story is played in a folder of its own. Name a new one, or empty it.`);
	return folder;
}

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, options);
	const [word, ...more] = positionals;
	if (word === undefined || more.length > 0)
		throw new AppError('invalid', `One story is needed, by its name or its file; the names are ${storyNames().join(', ')}.`);
	if (!existsSync(shipped.check))
		throw new AppError('unavailable', `${shipped.check} is not there: build it first with \`npm run build\`.`);
	const file = findStory(word, io.cwd);
	const isNamed = values.dir !== undefined;
	const folder = folderFor(values.dir, io.cwd);
	let keeps = isNamed || values.keep === true || io.isTerminal;
	try {
		const story = readStory(readTextFile(file, basename(file)), basename(file), folder);
		const stays = values.keep === true || (io.isTerminal && !values.json);
		const {env, isTerminal, out} = io;
		return await perform({
			story,
			folder,
			speed: speedOf(values.speed, story),
			stays,
			keeps,
			json: values.json === true,
			env,
			isTerminal,
			out,
		});
	} catch (error) {
		keeps = isNamed;
		throw error;
	} finally {
		if (!keeps) rmSync(folder, {recursive: true, force: true});
	}
}

export const command: Command = {
	summary: 'play a recorded story through the shipped check: a demo and a regression test',
	help: `Usage: signalbox replay NAME|FILE [--dir DIR] [--speed N] [--keep] [--json]

Real git repositories, real log files, a real service over HTTP with a database of its own; the hosts throw by rule from the code on them.
Ends with 1 where something was not as the story expects.

  --dir DIR    play in this folder, which must be empty, and keep it; otherwise a temporary one
  --speed N    so many times as fast as it was (0.1 to 100; the story says its own)
  --keep       keep the folder and the service up at the end, until Ctrl-C; so it is on a terminal

Stories: ${storyNames().join(', ')}

Example: signalbox replay ${storyNames()[0] ?? 'story.yaml'}`,
	run,
};
