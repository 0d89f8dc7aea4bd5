import {orderExit} from '../../reports/order-answer.ts';
import type {OrderAnswer} from '../actions/explain-order.ts';
import {changesReader} from '../client/changes/read.ts';
import {readSettings} from '../client/config.ts';
import type {LandedAnswer} from '../client/contract.ts';
import {orderLines} from '../order-lines.ts';
import {type Command, type Io, need, parseCommand, printJson, withApi} from './command.ts';

const options = {service: {type: 'string'}, group: {type: 'string', multiple: true}} as const;
const limitMs = 60_000;

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, options);
	const service = need(values.service, '--service', 'signalbox order --service mediawiki c0fd944 aaf6372');
	const groups = values.group ?? [];
	return withApi(values, io, async api => {
		const landed = await api.get<LandedAnswer>(`/services/${encodeURIComponent(service)}/landed`);
		const settings = await readSettings({config: values.config ?? null, url: api.url, service}, {env: io.env, cwd: io.cwd});
		const startedMs = performance.now();
		const limits = {remainingMs: () => limitMs - (performance.now() - startedMs)};
		const asked = {service, own: settings.changes, named: positionals, env: io.env, cwd: io.cwd, limits};
		const reader = changesReader({...asked, cacheDir: settings.spoolDir});
		const {targets, changes, atomic, perFile, known, landedChanges, holdings, beside, notes} = await reader.read(landed);
		const batch = {targets, changes, ...(atomic === undefined ? {} : {atomic}), ...(perFile === undefined ? {} : {perFile})};
		const question = {service, ...(groups.length === 0 ? {} : {groups}), batch, known, landedChanges, holdings, beside, notes};
		const answer = await api.post<OrderAnswer>('/orders', question);
		const {lines, answered} = orderLines(answer, {service, groups, colour: io.isTerminal && !io.env['NO_COLOR']});
		if (values.json) printJson(io, {...answer.explained, answer: answered.word, verdict: answer.verdict});
		else io.out(`${lines.join('\n')}\n`);
		return orderExit[answered.word];
	});
}

export const command: Command = {
	summary: 'the order that works for these changes, what is missing where, and why',
	help: `Usage: signalbox order --service S [--group G]... [--json] [CHANGE...]

  CHANGE      a commit (7 digits or more), a Change-Id, repository@commit, or a pull request (owner/repository#12 or its
              address), in the order in which they would go out;
              without any, what is new in the checkouts
  --group G   judge this group of the service alone; may be given several times
  --json      the plan, its changes, links and problems, and the verdict, as one object

Nothing is recorded. The first line is the answer; then the order with what is to be added, and each problem with where
its changes are live and where not, and what mends it.

Exit 0 when an order works: the one given, or the one printed. 1 when none does. 4 when it cannot be told. 2 wrong usage.

Example: signalbox order --service mediawiki --group group2 c0fd944 aaf6372`,
	run,
};
