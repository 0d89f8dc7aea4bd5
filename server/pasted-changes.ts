/**
 * Changes out of text that a person pasted: commits and Change-Ids, one a line; `git log`, whole or with --oneline; commit messages with
 * their footers. What cannot be read is named with its line: nothing that was pasted is dropped in silence. Time is linear in the text.
 */
import {changeIdOf} from './client/changes/git-log.ts';

export type PastedChange = {
	/** Where it begins, from 1. */
	readonly line: number;
	/** As it was written: what the change is called where nothing else is known of it. */
	readonly name: string;
	/** Null where the text names none. */
	readonly repository: string | null;
	readonly sha: string | null;
	readonly changeId: string | null;
	readonly subject: string | null;
	readonly message: string | null;
	readonly author: string | null;
};

export type UnreadLine = {readonly line: number; readonly text: string; readonly why: string};
export type Pasted = {readonly changes: readonly PastedChange[]; readonly unread: readonly UnreadLine[]};

/** `log`: below `commit SHA`. `name`: below a line that began with a name. `message`: text of its own, a commit message without a name above it. */
type Block = {
	readonly kind: 'log' | 'name' | 'message';
	readonly line: number;
	readonly name: string;
	readonly repository: string | null;
	readonly sha: string | null;
	readonly changeId: string | null;
	readonly subject: string | null;
	author: string | null;
	/** Below a diff's first line: what follows is code. */
	isInDiff: boolean;
	/** Its message stands below it as it is, not indented. */
	readonly isPlain: boolean;
	readonly message: string[];
};

