import {createReadStream, existsSync, statSync} from 'node:fs';
import {resolve} from 'node:path';
import {AppError} from '../app-error.ts';
import {readSal, type SalFormat} from '../integrations/sal/read-sal.ts';
import {type Command, configFor, type Io, need, parseCommand, printJson, withApi} from './command.ts';

const options = {format: {type: 'string'}} as const;
const formats: readonly SalFormat[] = ['channel', 'wiki', 'documents'];
const perRequest = 500;
const shownMax = 10;

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, options);
	const file = resolve(io.cwd, need(positionals[0], 'A file', 'signalbox import-sal sal.txt'));
	if (!existsSync(file)) throw new AppError('not-found', `There is no file ${file}.`);
	if (!statSync(file).isFile()) throw new AppError('invalid', `${file} is no file; name the log itself.`);
	const format = formats.find(known => known === values.format);
	if (values.format !== undefined && format === undefined)
		throw new AppError('invalid', `There is no format ${JSON.stringify(values.format)}; the formats are ${formats.join(', ')}.`);
	const announcedAs = new Map(
		[...configFor(values, io).services.values()].flatMap(service => service.announcedAs.map(name => [name, service.name] as const)),
	);
	const sal = await readSal(createReadStream(file), {announcedAs, ...(format === undefined ? {} : {format})});
	return withApi(values, io, async api => {
		let stored = 0;
		for (let index = 0; index < sal.events.length; index += perRequest) {
			stored += (await api.post<{stored: number}>('/events', {events: sal.events.slice(index, index + perRequest)})).stored;
		}
		const known = sal.events.length - stored;
		if (values.json) printJson(io, {format: sal.format, stored, known, refused: sal.refused});
		else {
			io.out(`${stored} events stored, ${known} known already, ${sal.refused.length} lines refused (${sal.format} format).\n`);
			for (const {line, reason, begins} of sal.refused.slice(0, shownMax)) io.err(`line ${line}: ${reason} ${JSON.stringify(begins)}\n`);
			if (sal.refused.length > shownMax) io.err(`and ${sal.refused.length - shownMax} more; --json lists all.\n`);
		}
		return 0;
	});
}

export const command: Command = {
	summary: 'read a Server Admin Log into the timeline',
	help: `Usage: signalbox import-sal FILE [--format channel|wiki|documents]

Reads channel lines, the wiki page or the search index's documents; the same line is stored once, whichever way it comes.

Example: signalbox import-sal sal-2026-06-02.txt`,
	run,
};
