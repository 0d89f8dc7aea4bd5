import {spawnSync} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {plainText} from '../../reports/plain-text.ts';
import type {RollbackPlan} from '../actions/take-back.ts';
import {AppError} from '../app-error.ts';
import {type Api, type Command, type Io, need, parseCommand, personOf, withApi} from './command.ts';

const options = {
	service: {type: 'string'},
	deploy: {type: 'string'},
	reason: {type: 'string'},
	plan: {type: 'boolean'},
	run: {type: 'boolean'},
} as const;
const outputMax = 2000;

/** What must be read before a command is: a rollback is never held, so it stands first. */
const warningLines = ({warnings}: RollbackPlan): string[] =>
	warnings.length === 0 ? [] : ['Before you run anything:', ...warnings.map(text => `  ! ${plainText(text)}`)];

/** The messages of the reverts, ready to paste, and how each goes to review. */
const messageLines = ({debts}: RollbackPlan): string[] =>
	debts.flatMap(({text, message, commands}) =>
		message === null
			? []
			: [
					`${text}:`,
					...message
						.trimEnd()
						.split('\n')
						.map(line => (line === '' ? '' : `    ${plainText(line)}`)),
					...commands.map(command => `  ${command}`),
				],
	);

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** How much there is to do, and whether there is something to read before. */
const sayPlan = ({steps, warnings}: RollbackPlan): string =>
	[
		steps.length === 0 ? 'no command is known' : counted(steps.length, 'command'),
		...(warnings.length === 0 ? [] : [`${counted(warnings.length, 'warning')} to read first`]),
	].join(', ');

function planLines(plan: RollbackPlan): string[] {
	const where = plan.host === null ? 'Run this now:' : `Run this now, on ${plan.host}:`;
	return [
		`Take back ${plan.deploy}/${plan.attempt} of ${plan.service}${plan.incident === null ? '' : ` (${plan.incident})`}: ${sayPlan(plan)}`,
		...warningLines(plan),
		...(plan.steps.length === 0
			? ['No command is known: the service has no git checkouts and no `rollback: commands:` in its configuration.']
			: [where]),
		...plan.steps.flatMap(({command, why}) => [`  ${command}`, `      ${why}`]),
		...(plan.targets.length > 0
			? ['It is done when each checkout has the contents of:', ...plan.targets.map(({path, sha}) => `  ${path}  ${sha.slice(0, 12)}`)]
			: []),
		...(plan.sideEffects.length > 0 ? ['It also does this:', ...plan.sideEffects.map(text => `  ${text}`)] : []),
		'Owed afterwards:',
		...plan.debt.map(text => `  ${text}`),
		...messageLines(plan),
	];
}

const git = (path: string, ...args: string[]) => spawnSync('git', ['-C', path, ...args], {encoding: 'utf8', timeout: 60_000});

/** Each checkout must have the contents of its target commit: a revert is another commit with the same tree. */
function verifyTargets(plan: RollbackPlan): {verified: boolean | null; detail: string} {
	if (plan.targets.length === 0) return {verified: null, detail: 'no checkout to look at'};
	const seen = plan.targets.map(({path, sha}) => {
		const now = git(path, 'rev-parse', 'HEAD^{tree}').stdout?.trim();
		const wanted = git(path, 'rev-parse', `${sha}^{tree}`).stdout?.trim();
		const clean = git(path, 'status', '--porcelain', '--untracked-files=no').stdout?.trim() === '';
		return {
			ok: now !== '' && now === wanted && clean,
			text: `${path} ${now === wanted ? 'has' : 'has not'} the contents of ${sha.slice(0, 12)}${clean ? '' : ', with local changes'}`,
		};
	});
	return {verified: seen.every(({ok}) => ok), detail: seen.map(({text}) => text).join('; ')};
}

async function carryOut(plan: RollbackPlan, api: Api, io: Io): Promise<number> {
	if (plan.steps.length === 0)
		throw new AppError(
			'conflict',
			'There is nothing to run: no command is known for this service. Write `rollback: commands:` in its configuration.',
		);
	for (const line of warningLines(plan)) io.out(`${line}\n`);
	const about = {actor: personOf(io.env)};
	const path = `/incidents/${plan.incident}/rollbacks`;
	await api.post(path, {
		...about,
		phase: 'started',
		verified: null,
		detail: plan.steps
			.map(({command}) => command)
			.join(' && ')
			.slice(0, 4000),
		idempotencyKey: randomUUID(),
	});
	for (const {command} of plan.steps) {
		io.out(`$ ${command}\n`);
		const {status, stdout, stderr, error} = spawnSync('sh', ['-c', command], {
			encoding: 'utf8',
			timeout: 30 * 60_000,
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		io.out(`${stdout ?? ''}${stderr ?? ''}`);
		if (status !== 0) {
			const why = error ? error.message : `exit ${status}`;
			await api.post(path, {
				...about,
				phase: 'ended',
				verified: false,
				detail: `${command} failed (${why}): ${(stderr ?? '').slice(-outputMax)}`.slice(0, 4000),
				idempotencyKey: randomUUID(),
			});
			io.err(
				`signalbox rollback: the command failed (${why}); the steps after it were not run. This attempt is counted in ${plan.incident}. Mend it, then run it again.\n`,
			);
			return 1;
		}
	}
	const seen = verifyTargets(plan);
	await api.post(path, {...about, phase: 'ended', ...seen, idempotencyKey: randomUUID()});
	io.out(seen.verified === false ? `Not verified: ${seen.detail}\n` : `${seen.verified ? 'Verified by commit' : 'Run'}: ${seen.detail}\n`);
	return seen.verified === false ? 1 : 0;
}

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values} = parseCommand(args, options);
	const service = need(values.service, '--service', '--service mediawiki');
	if (values.plan && values.run) throw new AppError('invalid', '--plan only prints, --run runs: give one of them.');
	return withApi(values, io, async api => {
		if (values.plan) {
			const query = new URLSearchParams({
				...(values.deploy === undefined ? {} : {deploy: values.deploy}),
				reason: values.reason ?? 'rollback',
			});
			const plan = await api.get<RollbackPlan>(`/services/${encodeURIComponent(service)}/rollback-plan?${query}`);
			io.out(values.json ? `${JSON.stringify(plan)}\n` : `${planLines(plan).join('\n')}\n`);
			return 0;
		}
		const reason = need(values.reason, '--reason', "--reason 'blank pages on all wikis'");
		const body = {service, deploy: values.deploy ?? null, reason, actor: personOf(io.env), idempotencyKey: randomUUID()};
		const plan = await api.post<RollbackPlan>('/rollbacks', body);
		if (!values.run) {
			io.out(
				values.json
					? `${JSON.stringify(plan)}\n`
					: `${planLines(plan).join('\n')}\nThe report is being written: ${api.url}/incidents/${plan.incident}\n`,
			);
			return 0;
		}
		return carryOut(plan, api, io);
	});
}

export const command: Command = {
	summary: 'say that a deploy is taken back; print the exact commands, or run them',
	help: `Usage: signalbox rollback --service S --reason TEXT [--deploy ID] [--plan | --run]

  (neither)   records the decision, opens the incident, prints the commands for now and what is owed afterwards
  --plan      only prints; nothing is recorded
  --run       records, runs the commands here, verifies the commit of every checkout, counts the attempt

Example: signalbox rollback --service mediawiki --reason 'duplicate registration on all wikis'`,
	run,
};
