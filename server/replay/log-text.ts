/** Lines as a fleet writes them, in the format that the configuration says the log has. */
import type {LogFileConfig} from '../config.ts';

export type Line = {
	readonly atMs: number;
	readonly host: string;
	readonly level: string;
	readonly channel: string;
	readonly message: string;
	readonly request: string;
};

/** Which wiki and version a line names, where the format has them. */
export type LineOrigin = {readonly wiki: string; readonly version: string};

/** MediaWiki's line: `%datetime% [%reqId%] %host% %wiki% %mwversion% %channel% %level_name%: %message% %context%`. */
const mediawikiLine = ({atMs, host, level, channel, message, request}: Line, {wiki, version}: LineOrigin): string =>
	`${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')}Z [${request}] ${host} ${wiki} ${version} ${channel} ${level}: [${request}] ${message} {"exception_id":"${request}"}\n`;

/** One line of a log, with its line break. */
export function logLine(line: Line, log: LogFileConfig, origin: LineOrigin): string {
	if (log.format === 'mediawiki') return mediawikiLine(line, origin);
	const {fields} = log;
	return `${JSON.stringify({
		[fields.time]: new Date(line.atMs).toISOString(),
		[fields.host]: line.host,
		[fields.level]: line.level,
		[fields.channel]: line.channel,
		[fields.message]: line.message,
		[fields.request]: line.request,
	})}\n`;
}
