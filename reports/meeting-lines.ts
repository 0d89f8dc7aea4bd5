/**
 * Action items as minutes write them, one a line:
 *
 *     (task T182731) greg/JR: reviews of extensions
 *       - greg: send a note (done)
 *
 *     line  = indent bullet? box? task? owner? text mark?
 *     box   = "[ ] " or "[x] "
 *     task  = "(task " key ")", or "(" key ")" where the key is a number such as T123, #12 or ABC-7
 *     owner = names ": ", or ": " for nobody, or a quoted text ": "
 *     mark  = "(done)", "{{done}}", "(open)" or "{{open}}", at the end
 *
 * What does not fit is text, so nothing is lost; and every item can be printed so that it is read as the same item again.
 */
import {nestedLines} from './nested-lines.ts';

export type ItemLine = {
	/** How many items it is under; a line that begins further to the right, or with a bullet, is part of the one before it. */
	readonly depth: number;
	readonly task: string | null;
	readonly owner: string | null;
	/** One line, never empty, without spaces at its ends. */
	readonly text: string;
	readonly done: boolean;
};

export const itemDepthMax = 5;

const wordOf = '"(?:[^"\\\\]|\\\\.)*"';
const box = /^\[([ xX])\]\s+/;
const task = new RegExp(`^\\((?:task\\s+(${wordOf}|[^()"\\s][^()"]*)|(T\\d+|#\\d+|[A-Z][A-Z\\d]*-\\d+))\\)\\s*`, 'iu');
const owner = new RegExp(`^(?:(${wordOf})|([^\\s:"(){}[\\]][^:"(){}[\\]]{0,79})|):(?=\\s|$)\\s*`, 'u');
const todo = /^TODO:\s*(?:\(([^():"]{1,80})\)\s*)?/i;
/** The spaces before it are looked at once, from their first on: from each of them, many would take the square of their number. */
const mark = /(?<!\s)\s*(?:\((done|open)\)|\(?\{\{(done|open)\}\}\)?)$/i;
const name = /^[\p{L}\p{N}_@][\p{L}\p{M}\p{N}_.'’@-]*(?: [\p{L}\p{M}\p{N}_.'’@-]+){0,2}$/u;
/** Words that stand before a colon and name nobody. */
const noNames: ReadonlySet<string> = new Set(['todo', 'note', 'nb', 'fixme', 'action', 'done', 'open', 'http', 'https']);

/** `greg/JR`, `Adam W and Chad`: names as minutes give them. A sentence before a colon is no name. */
function isNames(text: string): boolean {
	const names = text.split(/\s*[/,&+]\s*|\s+and\s+/);
	return names.length <= 6 && names.every(each => name.test(each) && !noNames.has(each.toLowerCase()));
}

const unquoted = (word: string): string => (word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(.)/gsu, '$1') : word).trim();
const quotedWord = (word: string): string => `"${word.replaceAll(/["\\]/g, '\\$&')}"`;
const orNull = (text: string): string | null => (text === '' ? null : text);

type Body = Omit<ItemLine, 'depth'>;
type Rest<Found> = {readonly found: Found; readonly rest: string};

function takeTask(line: string): Rest<string | null> {
	const [whole, said, number] = task.exec(line) ?? [];
	if (whole === undefined) return {found: null, rest: line};
	const key = unquoted(said ?? number ?? '');
	return key === '' ? {found: null, rest: line} : {found: key, rest: line.slice(whole.length)};
}

function takeOwner(line: string): Rest<string | null> {
	const [todoWhole, todoName] = todo.exec(line) ?? [];
	if (todoWhole !== undefined && todoName !== undefined && isNames(todoName.trim()))
		return {found: todoName.trim(), rest: line.slice(todoWhole.length)};
	const [whole, inQuotes, bare] = owner.exec(line) ?? [];
	if (whole === undefined) return {found: null, rest: line};
	const rest = line.slice(whole.length);
	if (inQuotes !== undefined) return {found: orNull(unquoted(inQuotes)), rest};
	if (bare === undefined) return {found: null, rest};
	return isNames(bare.trim()) ? {found: bare.trim(), rest} : {found: null, rest: line};
}

function parseBody(line: string): Body {
	const boxed = box.exec(line);
	const unboxed = boxed === null ? line : line.slice(boxed[0].length);
	const tasked = takeTask(unboxed);
	const owned = takeOwner(tasked.rest);
	const marked = mark.exec(owned.rest);
	const text = (marked === null ? owned.rest : owned.rest.slice(0, marked.index)).trim();
	// A task, a name or a mark without anything to do is what somebody wrote, not an item that says nothing.
	if (text === '') return {task: null, owner: null, text: line, done: false};
	const said = (marked?.[1] ?? marked?.[2])?.toLowerCase();
	const done = said === undefined ? boxed !== null && boxed[1] !== ' ' : said === 'done';
	return {task: tasked.found, owner: owned.found, text, done};
}

/** The items of a text, one a line; empty lines are left out. */
export const parseItemLines = (text: string): readonly ItemLine[] =>
	nestedLines(text, itemDepthMax).map(({depth, text: line}) => ({depth, ...parseBody(line)}));

/** One item as a line that is read as the same item: plainly where that is enough, else with its owner or its mark said outright. */
export function printItemLine({depth, ...item}: ItemLine): string {
	const bullet = depth === 0 ? '' : `${'  '.repeat(depth - 1)}- `;
	const key = item.task === null ? '' : `(task ${/^[^()"\s][^()"]*$/u.test(item.task) ? item.task : quotedWord(item.task)}) `;
	const who = item.owner === null ? '' : `${isNames(item.owner) ? item.owner : quotedWord(item.owner)}: `;
	const end = item.done ? ' (done)' : '';
	const plainly = `${key}${who}${item.text}${end}`;
	const nobody = item.owner === null ? ': ' : who;
	const ways = [plainly, `${plainly}${item.done ? '' : ' (open)'}`, `${key}${nobody}${item.text}${end}`];
	const outright = `${key}${nobody}${item.text}${item.done ? ' (done)' : ' (open)'}`;
	const isRead = (line: string): boolean => {
		const [read, ...more] = nestedLines(line).map(({text, listDepth}) => ({listDepth, ...parseBody(text)}));
		return (
			read !== undefined &&
			more.length === 0 &&
			read.listDepth === 0 &&
			(['task', 'owner', 'text', 'done'] as const).every(part => read[part] === item[part])
		);
	};
	return `${bullet}${ways.find(isRead) ?? outright}`;
}

export const printItemLines = (items: readonly ItemLine[]): string => items.map(printItemLine).join('\n');

/** What of a text looks as if it was meant for more than text, as hints for whoever typed it. */
export function lineHints(text: string): readonly string[] {
	return [
		...(/^\(\s*task\b/i.test(text) || /^\([^)]*$/.test(text)
			? ['The task could not be read: write it as (task T182731) at the start.']
			: []),
		...(/\{\{|\(done\b(?!\)$)/i.test(text) ? ['A mark was kept as text: write (done) at the end.'] : []),
	];
}
