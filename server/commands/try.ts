/** `signalbox try FACTS.json`: judges facts without a service or a database. What-if, and unit tests for policies. */

import {resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {evaluate} from '../../gate/evaluate.ts';
import type {Facts} from '../../gate/facts.ts';
import {suggestion} from '../../gate/nearest.ts';
import {type Policy, readPolicy} from '../../gate/policy.ts';
import type {Rule} from '../../gate/rule.ts';
import {exitCodeOf} from '../../gate/verdict.ts';
import {AppError} from '../app-error.ts';
import {plain, verdictLines} from '../client/print.ts';
import {loadPolicyFile, readTextFile} from '../config/load.ts';
import {explain} from '../schemas/explain.ts';
import {factsJsonSchema, factsSchema} from '../schemas/facts.ts';
import {inputError} from '../yaml.ts';

export type CommandIo = {
	/** Standard output and standard error, one text with its line ends. */
	out(text: string): void;
	err(text: string): void;
	/** Whether standard output is a terminal: colours are for people. */
	readonly isTty: boolean;
	readonly cwd: string;
};

const factsBytesMax = 64 * 1024 * 1024;
const wrongUsage = 2;

const help = `signalbox try FACTS.json [--policy FILE] [--json]
signalbox try --schema

Judges the facts in a file by a policy, without a service or a database.

  --policy FILE   a policy in YAML; without it every rule with its own limits
  --json          the verdict as JSON
  --schema        print the JSON Schema of the facts and stop

Exit codes: 0 go, 1 hold, 2 wrong usage or a wrong file, 3 roll back, 4 blind.
Example: signalbox try facts.json --policy policy.yaml
`;

function readFacts(path: string, cwd: string): Facts {
	const text = readTextFile(resolve(cwd, path), path, factsBytesMax);
	let input: unknown;
	try {
		input = JSON.parse(text);
	} catch (error) {
		throw new AppError('invalid', `${path} is not JSON: ${error instanceof Error ? error.message : 'it cannot be parsed'}`);
	}
	const read = factsSchema.safeParse(input);
	if (read.success) return read.data;
	const sentences = explain(read.error, input, factsJsonSchema());
	throw inputError(
		path,
		sentences.map(sentence => `${path}: ${sentence}`),
	);
}

function policyOf(path: string | undefined, cwd: string, rules: readonly Rule[]): Policy {
	if (path !== undefined) return loadPolicyFile(resolve(cwd, path), path, rules);
	const read = readPolicy(undefined, rules);
	if ('policy' in read) return read.policy;
	throw new AppError('invalid', 'the rules have no usable defaults, which is a bug');
}

/** JSON in which everything beyond ASCII is escaped, since it goes into pipes. */
const asciiJson = (value: unknown): string =>
	JSON.stringify(value, null, '\t').replace(/[^\n\t\x20-\x7e]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

function judge(args: string[], io: CommandIo, rules: readonly Rule[]): number {
	const {values, positionals} = parseArgs({
		args,
		allowPositionals: true,
		options: {policy: {type: 'string'}, json: {type: 'boolean'}, schema: {type: 'boolean'}, help: {type: 'boolean', short: 'h'}},
	});
	if (values.help) {
		io.out(help);
		return 0;
	}
	if (values.schema) {
		io.out(`${JSON.stringify(factsJsonSchema(), null, '\t')}\n`);
		return 0;
	}
	const [path, ...more] = positionals;
	if (path === undefined || more.length > 0)
		throw new AppError('invalid', `one file of facts is needed, not ${positionals.length}; see signalbox try --help`);
	const policy = policyOf(values.policy, io.cwd, rules);
	const {verdict, stage, at, findings} = evaluate(policy, readFacts(path, io.cwd));
	const answer = {verdict, deploy: null, stage, at, findings, url: null};
	io.out(values.json ? `${asciiJson(answer)}\n` : `${verdictLines(answer, {colour: io.isTty}).join('\n')}\n`);
	return exitCodeOf[verdict];
}

const isUsageError = (error: unknown): error is Error =>
	error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');

const options = ['--policy', '--json', '--schema', '--help'];

/** Node's sentence about a wrong option ends in advice that helps nobody here; the nearest right option does. */
function usageSentence({message}: Error): string {
	const unknown = /^Unknown option '(-[^']{0,60})/.exec(message)?.[1];
	if (unknown === undefined) return `${message}; see signalbox try --help`;
	return `there is no option ${unknown}${suggestion(unknown, options)}`;
}

/** Runs the command and returns its exit code; a wrong command line or file is 2, with a sentence for each problem. */
export function tryCommand(args: string[], io: CommandIo, rules: readonly Rule[]): Promise<number> {
	try {
		return Promise.resolve(judge(args, io, rules));
	} catch (error) {
		if (error instanceof AppError) {
			for (const sentence of [error.message, ...error.problems.map(problem => `  ${problem}`)]) {
				io.err(`${sentence.startsWith('  ') ? '  ' : 'signalbox try: '}${plain(sentence)}\n`);
			}
			return Promise.resolve(wrongUsage);
		}
		if (!isUsageError(error)) return Promise.reject(error);
		io.err(`signalbox try: ${plain(usageSentence(error))}\n`);
		return Promise.resolve(wrongUsage);
	}
}
