/** Asks a probe whether a thing outside git is there. An answer that is no answer (a refusal, an error, silence) says nothing about the thing. */

import {readSecret} from '../config/secret.ts';
import type {PrerequisiteProbe} from '../config.ts';
import {askOutward, OutwardError} from './outward.ts';

/** What the probe said, and in which words; `missing`: it could not be asked, or did not say. */
export type ProbeAnswer = {readonly met: boolean; readonly said: string} | {readonly missing: string};

const bytesMax = 64 * 1024;
const quotedMax = 80;
/** Statuses by which a server says that it did not look: unless expected, they are about the probe and not about the thing. */
const saysNothing: readonly number[] = [401, 403, 407, 408, 429];

const isSilent = (status: number): boolean => saysNothing.includes(status) || status >= 500 || (status >= 300 && status < 400);

function certificates(caFile: string | null): string | null {
	return caFile === null ? null : readSecret(caFile, caFile);
}

/** Asks once; never rejects. */
export async function askProbe(probe: PrerequisiteProbe, group: string | null): Promise<ProbeAnswer> {
	const url = probe.url.replaceAll('{group}', encodeURIComponent(group ?? ''));
	const {host} = new URL(url);
	try {
		const {status, text} = await askOutward({url, timeoutMs: probe.timeoutMs, bytesMax, ca: certificates(probe.caFile)});
		if (status !== probe.status && isSilent(status)) return {missing: `${host} answers ${status}`};
		if (status !== probe.status) return {met: false, said: `${host} answers ${status}, not ${probe.status}`};
		if (probe.contains === null) return {met: true, said: `${host} answers ${status}`};
		const met = text.includes(probe.contains);
		return {met, said: `the answer of ${host} ${met ? 'has' : 'does not have'} «${probe.contains.slice(0, quotedMax)}»`};
	} catch (error) {
		if (error instanceof OutwardError) return {missing: error.message};
		// A file of certificates that cannot be read.
		return {missing: error instanceof Error ? error.message : String(error)};
	}
}
