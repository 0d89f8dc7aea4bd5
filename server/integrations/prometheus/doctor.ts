/** What a doctor asks of Prometheus: is it reached, is the metric there, which hosts does it have, how often are they scraped? */
import type {Proof} from '../../actions/deps.ts';
import type {PrometheusConfig} from '../../config.ts';
import type {ArmHosts} from '../log-files/host-names.ts';
import {clockProof, fine, hostProofs, list, wrong} from '../polled/checks.ts';
import {SourceTrouble} from '../polled/source-trouble.ts';
import {hostOf} from './hosts.ts';
import type {Queries} from './queries.ts';
import {type Selector, writeSelector} from './selector.ts';

export type Examined = {
	readonly config: PrometheusConfig;
	readonly query: Selector;
	readonly exposure: Selector | null;
	readonly queries: Queries;
	readonly hosts: ArmHosts;
	/** Between two scrapes, as they came; null while nothing was read. */
	readonly intervalMs: () => number | null;
	readonly nowMs: () => number;
};

/** A metric that no series had for this long does not exist. */
const lookBack = '1h';
const slowMs = 30_000;

export async function provePrometheus(examined: Examined, atMs: number, abort: AbortSignal): Promise<readonly Proof[]> {
	const {queries, config, query, exposure, nowMs} = examined;
	try {
		const beganMs = nowMs();
		const {dateMs} = await queries.probe(atMs, abort);
		const endedMs = nowMs();
		const proofs: Proof[] = [
			fine(`${queries.source.name} answers in ${endedMs - beganMs} ms.`),
			clockProof(dateMs, endedMs, endedMs - beganMs),
		];
		proofs.push(...(await proveSelector(examined, query, atMs, abort)));
		if (exposure !== null) proofs.push(...(await proveSelector(examined, exposure, atMs, abort)));
		return [...proofs, intervalProof(examined.intervalMs()), await startsProof(examined, atMs, abort)];
	} catch (error) {
		if (!(error instanceof SourceTrouble)) throw error;
		return [wrong(false, `${config.url} cannot be asked: ${error.message}.`, `Try it by hand: curl '${config.url}/api/v1/query?query=up'`)];
	}
}

async function proveSelector({config, queries, hosts}: Examined, selector: Selector, atMs: number, abort: AbortSignal): Promise<Proof[]> {
	const text = writeSelector(selector);
	const values = await queries.values(`count by (${config.hostLabel}) (count_over_time(${text}[${lookBack}]))`, atMs, abort);
	if (values.length === 0)
		return [
			wrong(
				false,
				`No series of ${text} within ${lookBack}.`,
				'Check its name and labels: a selector that finds nothing sees no harm either.',
			),
		];
	const labels = values.map(({labels: {[config.hostLabel]: label}}) => label ?? '');
	if (labels.every(label => label === ''))
		return [
			wrong(false, `No series of ${text} has the label ${config.hostLabel}.`, 'Write the label that names the host under host_label.'),
		];
	const seen = [...new Set(labels.filter(label => label !== '').map(hostOf))];
	const several = twice(labels.map(hostOf));
	return [
		...hostProofs(seen, hosts, `in ${text}`),
		...(several.length === 0
			? []
			: [
					wrong(
						'warn',
						`Several targets stand for ${list(several)}; such a host counts as read while one of them is.`,
						'Narrow the query to one job.',
					),
				]),
	];
}

const twice = (names: readonly string[]): string[] => [
	...new Set(names.filter((name, index) => name !== '' && names.indexOf(name) < index)),
];

function intervalProof(intervalMs: number | null): Proof {
	if (intervalMs === null) return wrong('warn', 'How often the hosts are scraped is not known yet.', 'Ask again in a minute.');
	const text = `The hosts are scraped every ${Math.round(intervalMs / 1000)} s`;
	if (intervalMs <= slowMs) return fine(`${text}.`);
	return wrong(
		'warn',
		`${text}, so a bucket closes that much later.`,
		'Scrape the canaries every 15 s, or raise `fresh` of signals-alive and the deadline of the hook.',
	);
}

/** Without it the first errors after a restart are only seen where the counter fell. */
async function startsProof({queries, hosts}: Examined, atMs: number, abort: AbortSignal): Promise<Proof> {
	const starts = queries.narrowed({name: 'process_start_time_seconds', matchers: []});
	const [found] = await queries.values(`count(${starts})`, atMs, abort);
	const all = hosts.canaries.length + hosts.baseline.length;
	if ((found?.sample.value ?? 0) > 0) return fine('process_start_time_seconds is there, so restarts are known.');
	return wrong(
		'warn',
		`None of the ${all} hosts gives process_start_time_seconds.`,
		"A restart is then only seen where a counter fell, and a new target's first value is not counted: export it, as the client libraries do.",
	);
}
