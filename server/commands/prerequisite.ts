import {randomUUID} from 'node:crypto';
import {AppError} from '../app-error.ts';
import {plain} from '../client/print.ts';
import {type Command, type Io, need, parseCommand, personOf, printJson, withApi} from './command.ts';

const options = {service: {type: 'string'}, group: {type: 'string'}, reason: {type: 'string'}} as const;
const example = "signalbox prerequisite met events-table --service mediawiki --reason 'filled by maintain-views, 1.2 million rows'";

type State = {
	readonly name: string;
	readonly text: string;
	readonly group: string | null;
	readonly met: boolean | null;
	readonly missing: string | null;
	readonly by: string | null;
	readonly reason: string | null;
	readonly at: string | null;
};

function line({name, text, group, met, missing, by, reason, at}: State): string[] {
	const word = met === null ? 'NOT KNOWN' : met ? 'MET' : 'NOT MET';
	const who =
		by === null
			? 'nobody has ticked it yet'
			: `${by}, ${(at ?? '').slice(0, 16).replace('T', ' ')}Z${reason === null ? '' : `: ${reason}`}`;
	const why = missing === null ? [] : [`  ${missing}`];
	return [`${word}: ${name}${group === null ? '' : ` on ${group}`}: ${text}`, `  ${who}`, ...why];
}

function summaryOf(shown: readonly State[], service: string): string {
	const count = (met: boolean | null): number => shown.filter(one => one.met === met).length;
	const words = [
		[count(false), 'not met'],
		[count(null), 'not known'],
		[count(true), 'met'],
	] as const;
	const parts = words.filter(([many]) => many > 0).map(([many, word]) => `${many} ${word}`);
	return `${shown.length} ${shown.length === 1 ? 'prerequisite' : 'prerequisites'} of ${service}: ${parts.join(', ')}.`;
}

async function list(
	service: string,
	io: Io,
	values: {json?: boolean | undefined; group?: string | undefined; url?: string | undefined; config?: string | undefined},
): Promise<number> {
	return withApi(values, io, async api => {
		const answer = await api.get<{service: string; prerequisites: State[]}>(`/services/${encodeURIComponent(service)}/prerequisites`);
		const shown = answer.prerequisites.filter(({group}) => values.group === undefined || group === null || group === values.group);
		if (values.json) printJson(io, {...answer, prerequisites: shown});
		else if (shown.length === 0)
			io.out(`${service} has no prerequisites${values.group === undefined ? '' : ` on ${values.group}`}; the configuration names them.\n`);
		else
			io.out(
				`${[summaryOf(shown, service), ...shown.flatMap(line)].map(text => `${/^ */.exec(text)?.[0] ?? ''}${plain(text)}`).join('\n')}\n`,
			);
		return 0;
	});
}

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, options);
	const [what, name, ...others] = positionals;
	const service = need(values.service, '--service', example);
	if (what === 'list') return list(service, io, values);
	if (what !== 'met' && what !== 'unmet')
		throw new AppError('invalid', `Say what to do: met NAME, unmet NAME or list, such as \`${example}\`.`);
	if (others.length > 0) throw new AppError('invalid', 'One prerequisite at a time.');
	const wanted = need(name, 'The name of a prerequisite', example);
	const reason = need(values.reason, '--reason', example);
	return withApi(values, io, async api => {
		const body = {
			name: wanted,
			group: values.group ?? null,
			met: what === 'met',
			reason,
			actor: personOf(io.env),
			idempotencyKey: randomUUID(),
		};
		const ticked = await api.post<{met: boolean; at: string}>(`/services/${encodeURIComponent(service)}/prerequisites`, body);
		if (values.json) printJson(io, ticked);
		else
			io.out(
				`${plain(wanted)} of ${plain(service)} is ${ticked.met ? 'met' : 'not met'}${values.group === undefined ? '' : ` on ${plain(values.group)}`} since ${ticked.at.slice(0, 19)}Z. Recorded with its reason.\n`,
			);
		return 0;
	});
}

export const command: Command = {
	summary: 'say that a thing outside git is there (a filled table, a network policy), or list them',
	help: `Usage: signalbox prerequisite met NAME --service S [--group G] --reason TEXT
       signalbox prerequisite unmet NAME --service S [--group G] --reason TEXT
       signalbox prerequisite list --service S [--group G]

The configuration names them, as "prerequisites" of a service. Always recorded, with who and why. What a probe watches is
not ticked. Without --group a tick is of all groups.

Example: ${example}`,
	run,
};
