/** What a doctor asks of Elasticsearch or OpenSearch: is it reached, which one is it, does the index hold what the configuration says? */
import type {Proof} from '../../actions/deps.ts';
import type {ArmHosts} from '../log-files/host-names.ts';
import {clockProof, fine, hostProofs, wrong} from '../polled/checks.ts';
import {objectAt} from '../polled/read-json.ts';
import {quotable, SourceTrouble} from '../polled/source-trouble.ts';
import type {Search} from './search.ts';

type Asking = {readonly atMs: number; readonly nowMs: () => number; readonly abort: AbortSignal};

const dayMs = 86_400_000;

export async function proveElasticsearch(searches: readonly Search[], hosts: ArmHosts, asking: Asking): Promise<readonly Proof[]> {
	const proofs: Proof[] = [];
	for (const [index, search] of searches.entries()) proofs.push(...(await proveSearch(search, hosts, asking, index === 0)));
	return proofs;
}

async function proveSearch(search: Search, hosts: ArmHosts, asking: Asking, isFirst: boolean): Promise<Proof[]> {
	const {config, source} = search;
	const what = isFirst ? config.index : `the exposure in ${config.index}`;
	try {
		const proofs = isFirst ? [await versionProof(search, asking)] : [];
		const beganMs = asking.nowMs();
		const {hosts: seen, answer} = await search.names({fromMs: asking.atMs - dayMs, toMs: asking.atMs + dayMs}, asking.abort);
		const endedMs = asking.nowMs();
		if (isFirst) proofs.push(clockProof(answer.dateMs, endedMs, endedMs - beganMs));
		proofs.push(
			fine(`${source.name} answers a search of ${what} in full, in ${endedMs - beganMs} ms; ${seen.length} hosts wrote within a day.`),
		);
		if (search.hostField() !== config.hostField)
			proofs.push(
				wrong(
					'warn',
					`${config.hostField} is a field of text, so ${search.hostField()} is read.`,
					`Write host_field: ${search.hostField()} to save a question at each start.`,
				),
			);
		return [
			...proofs,
			...hostProofs(
				seen.map(({name}) => name),
				hosts,
				`in ${what}`,
			),
		];
	} catch (error) {
		if (!(error instanceof SourceTrouble)) throw error;
		return [
			wrong(false, `${what} cannot be searched: ${error.message}.`, `Try it by hand: curl '${config.url}/${config.index}/_search?size=0'`),
		];
	}
}

/** A user that may search need not be allowed to ask for the version. */
async function versionProof({source}: Search, {abort}: Asking): Promise<Proof> {
	try {
		const {value, headers} = await source.ask({path: '/', abort});
		const version = objectAt(objectAt(value, 'the answer')['version'], 'version');
		const isOpenSearch = version['distribution'] === 'opensearch';
		const number = quotable(String(version['number']), 20);
		const text = `${source.name} is ${isOpenSearch ? 'OpenSearch' : 'Elasticsearch'} ${number}.`;
		const major = Number.parseInt(number, 10);
		// Since 7.14 Elasticsearch names itself in a header; without it something else answers in its place.
		const isNamed = headers['x-elastic-product'] === 'Elasticsearch' || isOpenSearch || /^7\.([0-9]|1[0-3])\./.test(number);
		if (!isNamed) return wrong('warn', `${text} It does not name itself in the header X-Elastic-Product.`, 'See what stands between.');
		if (isOpenSearch ? major >= 1 : major >= 7) return fine(text);
		return wrong(
			'warn',
			`${text} Signalbox is made for Elasticsearch 7 and 8 and OpenSearch 2.`,
			'See whether its counts are right before they are relied on.',
		);
	} catch (error) {
		if (!(error instanceof SourceTrouble)) throw error;
		return wrong('warn', `Its version is not known: ${error.message}.`, 'Allow this user `monitor` on the cluster, or go without.');
	}
}
