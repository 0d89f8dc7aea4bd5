const depthMax = 64;
const closerOf: Readonly<Record<string, string>> = {'{': '}', '[': ']'};

/**
 * Closes a JSON text whose end was cut off, after the last member that is whole: an error with a message of ten megabytes
 * is still an error, and its time and host mostly stand before the message. One pass; the result need not parse.
 */
export function mendCutJson(text: string): string {
	const closers: string[] = [];
	let inString = false;
	let end = 0;
	let ending = '';
	for (let index = 0; index < text.length; index += 1) {
		const character = text.charAt(index);
		if (inString) {
			if (character === '\\') index += 1;
			else if (character === '"') inString = false;
			continue;
		}
		const closer = closerOf[character];
		if (character === '"') inString = true;
		else if (closer !== undefined) {
			if (closers.length === depthMax) break;
			closers.push(closer);
		} else if (character === '}' || character === ']') closers.pop();
		else if (character === ',') {
			end = index;
			ending = closers.toReversed().join('');
		}
	}
	return text.slice(0, end) + ending;
}