const textMax = 120;
const messageMax = 200_000;
const logHeader = /^commit ([0-9a-f]{7,64})(?: \(.*\)| [<>^-].*)?\s*$/i;
const logField = /^(?:Author|AuthorDate|Commit|CommitDate|Date|Merge|Reflog|Reflog message|Notes(?: \(.{0,80}\))?): {0,8}(.*)$/;
/** What --stat, --raw, --name-status and --patch print: it says nothing of the order. */
const besideMessage = /^(?: \S.*\| +(?:\d+|Bin)| \d+ files? changed|:[0-7]{6} |[ACDMRT]\d*\t)/;
/** A footer, or what somebody wrote for one of those that relate changes. */
const footerLine = /^(?:[A-Za-z][A-Za-z0-9-]{1,60}|(?:depends?|needed|needs|requires|required|follows|fixes)[ _][a-z]{2,20}):\s/i;
const bullet = /^\s*(?:[-*\u2022]|\d{1,3}[.)]|pick|p)\s+/;
const separator = /^(?:-{3,}|={3,}|`{3,}|\*{3,}|#.*)\s*$/;

type Name = Pick<Block, 'name' | 'repository' | 'sha' | 'changeId'>;

/** A commit, a Change-Id, or either behind its repository and an @. Words of letters alone, such as `defaced`, are words. */
function nameIn(word: string): Name | null {
	const text = word.replace(/[,;:]$/, '');
	const at = text.lastIndexOf('@');
	const repository = at > 0 ? text.slice(0, at) : null;
	const id = at > 0 ? text.slice(at + 1) : text;
	if (text.length > 300 || (repository !== null && !/^[\w./+-]+$/.test(repository))) return null;
	if (/^[0-9a-f]{7,64}$/i.test(id) && /\d/.test(id)) return {name: text, repository, sha: id.toLowerCase(), changeId: null};
	if (/^I[0-9a-f]{7,40}$/i.test(id) && /\d/.test(id)) return {name: text, repository, sha: null, changeId: `I${id.slice(1).toLowerCase()}`};
	return null;
}

const firstLine = (lines: readonly string[]): string | null => {
	const found = lines.find(line => line.trim() !== '');
	return found === undefined ? null : found.trim().slice(0, 300);
};

/** A block as a change, or why it is none. */
function finished(block: Block): PastedChange | UnreadLine {
	const {line, name, repository, sha, author} = block;
	const text = block.message.join('\n').trimEnd().slice(0, messageMax);
	const message = text.trim() === '' ? null : text.replace(/^\n+/, '');
	const changeId = block.changeId ?? (message === null ? null : changeIdOf(message));
	const told = firstLine(block.message);
	if (block.kind === 'message' && changeId === null) {
		const below = block.message.filter(one => one.trim() !== '').length - 1;
		const more = below === 0 ? '' : below === 1 ? '; so does the line below it' : `; so do the ${below} lines below it`;
		const why = `names no commit and no Change-Id, so nobody can tell which change it is${more}`;
		return {line, text: (told ?? '').slice(0, textMax), why};
	}
	const subject = block.subject ?? told;
	const whole = block.subject !== null && message !== null ? `${block.subject}\n\n${message}` : (message ?? block.subject);
	return {
		...{line, repository, sha, changeId, author, subject},
		name: name === '' ? (changeId ?? '') : name,
		message: whole,
	};
}

/** A line that begins with a name, which may be followed by the subject. */
function namedBlock(text: string, line: number): Block | null {
	const rest = text.replace(bullet, '').trim();
	const [word = ''] = rest.split(/\s/, 1);
	const name = nameIn(word);
	if (name === null) return null;
	const subject = rest
		.slice(word.length)
		.replace(/^\s*\((?:HEAD|tag:|origin\/)[^)]*\)/, '')
		.trim()
		.slice(0, 300);
	return {
		kind: 'name',
		line,
		...name,
		subject: subject === '' ? null : subject,
		author: null,
		isInDiff: false,
		isPlain: false,
		message: [],
	};
}

const unnamed = {name: '', repository: null, sha: null, changeId: null, subject: null, author: null};

/** Takes a line into the block that it belongs to, and says whether it did. */
function taken(block: Block, text: string): boolean {
	if (block.kind === 'log') {
		if (/^diff (?:--git|--cc|--combined) /.test(text)) block.isInDiff = true;
		if (block.isInDiff || besideMessage.test(text)) return true;
		const field = logField.exec(text);
		if (field !== null && block.message.every(line => line === '')) {
			if (text.startsWith('Author')) block.author = (field[1] ?? '').slice(0, 200);
			return true;
		}
	}
	if (text.trim() === '') {
		block.message.push('');
		return true;
	}
	if (/^(?: {4}|\t)/.test(text) && !block.isPlain) {
		block.message.push(text.replace(/^(?: {4}|\t)/, ''));
		return true;
	}
	if (footerLine.test(text) && (block.kind !== 'log' || block.message.length === 0)) {
		block.message.push(text);
		return true;
	}
	return false;
}

/** A message ends with the paragraph that holds its Change-Id: what comes behind a blank line is another one. */
const hasEnded = ({message}: Block): boolean =>
	message.at(-1) === '' && message.slice(-20).some(line => /^\s*Change-Id:\s*I[0-9a-f]{40}\s*$/i.test(line));

/** Reads what was pasted. Never throws, whatever it holds. */
export function readPasted(text: string): Pasted {
	const blocks: Block[] = [];
	// Whatever ends a line for a pattern ends one here: `.*` that stops within a line would be tried from each of its characters.
	const lines = text.split(/\r\n|[\n\r\u2028\u2029]/);
	for (const [index, line] of lines.entries()) {
		const number = index + 1;
		const current = blocks.at(-1);
		const header = logHeader.exec(line);
		if (header !== null) {
			const sha = (header[1] ?? '').toLowerCase();
			blocks.push({...unnamed, kind: 'log', line: number, name: sha.slice(0, 10), sha, isInDiff: false, isPlain: false, message: []});
			continue;
		}
		const isOpen = current?.isPlain === true && !hasEnded(current);
		// Prose that begins a line with a commit is prose; an id with nothing beside it is another change.
		const mayBegin = !isOpen || current.message.at(-1) === '' || nameIn(line.trim()) !== null;
		const named = mayBegin && !/^(?: {4}|\t)/.test(line) && !current?.isInDiff ? namedBlock(line, number) : null;
		if (named !== null) blocks.push(named);
		else if (current !== undefined && !(current.isPlain && hasEnded(current)) && taken(current, line)) continue;
		else if (separator.test(line)) {
			if (isOpen) blocks.push({...unnamed, kind: 'message', line: number, isInDiff: false, isPlain: true, message: []});
		} else if (line.trim() === '') continue;
		else if (isOpen) current.message.push(line);
		else blocks.push({...unnamed, kind: 'message', line: number, isInDiff: false, isPlain: true, message: [line]});
	}
	const read = blocks.filter(({kind, message}) => kind !== 'message' || message.some(line => line.trim() !== '')).map(finished);
	return withoutRepeats(
		read.filter(one => 'name' in one),
		read.filter(one => 'why' in one),
	);
}

/** A change that is named twice goes out once, where it stands first. */
function withoutRepeats(changes: readonly PastedChange[], unread: readonly UnreadLine[]): Pasted {
	const seen = new Map<string, number>();
	const repeats: UnreadLine[] = [];
	const once = changes.filter(({line, name, repository, sha, changeId}) => {
		const key = `${repository ?? ''} ${sha ?? changeId ?? name}`;
		const first = seen.get(key);
		if (first === undefined) seen.set(key, line);
		else repeats.push({line, text: name, why: `stands in line ${first} already`});
		return first === undefined;
	});
	return {changes: once, unread: [...unread, ...repeats].sort((a, b) => a.line - b.line)};
}
