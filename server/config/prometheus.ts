/** A question to Prometheus, as it is written in the configuration. */
import type {PrometheusConfig} from '../config.ts';
import {parseSelector} from '../integrations/prometheus/selector.ts';
import {httpSourceKeys, readHttpSource} from './http-source.ts';
import {choice, fields, neededText, type Place, text, textOrNull} from './place.ts';

const keys = [...httpSourceKeys, 'query', 'kind', 'host_label', 'exposure', 'up'] as const;

/** Complains of what is no plain selector: resets and starts are counted here, from raw samples. */
function checked(place: Place, selector: string): string {
	const parsed = selector === '' ? null : parseSelector(selector);
	if (parsed !== null && 'problem' in parsed) place.complain(place.path, `«${String(place.path.at(-1))}»: ${parsed.problem}`);
	return selector;
}

const checkedOrNull = (place: Place): string | null => {
	const selector = textOrNull(place);
	return selector === null ? null : checked(place, selector);
};

export function readPrometheus(place: Place, folder: string): PrometheusConfig {
	const at = fields(place, keys);
	const hostLabel = text(at('host_label'), 'instance');
	if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(hostLabel))
		place.complain(at('host_label').path, `«${hostLabel.slice(0, 60)}» is no name of a label; they take letters, digits and _`);
	return {
		...readHttpSource(at, folder, null),
		query: checked(at('query'), neededText(at('query'))),
		kind: choice(at('kind'), ['counter', 'gauge-count'], 'counter') ?? 'counter',
		hostLabel,
		exposure: checkedOrNull(at('exposure')),
		up: checkedOrNull(at('up')),
	};
}
