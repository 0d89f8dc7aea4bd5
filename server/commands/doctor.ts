import type {Proof} from '../actions/deps.ts';
import {calmText} from '../client/output.ts';
import type {DatabaseSize} from '../stores/size.ts';
import {type Command, type Io, parseCommand, printJson, withApi} from './command.ts';

const options = {service: {type: 'string'}} as const;
type Outbox = {targets: {target: string; configured: boolean; waiting: number; failed: number; reason: string | null}[]};
type Answer = {signals: {service: string; signal: string; proofs: Proof[]}[]};

const mark = (ok: Proof['ok']): string => (ok === true ? 'ok  ' : ok === 'warn' ? 'warn' : 'FAIL');

/** How the targets of notices stand. What waits there leaves the gate as it is, so it changes no exit code. */
function sayNotices(io: Io, {targets}: Outbox): void {
	for (const {target, configured, waiting, failed, reason} of targets) {
		const standing = failed > 0 ? `${failed} failed, ${waiting} waiting` : waiting > 0 ? `${waiting} waiting` : 'everything was delivered';
		const isGood = failed === 0 && (waiting === 0 || reason === null) && configured;
		io.out(
			`notices / ${target}\n  ${mark(isGood || 'warn')}  ${standing}${configured ? '' : '; the configuration has no such target any more'}\n`,
		);
		if (!isGood && reason !== null) io.out(`        ${calmText(reason)}; see /notices\n`);
	}
}

const unitBytes: readonly (readonly [string, number])[] = [
	['GB', 1e9],
	['MB', 1e6],
	['kB', 1e3],
];

function sizeText(bytes: number): string {
	const [unit, size] = unitBytes.find(([, least]) => bytes >= least) ?? ['bytes', 1];
	return `${(bytes / size).toFixed(size === 1 ? 0 : 1)} ${unit}`;
}

const databaseText = ({name, bytes, events, eventsPerDay, readingsPerDay}: DatabaseSize): string =>
	`Database ${name}: ${sizeText(bytes)}, ${events} events. It grows by ${eventsPerDay} events and ${readingsPerDay} readings a day.\n`;

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values} = parseCommand(args, options);
	return withApi(values, io, async api => {
		const [all, outbox, database] = await Promise.all([
			api.get<Answer>('/signals'),
			api.get<Outbox>('/outbox'),
			api.get<DatabaseSize>('/database'),
		]);
		const signals = all.signals.filter(({service}) => values.service === undefined || service === values.service);
		const failed = signals.filter(({proofs}) => proofs.some(({ok}) => ok === false));
		if (values.json) printJson(io, {signals, notices: outbox.targets, database});
		else {
			io.out(databaseText(database));
			if (signals.length === 0)
				io.out(
					`No signal is configured${values.service === undefined ? '' : ` for ${values.service}`}: 0 errors would prove nothing. docs/configuration.md shows how one is written.\n`,
				);
			for (const {service, signal, proofs} of signals) {
				io.out(`${service} / ${signal}\n`);
				for (const {ok, text, remedy} of proofs)
					io.out(`  ${mark(ok)}  ${calmText(text)}\n${ok !== true && remedy !== null ? `        ${calmText(remedy)}\n` : ''}`);
			}
			sayNotices(io, outbox);
			io.out(
				failed.length === 0
					? `${signals.length === 1 ? 'The signal is' : `All ${signals.length} signals are`} proven alive.\n`
					: `Not proven alive: ${failed.length} of ${signals.length} ${signals.length === 1 ? 'signal' : 'signals'}. A deploy would be blind.\n`,
			);
		}
		return failed.length > 0 || signals.length === 0 ? 4 : 0;
	});
}

export const command: Command = {
	summary: 'prove that each signal is alive, say which notices did not arrive, and how the database grows',
	help: `Usage: signalbox doctor [--service S]

Shows the size of the database and what is added to it each day: events on average of a week, readings of the last 24 hours.
Exit 0 when every signal is proven alive, 4 when one is not, or none is configured.

Example: signalbox doctor --service mediawiki`,
	run,
};
