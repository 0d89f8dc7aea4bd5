import type {Proof} from '../actions/deps.ts';
import {calmText} from '../client/output.ts';
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

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values} = parseCommand(args, options);
	return withApi(values, io, async api => {
		const [all, outbox] = await Promise.all([api.get<Answer>('/signals'), api.get<Outbox>('/outbox')]);
		const signals = all.signals.filter(({service}) => values.service === undefined || service === values.service);
		const failed = signals.filter(({proofs}) => proofs.some(({ok}) => ok === false));
		if (values.json) printJson(io, {signals, notices: outbox.targets});
		else {
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
	summary: 'prove that each signal is alive, and say which notices did not arrive',
	help: `Usage: signalbox doctor [--service S]

Exit 0 when every signal is proven alive, 4 when one is not, or none is configured.

Example: signalbox doctor --service mediawiki`,
	run,
};
