/** Reads commits out of `git log -z --raw`, one process for all of them. Messages are anybody's bytes. */
import type {Change, PathChange} from '../../../gate/facts.ts';

/** A commit as the log tells it; `parents` tells a merge, `source` the ref or revision through which the log came to it. */
export type Commit = Change & {readonly sha: string; readonly parents: number; readonly source: string; readonly shortened: boolean};

export const changesMax = 1000;
export const messageBytesMax = 64 * 1024;
/** Of a message that is too long the head is kept for its subject, and more of the tail, since footers stand at the end. */
const headBytes = 16 * 1024;
const pathsMax = 2000;
const idLength = 10;

export const isSha = (text: unknown): text is string => typeof text === 'string' && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text);

/** Arguments of the log that `readLog` understands; revisions follow, then `--`. */
export const logArguments = (countMax: number): string[] => [
	...['log', '-z', '--raw', '--no-abbrev', '--no-renames', '--no-decorate', '--no-color', '--no-ext-diff', '--no-textconv'],
	...['--ignore-submodules=none', '--topo-order', `--max-count=${countMax}`, '--format=commit %H%n%P%n%ct%n%an%n%S%n%B'],
];

/** The text of a message, cut to its limit at line ends. Bytes that are no UTF-8 become U+FFFD. */
function boundedMessage(bytes: Buffer): {message: string; shortened: boolean} {
	if (bytes.length <= messageBytesMax) return {message: bytes.toString('utf8'), shortened: false};
	const tail = bytes.subarray(bytes.length - (messageBytesMax - headBytes));
	const lineEnd = tail.indexOf(10);
	const kept = lineEnd === -1 ? Buffer.alloc(0) : tail.subarray(lineEnd + 1);
	const left = bytes.length - headBytes - kept.length;
	return {
		message: `${bytes.subarray(0, headBytes).toString('utf8')}\n[${left} bytes are left out here]\n${kept.toString('utf8')}`,
		shortened: true,
	};
}

/** The last `Change-Id:` of a message, which is the one that counts for Gerrit. */
export function changeIdOf(message: string): string | null {
	return [...message.matchAll(/^Change-Id:[ \t]{0,8}(I[0-9a-f]{40})[ \t\r]*$/gim)].at(-1)?.[1] ?? null;
}

/** The first line of a message, at most 300 characters. */
const subjectOf = (message: string): string => message.slice(0, 4000).trimStart().split('\n', 1)[0]?.trim().slice(0, 300) ?? '';

const kinds: Readonly<Record<string, PathChange['kind']>> = {A: 'added', D: 'deleted'};

function pathChange(raw: string, path: string): PathChange | null {
	// :100644 100644 OLD NEW M, as in git-diff-tree(1) "Raw output format".
	const [, , before, after, status] = raw.replace(/^\n?:/, '').split(' ');
	if (before === undefined || after === undefined || status === undefined) return null;
	const kind = kinds[status] ?? 'modified';
	// Of a deleted file it is the blob that left: the same one may enter elsewhere.
	return {path, kind, blob: kind === 'deleted' ? before : after};
}

type Header = Omit<Commit, 'repository' | 'branch' | 'paths'>;

function header(token: Buffer): Header | null {
	const ends: number[] = [];
	for (let from = 0; ends.length < 5; ) {
		const end = token.indexOf(10, from);
		if (end === -1) return null;
		ends.push(end);
		from = end + 1;
	}
	const [first = '', parents = '', seconds = '', author = '', source = ''] = ends.map((end, index) =>
		token.subarray(index === 0 ? 0 : (ends[index - 1] ?? 0) + 1, end).toString('utf8'),
	);
	const sha = first.slice('commit '.length);
	if (!first.startsWith('commit ') || !isSha(sha)) return null;
	const {message, shortened} = boundedMessage(token.subarray((ends[4] ?? 0) + 1));
	const changeId = changeIdOf(message);
	return {
		id: sha.slice(0, idLength),
		sha,
		parents: parents === '' ? 0 : parents.split(' ').length,
		source: source.slice(0, 300),
		subject: subjectOf(message),
		message,
		shortened,
		...(Number.isFinite(Date.parse(instantOf(seconds))) ? {committedAt: instantOf(seconds)} : {}),
		...(author === '' ? {} : {author: author.slice(0, 200)}),
		...(changeId === null ? {} : {changeId}),
	};
}

/** Unix seconds as an instant, or an empty text where a commit's date is no date that people use. */
function instantOf(seconds: string): string {
	const ms = Number(seconds) * 1000;
	return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : '';
}

/** Commits in the log's order, newest first. A record that the log was cut in is left out. */
export function readLog(stdout: Buffer, place: {readonly repository: string; readonly branch?: string}): Commit[] {
	const commits: Array<Header & {paths: PathChange[]}> = [];
	let current: (Header & {paths: PathChange[]}) | null = null;
	let raw: string | null = null;
	for (let from = 0; from < stdout.length; ) {
		const end = stdout.indexOf(0, from);
		if (end === -1) break;
		const token = stdout.subarray(from, end);
		from = end + 1;
		if (raw !== null) {
			const found = pathChange(raw, token.toString('utf8'));
			if (found && current && current.paths.length < pathsMax) current.paths.push(found);
			raw = null;
		} else if (token[0] === 58 || (token[0] === 10 && token[1] === 58)) {
			raw = token.toString('latin1');
		} else {
			const read = header(token);
			current = read && {...read, paths: []};
			if (current) commits.push(current);
		}
	}
	return commits.map(commit => ({...commit, ...place}));
}

/** The change without what only reading it needed. */
export function changeOf({parents: _parents, source: _source, shortened: _shortened, ...change}: Commit): Change {
	return change;
}
