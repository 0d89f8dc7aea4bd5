import {existsSync} from 'node:fs';
import {resolve} from 'node:path';
import {AppError} from '../app-error.ts';
import {systemClock} from '../clock.ts';
import {openDatabase} from '../stores/database.ts';
import {verifyChain} from '../stores/timeline.ts';
import {type Command, configFor, type Io, need, parseCommand} from './command.ts';

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, {});
	const file = resolve(io.cwd, need(positionals[0], 'A file', 'signalbox backup /var/backups/signalbox.sqlite'));
	if (existsSync(file)) throw new AppError('conflict', `${file} is there already; a backup overwrites nothing. Name another file.`);
	const config = configFor(values, io);
	const database = await openDatabase(config.dataDir, systemClock);
	try {
		const report = await verifyChain(database.read);
		if (!report.intact)
			throw new AppError(
				'conflict',
				`The chain is broken at event ${report.seq} (${report.problem}); this is not worth keeping as a good backup. Look at it with \`signalbox verify\`.`,
			);
		await database.copyTo(file);
		io.out(
			values.json
				? `${JSON.stringify({file, events: report.events, head: report.head})}\n`
				: `${file} holds ${report.events} events, head ${report.head}\n`,
		);
		return 0;
	} finally {
		await database.close();
	}
}

export const command: Command = {
	summary: 'copy the database, while the service runs',
	help: `Usage: signalbox backup FILE [--config FILE]

Verifies the chain, then writes one consistent copy. Run it where the database is.

Example: SIGNALBOX_DATA=./data signalbox backup /var/backups/signalbox-2015-10-26.sqlite`,
	run,
};
