/** Changes from a JSON file, for tools that know them already: `{"changes": [...], "targets": [...], "atomic": false, "perFile": false}`. */
import type {Change, PathChange, Review, Target} from '../../../gate/facts.ts';
import {AppError} from '../../app-error.ts';
import {changesMax, isSha, messageBytesMax} from './git-log.ts';
import {isMap, type JsonMap, readJsonFile, textOf} from './json-file.ts';

export type ChangesFile = {
	readonly changes: readonly Change[];
	readonly targets: readonly Target[];
	readonly atomic?: boolean;
	readonly perFile?: boolean;
};

const optionalTexts = ['branch', 'sha', 'changeId', 'patchId', 'subject', 'message', 'committedAt', 'author'] as const;
const changeKeys = ['id', 'repository', 'paths', 'labels', 'groups', 'review', ...optionalTexts];
const reviewKeys = ['source', 'url', 'status', 'owner', 'approvedBy', 'tests', 'local', 'size', 'missing'];
const statuses = ['draft', 'open', 'merged', 'abandoned'] as const;
const results = ['passed', 'failed', 'running', 'none'] as const;
const namesMax = 200;

function onlyKeys(map: JsonMap, keys: readonly string[], where: string): void {
	const wrong = Object.keys(map).find(key => !keys.includes(key));
	if (wrong !== undefined) throw new AppError('invalid', `${where} has a key «${wrong}»; the keys are ${keys.join(', ')}`);
}

function listOf(value: unknown, where: string): readonly JsonMap[] {
	if (value === undefined) return [];
	if (!Array.isArray(value)) throw new AppError('invalid', `${where} must be a list`);
	const wrong = value.findIndex(each => !isMap(each));
	if (wrong !== -1) throw new AppError('invalid', `${where}[${wrong}] must be an object`);
	return value;
}

function pathsOf(value: unknown, where: string): PathChange[] {
	return listOf(value, where).map((each, index) => {
		const at = `${where}[${index}]`;
		onlyKeys(each, ['path', 'kind', 'blob'], at);
		const kind = each['kind'];
		if (kind !== 'added' && kind !== 'modified' && kind !== 'deleted')
			throw new AppError('invalid', `${at}.kind is added, modified or deleted`);
		const blob = textOf(each, 'blob', at, false);
		return {path: textOf(each, 'path', at, true), kind, ...(blob === undefined ? {} : {blob})};
	});
}

function textsOf(value: unknown, where: string): string[] {
	if (!Array.isArray(value) || !value.every(each => typeof each === 'string' && each !== '' && each.length <= 255))
		throw new AppError('invalid', `${where} must be a list of texts, each of 1 to 255 characters`);
	if (value.length > namesMax) throw new AppError('invalid', `${where} has ${value.length} entries; at most ${namesMax} are read`);
	return value;
}

