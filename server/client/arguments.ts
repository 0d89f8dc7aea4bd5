/** The command line of `signalbox check`. */
import {parseArgs} from 'node:util';
import {nearest} from '../../gate/nearest.ts';
import {AppError} from '../app-error.ts';
import type {CheckMode} from './contract.ts';

export type Arguments = {
	readonly service: string;
	readonly stage: string;
	/** Changes named on the command line, in the order in which they go out. */
	readonly named: readonly string[];
	readonly mode: CheckMode;
	readonly reason: string | null;
	readonly deadlineMs: number;
	readonly config: string | null;
	readonly url: string | null;
	readonly json: boolean;
	/** How this host is named; null: as the machine names itself. */
	readonly host: string | null;
};

const options = {
	service: {type: 'string'},
	stage: {type: 'string'},
	rollback: {type: 'boolean'},
	force: {type: 'boolean'},
	reason: {type: 'string'},
	deadline: {type: 'string'},
	config: {type: 'string'},
	url: {type: 'string'},
	json: {type: 'boolean'},
	host: {type: 'string'},
	help: {type: 'boolean', short: 'h'},
} as const;

const names = Object.keys(options).map(name => `--${name}`);
const namesMax = 1000;
const textMax = 2000;
/** Less leaves no time to ask; more than an hour is nobody's hook. */
const deadlineSeconds = {default: 25, min: 2, max: 3600};

export const usage = `Usage: signalbox check --service S --stage T [CHANGE...] [options]

Asks the gate whether a deploy may go on. CHANGE is a commit (7 or more digits), a Change-Id, REPOSITORY@COMMIT
or a pull request, OWNER/REPOSITORY#NUMBER or its address, which the service looks up;
without one, everything that is new in the configured checkouts is meant.

  --service S         the service that is deployed
  --stage T           the stage that was reached: before, testservers, canaries, production or the service's own
  --rollback          this takes a deploy back: never held, always recorded
  --force             pass at once, without looking: always recorded, needs --reason
  --reason TEXT       why, for the record
  --deadline SECONDS  answer within this time (default 25); stay below the limit of whatever runs this
  --config FILE       instead of $SIGNALBOX_CONFIG, ./signalbox.yaml and /etc/signalbox.yaml
  --url URL           the service, instead of the configuration's url
  --host NAME         how this host is named in the service's configuration
  --json              print one JSON object and nothing else

Exit codes: 0 go, 1 hold, 2 wrong usage or configuration, 3 roll back, 4 blind (the evidence cannot be had).

Example, as a check of scap on a canary with a limit of 60 seconds:
  signalbox check --service ores --stage canaries --deadline 55
`;

const wrong = (text: string) => new AppError('invalid', `${text} (signalbox check --help shows how)`);

/** The first option that does not exist, or has no value, as a sentence: node's own would not name the nearest one. */
function refuseWrongOptions(argv: readonly string[]): void {
	const {tokens} = parseArgs({args: [...argv], options, strict: false, allowPositionals: true, tokens: true});
	for (const token of tokens) {
		if (token.kind !== 'option') continue;
		const known = Object.entries(options).find(([name]) => name === token.name);
		if (!known) {
			const near = nearest(token.rawName, names);
			throw wrong(`there is no option ${token.rawName}${near ? `; did you mean ${near}?` : ''}`);
		}
		if (known[1].type === 'boolean' && token.value !== undefined) throw wrong(`${token.rawName} takes no value`);
		const lacksValue = token.value === undefined || (!token.inlineValue && token.value.startsWith('-'));
		if (known[1].type === 'string' && lacksValue) throw wrong(`${token.rawName} needs a value`);
	}
}

function deadlineMsOf(text: string | undefined): number {
	if (text === undefined) return deadlineSeconds.default * 1000;
	const seconds = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
	if (seconds >= deadlineSeconds.min && seconds <= deadlineSeconds.max) return Math.round(seconds * 1000);
	throw wrong(`--deadline is a number of seconds from ${deadlineSeconds.min} to ${deadlineSeconds.max}, not ${JSON.stringify(text)}`);
}

/** Reads the command line; `help` where that is all that was asked. Throws AppError with one sentence for wrong usage. */
export function readArguments(argv: readonly string[]): Arguments | 'help' {
	const args = argv[0] === 'check' ? argv.slice(1) : argv;
	refuseWrongOptions(args);
	const {values, positionals} = parseArgs({args: [...args], options, allowPositionals: true});
	if (values.help) return 'help';
	for (const [name, value] of Object.entries(values)) {
		if (typeof value === 'string' && value.trim() === '') throw wrong(`--${name} is empty`);
		if (typeof value === 'string' && value.length > textMax) throw wrong(`--${name} is longer than ${textMax} characters`);
	}
	if (values.service === undefined) throw wrong('--service is missing: the service that is deployed');
	if (values.stage === undefined) throw wrong('--stage is missing: the stage that was reached, such as before or canaries');
	if (values.force && values.rollback) throw wrong('--force and --rollback exclude each other');
	if (values.force && values.reason === undefined) throw wrong('--force needs --reason TEXT: it is recorded who passed the gate, and why');
	if (positionals.length > namesMax) throw wrong(`more than ${namesMax} changes are named`);
	return {
		service: values.service,
		stage: values.stage,
		named: positionals,
		mode: values.force ? 'force' : values.rollback ? 'rollback' : 'check',
		reason: values.reason ?? null,
		deadlineMs: deadlineMsOf(values.deadline),
		config: values.config ?? null,
		url: values.url ?? null,
		json: values.json ?? false,
		host: values.host ?? null,
	};
}
