/** `npm run bench [-- --quick] [-- NAME…]`: prints the table of docs/benchmarks.md. Exit 1 only where a benchmark cannot be run. */
import {closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync} from 'node:fs';
import {cpus, tmpdir} from 'node:os';
import path from 'node:path';
import {benchCheck} from './check.ts';
import {benchEvaluate} from './evaluate.ts';
import {benchEvents} from './events.ts';
import {benchLogLines} from './log-lines.ts';
import {benchLook} from './look.ts';
import {median, msSince} from './measure.ts';
import {benchOrder} from './order.ts';
import {benchOrderCommand} from './order-command.ts';
import {benchPages} from './pages.ts';
import {heading, type Line, lineText} from './table.ts';

const benchmarks: Readonly<Record<string, (folder: string, quick: boolean) => Promise<Line[]>>> = {
	check: benchCheck,
	events: benchEvents,
	evaluate: benchEvaluate,
	order: benchOrder,
	'order-command': benchOrderCommand,
	look: benchLook,
	'log-lines': benchLogLines,
	pages: benchPages,
};

/** What one write that must be on disk costs here: figures of two machines differ by this more than by anything else. */
function syncMs(folder: string): number {
	const file = openSync(path.join(folder, 'sync'), 'w');
	try {
		const block = Buffer.alloc(4096, 1);
		const times = Array.from({length: 50}, () => {
			const start = process.hrtime.bigint();
			writeSync(file, block);
			fsyncSync(file);
			return msSince(start);
		});
		return median(times);
	} finally {
		closeSync(file);
	}
}

async function run(args: readonly string[]): Promise<number> {
	const quick = args.includes('--quick');
	const wanted = args.filter(arg => arg !== '--quick');
	const wrong = wanted.find(name => !Object.hasOwn(benchmarks, name));
	if (wrong !== undefined) {
		console.error(`There is no benchmark ${JSON.stringify(wrong)}; there are ${Object.keys(benchmarks).join(', ')}, and --quick.`);
		return 2;
	}
	const started = process.hrtime.bigint();
	const folder = mkdtempSync(path.join(tmpdir(), 'signalbox-bench-'));
	process.once('exit', () => rmSync(folder, {recursive: true, force: true}));
	const processors = cpus();
	console.log(
		`${processors.length} cores of ${processors[0]?.model.trim() ?? 'an unknown model'}, node ${process.version}, ${process.platform}`,
	);
	console.log(`a synced write of 4 KiB takes ${syncMs(folder).toFixed(3)} ms in ${tmpdir()}${quick ? '; a quick run: few pairs' : ''}\n`);
	console.log(heading);
	let failed = 0;
	for (const [name, bench] of Object.entries(benchmarks)) {
		if (wanted.length > 0 && !wanted.includes(name)) continue;
		const own = path.join(folder, name);
		mkdirSync(own);
		try {
			for (const line of await bench(own, quick)) console.log(lineText(line));
		} catch (error) {
			failed++;
			console.log(`${name} could not be run: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
		}
		rmSync(own, {recursive: true, force: true});
	}
	console.log(`\n${(msSince(started) / 1000).toFixed(0)} s`);
	return failed === 0 ? 0 : 1;
}

process.exitCode = await run(process.argv.slice(2));
