/** The token by which this host or person is known to the service: from the environment, or from a file that the configuration names. */
import {readFileSync, statSync} from 'node:fs';

/** A problem is told when the service is asked, and not before: what takes a deploy back must not end at a file that cannot be read. */
export type TokenFound = {readonly value: string} | {readonly problem: string} | null;

const fileBytesMax = 4096;

const checked = (text: string, where: string): TokenFound =>
	/^[A-Za-z0-9._~+/=-]{1,1000}$/.test(text) ? {value: text} : {problem: `${where} holds no token: one line such as sbx_0123456789_...`};

function fromFile(file: string): TokenFound {
	try {
		if (statSync(file).size > fileBytesMax) return {problem: `${file} is too large for a token`};
		return checked(readFileSync(file, 'utf8').trim(), file);
	} catch (error) {
		return {problem: `the token cannot be read: ${error instanceof Error ? error.message : String(error)}`};
	}
}

/** What SIGNALBOX_TOKEN says, else what stands in the file; null where there is neither. */
export function findToken(env: Readonly<Record<string, string | undefined>>, file: string | null): TokenFound {
	const said = env['SIGNALBOX_TOKEN'];
	if (said !== undefined && said !== '') return checked(said.trim(), 'SIGNALBOX_TOKEN');
	return file === null ? null : fromFile(file);
}

/** Whether two addresses are the same service's: a file's token is shown to no other one. */
export const isSameService = (one: string, other: string | null): boolean =>
	other !== null && URL.canParse(one) && URL.canParse(other) && new URL(one).origin === new URL(other).origin;
