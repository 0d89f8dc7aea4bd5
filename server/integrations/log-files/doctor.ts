/** What `signalbox doctor` asks of each signal that is read from log files: could it see an error, were there one? */

import type {Clock} from '../../clock.ts';
import type {LogFileSignalConfig} from '../../config.ts';
import {type ArmHosts, looksAlike} from './host-names.ts';
import {type LogSignal, openLogSignal} from './log-signal.ts';
import {type LogDiagnosis, printable} from './log-stream.ts';

/** `text` is a finished sentence in ASCII; `remedy` is null where there is nothing to do. */
export type Check = {readonly ok: boolean | 'warn'; readonly text: string; readonly remedy: string | null};

export type ProvenSignal = {readonly signal: string; readonly source: string; readonly checks: readonly Check[]};

const dayMs = 86_400_000;
const warnRefusedShare = 0.01;
const failRefusedShare = 0.2;
/** Behind its lag allowance by more than this, a signal is late; behind by an hour it is dead. */
const lateMs = 60_000;
const deadMs = 3_600_000;
const namesShownMax = 5;

/** Paths and names of hosts may hold anything; what is printed is ASCII. */
const ascii = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');
const fine = (text: string): Check => ({ok: true, text: ascii(text), remedy: null});
const wrong = (ok: false | 'warn', text: string, remedy: string): Check => ({ok, text: ascii(text), remedy: ascii(remedy)});

/** Opens each signal, reads what its files hold of the last day, proves it and closes it again. For a service that does not run. */
export async function provePerSignal(
	signals: readonly {readonly config: LogFileSignalConfig; readonly hosts: ArmHosts}[],
	clock: Clock,
): Promise<readonly ProvenSignal[]> {
	const proven: ProvenSignal[] = [];
	for (const {config, hosts} of signals) {
		const opened = openLogSignal(config, hosts, {clock});
		await opened.ready;
		proven.push(proveSignal(opened, {config, hosts}, Date.parse(clock.now())));
		await opened.stop();
	}
	return proven;
}

/** The checks of one open signal, for a service that runs. */
export function proveSignal(
	opened: Pick<LogSignal, 'diagnose' | 'signal'>,
	{config, hosts}: {readonly config: LogFileSignalConfig; readonly hosts: ArmHosts},
	nowMs: number,
): ProvenSignal {
	const {log, exposure, source} = opened.diagnose();
	const {proof} = opened.signal(new Date(nowMs).toISOString());
	const checks = [readableCheck(log)];
	if ('readableSince' in log.file) {
		checks.push(linesCheck(log, config.log.zone), matchedCheck(proof.matchedOnBaseline, log, config), freshCheck(proof.lagMs, config, log));
		checks.push(...hostChecks(log, hosts, nowMs));
	}
	if (exposure) {
		checks.push(readableCheck(exposure));
		if ('readableSince' in exposure.file) {
			checks.push(linesCheck(exposure, config.exposure?.zone ?? null), ...hostChecks(exposure, hosts, nowMs));
		}
	}
	return {signal: config.name, source, checks};
}

function readableCheck({path, file, counts}: LogDiagnosis): Check {
	if ('readableSince' in file) return fine(`${path} can be read; ${counts.lines} lines of the last day were.`);
	return wrong(false, `${file.missing}.`, `Check the path, and that the user of Signalbox may read it: sudo -u USER head -1 '${path}'`);
}

function linesCheck({path, events, refused, counts}: LogDiagnosis, zone: string | null): Check {
	const refusedLines = refused.reduce((sum, {count}) => sum + count, 0);
	const lines = events + refusedLines;
	const most = refused[0];
	if (lines === 0) return wrong('warn', `${path} held no line of the last day.`, 'Write a line to it, or wait for one, and ask again.');
	if (most === undefined) {
		const cut = counts.cutLines > 0 ? ` ${counts.cutLines} were longer than 64 KiB, and the rest of them was not looked at.` : '';
		return fine(`All ${lines} lines of ${path} can be counted.${cut}`);
	}
	const share = refusedLines / lines;
	const text = `${refusedLines} of ${lines} lines of ${path} (${percent(share)}) cannot be counted. ${most.reason} First: ${most.example}`;
	const remedy = `Compare the line with \`format\`, \`fields\` and \`zone\` (now ${zone ?? 'none'}) of this log in the configuration.`;
	if (share < warnRefusedShare) return fine(text);
	return wrong(share >= failRefusedShare ? false : 'warn', text, remedy);
}

