/** What a story expects, and whether it came so. */
import type {Said} from './story.ts';

/** One expectation, judged; `got` says what came instead. */
export type Judged = {readonly line: number; readonly what: string; readonly met: boolean; readonly got: string};

const gotMax = 600;

/** Lines are wrapped and padded for people; a story's texts are not. */
const flat = (text: string): string => text.replace(/\s+/g, ' ').trim();

export function isSaid(text: string, said: Said): boolean {
	if (said.startsWith('/') && said.endsWith('/') && said.length > 2) return new RegExp(said.slice(1, -1)).test(flat(text));
	return flat(text).includes(flat(said));
}

/** Each text that must be there, and each that must not. */
export function judgeSaid(
	line: number,
	text: string,
	{says, saysNot}: {readonly says: readonly Said[]; readonly saysNot: readonly Said[]},
): Judged[] {
	const got = flat(text).slice(0, gotMax);
	return [
		...says.map(said => ({line, what: `says ${said}`, met: isSaid(text, said), got})),
		...saysNot.map(said => ({line, what: `does not say ${said}`, met: !isSaid(text, said), got})),
	];
}
