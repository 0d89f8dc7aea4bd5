/** A page that is not there, or an input that cannot be used: what is wrong, where, what to do. */
import type {Instant} from '../gate/facts.ts';
import {plainText} from '../reports/plain-text.ts';
import {sayDateTime} from '../reports/say.ts';
import type {ProblemPage} from './views.ts';

const problemsMax = 20;

const advice = (status: number): string => {
	if (status === 404) return 'Check the address, or start from the board.';
	if (status === 503) return 'Try again in a moment; what was sent is not lost if it was acknowledged.';
	if (status >= 500) return 'Try again; if it stays, the service log names the cause.';
	return 'Correct what is named above and send it again.';
};

export const problemPage = (input: {
	readonly now: Instant;
	readonly status: number;
	readonly what: string;
	readonly problems: readonly string[];
}): ProblemPage => ({
	shell: {title: input.status === 404 ? 'Not found' : 'A problem', refresh: false, madeAt: sayDateTime(input.now), at: 'problem'},
	status: input.status,
	what: plainText(input.what),
	problems: input.problems.slice(0, problemsMax).map(text => plainText(text)),
	doThis: advice(input.status),
});
