/** What `signalbox doctor` says of any source that is asked over HTTP. Sentences in ASCII, each with what to do. */
import type {SignalProof} from '../../../gate/facts.ts';
import type {Proof} from '../../actions/deps.ts';
import {type ArmHosts, hostNames, looksAlike} from '../log-files/host-names.ts';
import {quotable} from './source-trouble.ts';

const namesShownMax = 5;
/** Behind its lag allowance by more than this, a signal is late; behind by an hour it is dead. */
const lateMs = 60_000;
const deadMs = 3_600_000;
const skewWarnMs = 2000;
const skewFailMs = 30_000;

export const fine = (text: string): Proof => ({ok: true, text: quotable(text, 600), remedy: null});
export const wrong = (ok: false | 'warn', text: string, remedy: string): Proof => ({
	...{ok, text: quotable(text, 600), remedy: quotable(remedy, 600)},
});

export const list = (names: readonly string[]): string => {
	const shown = names
		.slice(0, namesShownMax)
		.map(name => quotable(name, 80))
		.join(', ');
	return names.length > namesShownMax ? `${shown} and ${names.length - namesShownMax} more` : shown;
};

const seconds = (ms: number): string => (ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`);

/** How the polling goes: `trouble` is why the last question failed, `agoMs` when the last good answer came. */
export function troubleProof(trouble: string | null, agoMs: number | null): Proof {
	if (trouble === null) return fine(`The last question was answered in full, ${seconds(agoMs ?? 0)} ago.`);
	const last = agoMs === null ? 'It never answered in full.' : `The last full answer came ${seconds(agoMs)} ago.`;
	return wrong(
		false,
		`The last question failed: ${trouble}. ${last}`,
		'Until it answers in full, its buckets are missing, and a deploy is blind.',
	);
}

export function matchedProof(matched: SignalProof['matchedOnBaseline'], counts: string): Proof {
	if ('missing' in matched) return wrong(false, `${matched.missing}.`, 'Ask again in a minute.');
	if (matched.count > 0) return fine(`The query matched ${Math.round(matched.count)} ${counts} on the baseline within a day.`);
	return wrong(
		false,
		'The query matched nothing on the baseline within a day.',
		'A query that never matches sees no harm either: run it by hand, and compare it with what the hosts write.',
	);
}

export function freshProof(lag: SignalProof['lagMs'], lagMs: number): Proof {
	if (typeof lag !== 'number')
		return wrong(false, `${lag.missing}.`, 'Compare `hosts` of the service with the hosts that the source names.');
	const text = `The newest event of a configured host is ${seconds(lag)} old`;
	if (lag <= lagMs + lateMs) return fine(`${text}.`);
	return wrong(
		lag > deadMs ? false : 'warn',
		`${text}, with ${seconds(lagMs)} allowed.`,
		'See whether data still arrives there, and both clocks.',
	);
}

/** The source's own clock beside ours; half of the time the answer took is not its fault. */
export function clockProof(dateMs: number | null, nowMs: number, tookMs: number): Proof {
	if (dateMs === null)
		return wrong('warn', 'The answer has no Date header, so its clock cannot be compared.', 'See the clocks of both machines.');
	// The header has whole seconds.
	const aheadMs = Math.round(dateMs + 500 - (nowMs - tookMs / 2));
	const size = Math.abs(aheadMs);
	const text = `The clock of the source is ${size < skewWarnMs ? 'right' : `${seconds(size)} ${aheadMs > 0 ? 'ahead of' : 'behind'} ours`}`;
	if (size < skewWarnMs) return fine(`${text}.`);
	return wrong(size < skewFailMs ? 'warn' : false, `${text}.`, 'Set both by NTP: buckets are made by the times that the source gives.');
}

/** Which of the configured hosts the source has, and which of its others look like those that it has not. */
export function hostProofs(seen: readonly string[], hosts: ArmHosts, where: string): readonly Proof[] {
	const names = hostNames(hosts);
	const found = new Set<string>();
	const others: string[] = [];
	for (const name of seen) {
		const place = names.place(name);
		if (place === null) others.push(name);
		else found.add(`${place.arm} ${place.host}`);
	}
	return [
		...(['canary', 'baseline'] as const).map(arm => {
			const configured = arm === 'canary' ? hosts.canaries : hosts.baseline;
			const silent = configured.filter(host => !found.has(`${arm} ${host}`));
			if (configured.length === 0) return wrong(false, `No ${arm} host is configured.`, 'Name them under `hosts` of the service.');
			if (silent.length === 0) return fine(`All ${configured.length} ${arm} hosts are there ${where}.`);
			const none = silent.length === configured.length;
			const text = none
				? `No ${arm} host is there ${where}: ${list(silent)}.`
				: `${silent.length} of ${configured.length} ${arm} hosts are not there ${where}: ${list(silent)}.`;
			const alike = others.filter(other => silent.some(host => looksAlike(host, other)));
			if (alike.length > 0)
				return wrong(
					none ? false : 'warn',
					text,
					`There are hosts that look alike: ${list(alike)}. Write the names under \`hosts\` as the source does.`,
				);
			const there =
				others.length > 0
					? `There are other hosts: ${list(others)}. Compare them with \`hosts\`.`
					: 'See whether these hosts send anything there.';
			return wrong(none ? false : 'warn', text, there);
		}),
		...names.ambiguous().map(text => wrong(false, text, 'Two machines of one name are counted as neither.')),
	];
}
