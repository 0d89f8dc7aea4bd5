import {AppError} from '../app-error.ts';
import {type Command, type Io, need, parseCommand, withApi} from './command.ts';

const options = {format: {type: 'string', default: 'md'}} as const;
const formats = ['md', 'wikitext', 'html', 'json'];

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, options);
	const id = need(positionals[0], 'An incident', 'signalbox report INC-2026-0001');
	const format = values.json ? 'json' : values.format;
	if (!formats.includes(format))
		throw new AppError('invalid', `There is no format ${JSON.stringify(format)}; the formats are ${formats.join(', ')}.`);
	return withApi(values, io, async api => {
		io.out(await api.text(`/api/v1/incidents/${encodeURIComponent(id)}/report?format=${format}`), 'document');
		return 0;
	});
}

export const command: Command = {
	summary: 'print the draft of an incident report',
	help: `Usage: signalbox report INCIDENT [--format md|wikitext|html|json]

Same state, same bytes. The HTML is one file that needs nothing else; print it, or save it as PDF, from a browser.

Examples: signalbox report INC-2026-0001 --format md > report.md
          signalbox report INC-2026-0001 --format html > report.html`,
	run,
};