function matchedCheck(
	matched: {readonly count: number} | {readonly missing: string},
	{events, completeFrom}: LogDiagnosis,
	{counts, match}: LogFileSignalConfig,
): Check {
	if ('missing' in matched) return wrong(false, `${matched.missing}.`, 'Mend the file first.');
	if (matched.count > 0) return fine(`The query matched ${matched.count} ${counts} on the baseline within a day.`);
	const query = `levels ${match.levels.join(', ') || 'any'}; channels ${match.channels.join(', ') || 'any'}`;
	return wrong(
		false,
		`The query (${query}) matched nothing on the baseline within a day, among ${events} events since ${completeFrom ?? 'no time'}.`,
		'A query that never matches sees no harm either: compare `match` with the levels and channels the log writes.',
	);
}

function freshCheck(lag: number | {readonly missing: string}, {lagMs}: LogFileSignalConfig, {path}: LogDiagnosis): Check {
	if (typeof lag !== 'number') return wrong(false, `${lag.missing}.`, 'Compare `hosts` with the hosts that the log names.');
	const text = `The newest event in ${path} is ${seconds(lag)} old`;
	if (lag <= lagMs + lateMs) return fine(`${text}.`);
	return wrong(
		lag > deadMs ? false : 'warn',
		`${text}, with ${seconds(lagMs)} allowed.`,
		'Check that the log still arrives on this machine, that its zone is right, and that both clocks are.',
	);
}

/** A configured host that was heard within a day proves that the name is right; a canary that was not is watched by nobody. */
function hostChecks(log: LogDiagnosis, hosts: ArmHosts, nowMs: number): readonly Check[] {
	const heard = new Set(
		log.hosts.filter(({newestAt}) => newestAt !== null && Date.parse(newestAt) > nowMs - dayMs).map(({arm, host}) => `${arm} ${host}`),
	);
	const checks = [
		armCheck(
			'canary',
			hosts.canaries,
			hosts.canaries.filter(host => !heard.has(`canary ${host}`)),
			log,
		),
		armCheck(
			'baseline',
			hosts.baseline,
			hosts.baseline.filter(host => !heard.has(`baseline ${host}`)),
			log,
		),
	];
	for (const text of log.ambiguous) checks.push(wrong(false, text, 'Two machines of one name are counted as neither.'));
	return checks;
}

function armCheck(arm: string, hosts: readonly string[], silent: readonly string[], log: LogDiagnosis): Check {
	if (hosts.length === 0) return wrong(false, `No ${arm} host is configured.`, `Name them under \`hosts\` of the service.`);
	if (silent.length === 0) return fine(`All ${hosts.length} ${arm} hosts appeared in ${log.path} within a day.`);
	const since = log.completeFrom === null ? 'nothing was read' : `read from ${log.completeFrom}`;
	const none = silent.length === hosts.length;
	const text = none
		? `No ${arm} host appeared in ${log.path} within a day (${since}): ${list(silent)}.`
		: `${silent.length} of ${hosts.length} ${arm} hosts did not appear in ${log.path} within a day (${since}): ${list(silent)}.`;
	return wrong(none ? false : 'warn', text, lookAlikes(silent, log.otherHosts.names));
}

function lookAlikes(silent: readonly string[], others: readonly string[]): string {
	const alike = others.filter(other => silent.some(host => looksAlike(host, other)));
	if (alike.length > 0) return `The log has hosts that look alike: ${list(alike)}. Write the names under \`hosts\` as the log does.`;
	if (others.length > 0) return `The log has other hosts: ${list(others)}. Compare them with \`hosts\`.`;
	return 'Check that these hosts send their log to this machine, at every level.';
}

const list = (names: readonly string[]): string => {
	const shown = names.slice(0, namesShownMax).map(printable).join(', ');
	return names.length > namesShownMax ? `${shown} and ${names.length - namesShownMax} more` : shown;
};

const seconds = (ms: number): string => (ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`);

const percent = (share: number): string => (share < 0.001 ? 'under 0.1 %' : `${(share * 100).toFixed(1)} %`);
