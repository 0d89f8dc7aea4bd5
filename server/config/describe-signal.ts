/** What may be said of a configured signal without opening it. */
import type {Signal} from '../../gate/facts.ts';
import type {LogFileSignalConfig, SignalConfig} from '../config.ts';

/** Where it is read, in one word and its place: `file:/srv/mw-log/error.log`. */
export function sourceOf(signal: SignalConfig): string {
	if (signal.source === 'log-file') return `file:${signal.log.path}`;
	if (signal.source === 'elasticsearch') return `elasticsearch:${signal.elasticsearch.url}/${signal.elasticsearch.index}`;
	return `prometheus:${signal.prometheus.url} ${signal.prometheus.query}`;
}

export function exposureUnitOf(signal: SignalConfig): Signal['exposureUnit'] {
	const exposure = signal.source === 'prometheus' ? signal.prometheus.exposure : signal.exposure;
	return exposure === null ? 'host-seconds' : 'requests';
}

/** Those that are read from log files: the only ones that a story can write. */
export const logFileSignals = (signals: readonly SignalConfig[]): LogFileSignalConfig[] =>
	signals.filter(signal => signal.source === 'log-file');
