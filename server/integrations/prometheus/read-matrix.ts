/**
 * Answers of Prometheus' HTTP API ("Expression queries"). Anything but the whole of what was asked for is a SourceTrouble: warnings are
 * how Thanos and Mimir say that a store did not answer.
 */
import {listAt, numberAt, objectAt, textAt} from '../polled/read-json.ts';
import {quotable, SourceTrouble} from '../polled/source-trouble.ts';

export type Sample = {readonly atMs: number; readonly value: number};

export type Series = {
	readonly labels: Readonly<Record<string, string>>;
	/** By time, each time once; values that are no number are kept as NaN. */
	readonly samples: readonly Sample[];
};

export function errorOf(value: unknown): string | null {
	if (typeof value !== 'object' || value === null || !('status' in value) || value.status !== 'error') return null;
	const parts = ['errorType' in value ? value.errorType : '', 'error' in value ? value.error : ''];
	return parts.filter(part => typeof part === 'string' && part !== '').join(': ') || 'an error without a reason';
}

const remedies: readonly (readonly [RegExp, string])[] = [
	[/too many samples/i, 'narrow the query by more labels, or raise --query.max-samples'],
	[/parse error|invalid parameter/i, 'check query, exposure and up'],
	[/timed out|timeout|canceled/i, 'it is overloaded, or a longer timeout is needed'],
];

/** The same trouble with what to do, where it is known. */
export function withRemedy(trouble: SourceTrouble): SourceTrouble {
	const remedy = remedies.find(([pattern]) => pattern.test(trouble.message))?.[1];
	return remedy === undefined ? trouble : new SourceTrouble(`${trouble.message}; ${remedy}`, trouble);
}

/** The result of an answer that is whole; `mayNote` lets pass what a server notes on a query that is not of ours to change. */
function resultOf(value: unknown, wanted: string, mayNote: boolean): readonly unknown[] {
	const answer = objectAt(value, 'the answer');
	const error = errorOf(value);
	if (error !== null) throw new SourceTrouble(quotable(error, 300));
	if (answer['status'] !== 'success')
		throw new SourceTrouble('the answer has no status success; check url: it may be that of another service');
	for (const key of mayNote ? ['warnings'] : ['warnings', 'infos']) {
		const said = answer[key];
		if (said === undefined || said === null) continue;
		const notes = listAt(said, key);
		if (notes.length > 0) throw new SourceTrouble(`it answers in part, with ${key}: ${quotable(String(notes[0]))}; see its stores`);
	}
	const data = objectAt(answer['data'], 'data');
	if (data['resultType'] !== wanted)
		throw new SourceTrouble(
			`it answers a ${quotable(String(data['resultType']), 20)} where a ${wanted} was asked for; check query and exposure`,
		);
	return listAt(data['result'], 'data.result');
}

/** `NaN`, `+Inf` and `-Inf` are values of Prometheus; none of them is a count. */
function sampleOf(value: unknown, where: string): Sample {
	const [at, text] = listAt(value, where);
	const number = Number(textAt(text, where));
	return {atMs: Math.round(numberAt(at, where) * 1000), value: Number.isFinite(number) && text !== '' ? number : Number.NaN};
}

function labelsOf(value: unknown): Record<string, string> {
	const labels = objectAt(value, 'metric');
	return Object.fromEntries(Object.entries(labels).map(([name, text]) => [name, textAt(text, `the label ${quotable(name, 40)}`)]));
}

/** Raw samples of a range selector. */
export function readMatrix(value: unknown): Series[] {
	return resultOf(value, 'matrix', false).map(entry => {
		const series = objectAt(entry, 'a series');
		if (Array.isArray(series['histograms']) && series['histograms'].length > 0)
			throw new SourceTrouble('it answers native histograms, which are no counts; take the counter of the same thing');
		const samples = new Map<number, Sample>();
		for (const one of listAt(series['values'], 'values')) {
			const sample = sampleOf(one, 'a sample');
			samples.set(sample.atMs, sample);
		}
		return {labels: labelsOf(series['metric']), samples: [...samples.values()].sort((a, b) => a.atMs - b.atMs)};
	});
}

/** One value for each series. */
export function readVector(
	value: unknown,
	mayNote = false,
): {readonly labels: Readonly<Record<string, string>>; readonly sample: Sample}[] {
	return resultOf(value, 'vector', mayNote).map(entry => {
		const series = objectAt(entry, 'a series');
		return {labels: labelsOf(series['metric']), sample: sampleOf(series['value'], 'a sample')};
	});
}
