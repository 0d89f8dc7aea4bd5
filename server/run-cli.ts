/** Finds the command, runs it, and turns its answer into an exit code. */
import {nearest} from '../gate/nearest.ts';
import {AppError} from './app-error.ts';
import type {Command, Io} from './commands/command.ts';

export const commands: Readonly<Record<string, () => Promise<{command: Command}>>> = {
	serve: () => import('./commands/serve.ts'),
	check: () => import('./commands/check.ts'),
	allow: () => import('./commands/allow.ts'),
	finish: () => import('./commands/finish.ts'),
	rollback: () => import('./commands/rollback.ts'),
	resolve: () => import('./commands/resolve.ts'),
	record: () => import('./commands/record.ts'),
	order: () => import('./commands/order.ts'),
	landed: () => import('./commands/landed.ts'),
	prerequisite: () => import('./commands/prerequisite.ts'),
	try: () => import('./commands/try-facts.ts'),
	replay: () => import('./commands/replay.ts'),
	report: () => import('./commands/report.ts'),
	watch: () => import('./commands/watch.ts'),
	doctor: () => import('./commands/doctor.ts'),
	verify: () => import('./commands/verify.ts'),
	redact: () => import('./commands/redact.ts'),
	flush: () => import('./commands/flush.ts'),
	'import-sal': () => import('./commands/import-sal.ts'),
	user: () => import('./commands/user.ts'),
	token: () => import('./commands/token.ts'),
	backup: () => import('./commands/backup.ts'),
	restore: () => import('./commands/restore.ts'),
};

/** Of a command that could not do its work; what it found out it says with an exit code of its own. */
const exitOf = {usage: 2, unavailable: 4};

async function overview(): Promise<string> {
	const lines = await Promise.all(
		Object.entries(commands).map(async ([name, load]) => `  ${name.padEnd(13)}${(await load()).command.summary}`),
	);
	return `signalbox: a deploy gate that writes the incident report\n\n${lines.join('\n')}\n\nsignalbox COMMAND --help says how each is used. Exit codes: 0 go, 1 hold, 2 wrong usage, 3 roll back, 4 blind.\n`;
}

export async function runCli(argv: readonly string[], io: Io): Promise<number> {
	const [name, ...args] = argv;
	if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
		io.out(await overview());
		return name === undefined ? exitOf.usage : 0;
	}
	const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
	if (!load) {
		const near = nearest(name, Object.keys(commands));
		io.err(
			`signalbox: there is no command ${JSON.stringify(name)}.${near === null ? '' : ` Did you mean ${near}?`} \`signalbox help\` lists them.\n`,
		);
		return exitOf.usage;
	}
	try {
		const {command} = await load();
		if (args.includes('--help') || args.includes('-h')) {
			io.out(`${command.summary}\n\n${command.help}\n`);
			return 0;
		}
		return await command.run(args, io);
	} catch (error) {
		return explain(name, error, io);
	}
}

function explain(name: string, error: unknown, io: Io): number {
	if (!(error instanceof AppError)) {
		io.err(
			`signalbox ${name}: this is a fault of Signalbox itself, please report it:\n${error instanceof Error ? error.stack : String(error)}\n`,
		);
		return exitOf.unavailable;
	}
	io.err(`signalbox ${name}: ${error.message}\n`);
	for (const problem of error.problems.filter(text => !error.message.includes(text))) io.err(`  ${problem}\n`);
	return error.code === 'unavailable' ? exitOf.unavailable : exitOf.usage;
}
