/**
 * Blame hints: wordings that point at people where a system should be described. Hints beside a text, never a block:
 * whoever wrote it may know better.
 */

export type BlameHint = {
	/** The words that it is about, as they were written. */
	readonly found: string;
	readonly hint: string;
};

const wordings: readonly {readonly pattern: RegExp; readonly hint: string}[] = [
	{
		pattern: /\bhuman\s+errors?\b|\boperator\s+errors?\b|\buser\s+errors?\b/iu,
		hint: 'It ends the search where it should begin: what made this the easy thing to do?',
	},
	{
		pattern: /\b(?:should|could|must|ought\s+to)(?:\s+(?:not|never|have\s+never)|n['’]t)?\s+have\b/iu,
		hint: 'Hindsight: what did people see at the time, and what would have shown them more?',
	},
	{
		pattern: /\b(?:failed|forgot|neglected|omitted|refused)\s+to\b|\bdid(?:n['’]t|\s+not)\s+bother\b/iu,
		hint: 'Say what the system let happen: which step has no check?',
	},
	{
		pattern:
			/\bcareless(?:ly|ness)?\b|\bneglig(?:ent|ently|ence)\b|\bsloppy\b|\blazy\b|\bstupid(?:ly)?\b|\bincompeten(?:t|ce)\b|\breckless(?:ly)?\b/iu,
		hint: 'A judgement of a person: describe what was seen and what was done instead.',
	},
	{
		pattern: /\b(?:to\s+blame|at\s+fault|is\s+guilty|fault\s+of|(?:his|her|their|my)\s+fault)\b/iu,
		hint: 'Nobody is to blame here: what let it through?',
	},
	{
		pattern: /(?:^|[.?!]\s+|[-*•]\s+)who\b[^.?!\n]{0,120}\?/imu,
		hint: 'A question of who: ask what or how, and the answer can be mended.',
	},
	{
		pattern: /\b[Ww]hy\s+did(?:n['’]t)?\s+(?:(?:he|she|they|you|we)\b|\p{Lu}\p{Ll}+)/u,
		hint: 'Ask how it came to be: what made it look right at the time?',
	},
];

const causeWords = /\b(?:caused|broke|broken|deployed|reverted|pushed|merged|missed|forgot|introduced|mistake|wrong(?:ly)?)\b/iu;
const hintsMax = 5;
const nameLengthMin = 3;

/** A name of somebody beside a word of cause, in one sentence. */
function namedCause(text: string, people: readonly string[]): BlameHint[] {
	const sentences = text.split(/[.!?\n]+/);
	const escaped = (name: string): string => name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
	const found = people
		.filter(name => name.trim().length >= nameLengthMin)
		.find(name => {
			const whole = new RegExp(`(?<![\\p{L}\\p{N}])${escaped(name.trim())}(?![\\p{L}\\p{N}])`, 'iu');
			return sentences.some(sentence => whole.test(sentence) && causeWords.test(sentence));
		});
	return found === undefined ? [] : [{found, hint: 'A name in a cause: people are roles in the timeline; what did the system allow?'}];
}

/** Hints for a text. `people` are names that the incident knows; without them only wordings are found. */
export function blameHints(text: string, people: readonly string[] = []): readonly BlameHint[] {
	const worded = wordings.flatMap(({pattern, hint}): BlameHint[] => {
		const [found] = pattern.exec(text) ?? [];
		return found === undefined ? [] : [{found: found.replace(/^[.?!\s*•-]+/u, '').trim(), hint}];
	});
	return [...worded, ...namedCause(text, people)].slice(0, hintsMax);
}
