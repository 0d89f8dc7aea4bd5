import type {OrderAnswer} from '../actions/explain-order.ts';
import {changesReader} from '../client/changes/read.ts';
import {readSettings} from '../client/config.ts';
import type {LandedAnswer} from '../client/contract.ts';
import {plain, verdictLines} from '../client/print.ts';
import {type Command, type Io, need, parseCommand, withApi} from './command.ts';

const options = {service: {type: 'string'}} as const;
const limitMs = 60_000;

function lines(answer: OrderAnswer): string[] {
	const {explained, subjects} = answer;
	const named = (id: string): string => `${id}${subjects[id] === undefined ? '' : `  ${subjects[id]}`}`;
	return [
		explained.works ? (explained.problems.length === 0 ? 'The order works.' : 'This order works:') : 'No order of these changes works.',
		...explained.complete.map(
			(id, index) => `  ${index + 1}. ${named(id)}${explained.missing.some(missing => missing.id === id) ? '   <- to be added' : ''}`,
		),
		...explained.missing.map(({pick}) => `  ${pick}`),
		...explained.rings.map(ring => `A ring: ${[...ring, ring[0]].join(' -> ')}`),
		...(explained.problems.length > 0 ? ['', 'Why:', ...verdictLines(answer.verdict, {colour: false}).map(line => `  ${line}`)] : []),
	].map(line => `${/^ */.exec(line)?.[0] ?? ''}${plain(line)}`);
}

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, options);
	const service = need(values.service, '--service', 'signalbox order --service mediawiki c0fd944 aaf6372');
	return withApi(values, io, async api => {
		const landed = await api.get<LandedAnswer>(`/services/${encodeURIComponent(service)}/landed`);
		const settings = await readSettings({config: values.config ?? null, url: api.url, service}, {env: io.env, cwd: io.cwd});
		const startedMs = performance.now();
		const limits = {remainingMs: () => limitMs - (performance.now() - startedMs)};
		const asked = {service, own: settings.changes, named: positionals, env: io.env, cwd: io.cwd, limits};
		const reader = changesReader({...asked, cacheDir: settings.spoolDir});
		const {targets, changes, atomic, perFile, known, landedChanges, holdings, beside, notes} = await reader.read(landed);
		const batch = {targets, changes, ...(atomic === undefined ? {} : {atomic}), ...(perFile === undefined ? {} : {perFile})};
		const answer = await api.post<OrderAnswer>('/orders', {service, batch, known, landedChanges, holdings, beside, notes});
		io.out(values.json ? `${JSON.stringify(answer.explained)}\n` : `${lines(answer).join('\n')}\n`);
		return answer.explained.works ? 0 : 1;
	});
}

export const command: Command = {
	summary: 'the order that works for these changes, what is missing where, and why',
	help: `Usage: signalbox order --service S [CHANGE...]

  CHANGE    a commit (7 digits or more), a Change-Id, repository@commit, or a pull request (owner/repository#12 or its
            address), in the order in which they would go out;
            without any, what is new in the checkouts

Exit 0 when an order works (also when it is not the one given), 1 when none does.

Example: signalbox order --service mediawiki c0fd944 aaf6372`,
	run,
};
