/** Asks one index pattern. Fields of text are asked for by their keyword once that turned out to be needed. */
import type {ElasticsearchConfig} from '../../config.ts';
import {type JsonAnswer, type JsonSource, jsonSource} from '../polled/ask-json.ts';
import type {Window} from '../polled/bucket-book.ts';
import {SourceTrouble} from '../polled/source-trouble.ts';
import {asTrouble, errorOf, readTotals, readWindow, TextFieldTrouble, type WindowReading} from './read-answer.ts';
import {namesBody, totalsBody, windowBody} from './search-body.ts';

type Body = (config: ElasticsearchConfig, hostField: string, window: Window) => object;

export type Search = {
	readonly config: ElasticsearchConfig;
	readonly source: JsonSource;
	/** The field that holds the host, its keyword where that was needed. */
	hostField(): string;
	window(window: Window, abort: AbortSignal): Promise<WindowReading>;
	/** Documents that count, by hosts. */
	totals(window: Window, abort: AbortSignal): Promise<readonly {readonly name: string; readonly count: number}[]>;
	/** Documents of any kind, by hosts, with the answer itself. */
	names(window: Window, abort: AbortSignal): Promise<{readonly hosts: ReturnType<typeof readTotals>; readonly answer: JsonAnswer}>;
};

// An alias or a pattern that matches nothing must be an error: it would read as no errors otherwise.
const parameters = 'ignore_unavailable=false&allow_no_indices=false';

export function openSearch(config: ElasticsearchConfig, nowMs: () => number): Search {
	const source = jsonSource(config, {errorOf, nowMs});
	const path = `/${config.index.split(',').map(encodeURIComponent).join(',')}/_search?${parameters}`;
	let hostField = config.hostField;

	const askOnce = async <T>(body: Body, window: Window, abort: AbortSignal, read: (answer: JsonAnswer) => T): Promise<T> => {
		try {
			return read(await source.ask({path, method: 'POST', body: JSON.stringify(body(config, hostField, window)), abort}));
		} catch (error) {
			throw error instanceof SourceTrouble ? asTrouble(error) : error;
		}
	};
	const ask = async <T>(body: Body, window: Window, abort: AbortSignal, read: (answer: JsonAnswer) => T): Promise<T> => {
		try {
			return await askOnce(body, window, abort, read);
		} catch (error) {
			const isHosts = error instanceof TextFieldTrouble && error.message.includes(`[${hostField}]`);
			if (!isHosts || hostField !== config.hostField) throw error;
			hostField = `${config.hostField}.keyword`;
			return askOnce(body, window, abort, read);
		}
	};
	return {
		config,
		source,
		hostField: () => hostField,
		window: (window, abort) => ask(windowBody, window, abort, ({value}) => readWindow(value, config.index)),
		totals: (window, abort) => ask(totalsBody, window, abort, ({value}) => readTotals(value, config.index)),
		names: (window, abort) => ask(namesBody, window, abort, answer => ({hosts: readTotals(answer.value, config.index), answer})),
	};
}