function wordOf<Word extends string>(value: unknown, words: readonly Word[], where: string): Word {
	const found = words.find(word => word === value);
	if (found === undefined) throw new AppError('invalid', `${where} is ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);
	return found;
}

function testsOf(value: unknown, where: string): NonNullable<Review['tests']> {
	if (!isMap(value)) return wordOf(value, results, where);
	onlyKeys(value, ['missing'], where);
	return {missing: textOf(value, 'missing', where, true)};
}

/** What the file says that a change went through; its source is the file itself where it names none. */
function reviewOf(value: unknown, where: string): Review | {missing: string} {
	if (!isMap(value)) throw new AppError('invalid', `${where} must be an object with some of ${reviewKeys.join(', ')}`);
	onlyKeys(value, reviewKeys, where);
	const {status, approvedBy, tests, local, size, missing} = value;
	if (missing !== undefined) {
		onlyKeys(value, ['missing'], `${where}, which says what is missing,`);
		return {missing: textOf(value, 'missing', where, true)};
	}
	if (local !== undefined && local !== true) throw new AppError('invalid', `${where}.local is true, or left out`);
	if (size !== undefined && !(typeof size === 'number' && Number.isInteger(size) && size >= 0))
		throw new AppError('invalid', `${where}.size must be a number of lines, 0 or more`);
	const [url, owner] = [textOf(value, 'url', where, false), textOf(value, 'owner', where, false)];
	return {
		source: textOf(value, 'source', where, false) ?? 'file',
		...(url === undefined ? {} : {url}),
		...(owner === undefined ? {} : {owner}),
		...(status === undefined ? {} : {status: wordOf(status, statuses, `${where}.status`)}),
		...(approvedBy === undefined ? {} : {approvedBy: textsOf(approvedBy, `${where}.approvedBy`)}),
		...(tests === undefined ? {} : {tests: testsOf(tests, `${where}.tests`)}),
		...(local === undefined ? {} : {local}),
		...(size === undefined ? {} : {size}),
	};
}

function changeOf(value: JsonMap, where: string): Change {
	onlyKeys(value, changeKeys, where);
	const texts = Object.fromEntries(
		optionalTexts.flatMap(key => {
			const text = textOf(value, key, where, false);
			return text === undefined ? [] : [[key, text]];
		}),
	);
	if (Buffer.byteLength(texts['message'] ?? '') > messageBytesMax)
		throw new AppError('invalid', `${where}.message is longer than ${messageBytesMax} bytes`);
	if (texts['sha'] !== undefined && !isSha(texts['sha']))
		throw new AppError('invalid', `${where}.sha must be a whole commit id, 40 hexadecimal digits`);
	const committed = texts['committedAt'];
	if (committed !== undefined && !(/(Z|[+-]\d\d:?\d\d)$/.test(committed) && Number.isFinite(Date.parse(committed)))) {
		throw new AppError('invalid', `${where}.committedAt must be a time with its zone, as in 2026-03-02T10:00:00.000Z`);
	}
	return {
		id: textOf(value, 'id', where, true),
		repository: textOf(value, 'repository', where, true),
		...texts,
		...(committed === undefined ? {} : {committedAt: new Date(committed).toISOString()}),
		...(value['paths'] === undefined ? {} : {paths: pathsOf(value['paths'], `${where}.paths`)}),
		...(value['labels'] === undefined ? {} : {labels: textsOf(value['labels'], `${where}.labels`)}),
		...(value['groups'] === undefined ? {} : {groups: textsOf(value['groups'], `${where}.groups`)}),
		...(value['review'] === undefined ? {} : {review: reviewOf(value['review'], `${where}.review`)}),
	};
}

function targetOf(value: JsonMap, where: string): Target {
	onlyKeys(value, ['repository', 'branch', 'sha'], where);
	const branch = textOf(value, 'branch', where, false);
	const sha = textOf(value, 'sha', where, true);
	if (!isSha(sha)) throw new AppError('invalid', `${where}.sha must be a whole commit id, 40 hexadecimal digits`);
	return {repository: textOf(value, 'repository', where, true), ...(branch === undefined ? {} : {branch}), sha};
}

/** The last commit of each repository and branch in the batch, for a file that names no targets. */
export function targetsOf(changes: readonly Change[]): Target[] {
	const targets = new Map<string, Target>();
	for (const {repository, branch, sha} of changes) {
		if (sha !== undefined) targets.set(`${repository}\0${branch ?? ''}`, {repository, ...(branch === undefined ? {} : {branch}), sha});
	}
	return [...targets.values()];
}

/** Reads the file; throws AppError that names the place of what is wrong. */
export function readChangesFile(file: string): ChangesFile {
	const content = readJsonFile(file);
	if (!isMap(content)) throw new AppError('invalid', `${file} must be an object {"changes": [...]}`);
	onlyKeys(content, ['changes', 'targets', 'atomic', 'perFile'], file);
	if (content['changes'] === undefined) throw new AppError('invalid', `${file} has no «changes»`);
	const changes = listOf(content['changes'], `${file}: changes`).map((each, index) => changeOf(each, `${file}: changes[${index}]`));
	if (changes.length > changesMax) throw new AppError('invalid', `${file} has ${changes.length} changes; at most ${changesMax} are judged`);
	const twice = changes.find((change, index) => changes.findIndex(each => each.id === change.id) !== index);
	if (twice) throw new AppError('invalid', `${file} has two changes with the id ${JSON.stringify(twice.id)}`);
	const {atomic, perFile} = content;
	if (atomic !== undefined && typeof atomic !== 'boolean') throw new AppError('invalid', `${file}: atomic is true or false`);
	if (perFile !== undefined && typeof perFile !== 'boolean') throw new AppError('invalid', `${file}: perFile is true or false`);
	if (atomic === true && perFile === true)
		throw new AppError('invalid', `${file}: atomic and perFile cannot both be true: either all comes in one instant, or file by file`);
	const targets = listOf(content['targets'], `${file}: targets`).map((each, index) => targetOf(each, `${file}: targets[${index}]`));
	return {
		changes,
		targets: content['targets'] === undefined ? targetsOf(changes) : targets,
		...(atomic === undefined ? {} : {atomic}),
		...(perFile === undefined ? {} : {perFile}),
	};
}
