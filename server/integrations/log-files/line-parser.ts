import type {LogFileConfig} from '../../config.ts';
import {jsonLineParser} from './json-line.ts';
import type {LineParser} from './log-line.ts';
import {mediawikiLineParser} from './mediawiki-line.ts';

/** The parser of a log, by its configured format. Throws an AppError where its zone is none. */
export const lineParser = (config: LogFileConfig): LineParser =>
	config.format === 'mediawiki' ? mediawikiLineParser(config.zone) : jsonLineParser(config);
