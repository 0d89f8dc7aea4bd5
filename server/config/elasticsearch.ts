/** A question to Elasticsearch or OpenSearch, as it is written in the configuration. */
import type {ElasticsearchConfig} from '../config.ts';
import {httpSourceKeys, readHttpSource} from './http-source.ts';
import {fields, neededText, type Place, text, textOrNull} from './place.ts';

const keys = [...httpSourceKeys, 'index', 'query', 'alive', 'time_field', 'host_field', 'request_field'] as const;

/** Letters that no name of an index may hold (Elasticsearch, "Create index API"), but for those that make a pattern of it. */
const indexPattern = /^[^\\/?"<>|\s#]+$/;

function readIndex(place: Place, usual: string): string {
	const written = text(place, usual);
	if (indexPattern.test(written)) return written;
	place.complain(
		place.path,
		`«${written.slice(0, 60)}» cannot name an index; write names or patterns such as logstash-*, separated by commas`,
	);
	return usual;
}

/** What an exposure does not say is as in `main`, the question that it belongs to; only its query is its own. */
export function readElasticsearch(place: Place, folder: string, main: ElasticsearchConfig | null): ElasticsearchConfig {
	const at = fields(place, keys);
	return {
		...readHttpSource(at, folder, main),
		index: readIndex(at('index'), main?.index ?? 'logstash-*'),
		query: neededText(at('query')),
		alive: textOrNull(at('alive')),
		timeField: text(at('time_field'), main?.timeField ?? '@timestamp'),
		hostField: text(at('host_field'), main?.hostField ?? 'host'),
		requestField: textOrNull(at('request_field')),
	};
}
