/**
 * docs/scap.md, section 1, run as scap runs it: the very command lines of the page, on targets laid out by scap, against a real service.
 */
import {appendFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {TimelineEvent} from '../../../reports/events.ts';
import {commit, git, repository} from '../../helpers/client-world.ts';
import {keepLogging, type LoggedLine, writeQuietPast} from '../../helpers/hook-log.ts';
import {documented, machine, type RunningService, serve, signalbox, temporaryFolder, until} from '../../helpers/hook-world.ts';
import {runAsScap3, runOnTargets, type ScapResult} from '../../helpers/scap-caller.ts';
import {documentedCheck, documentedChecks, type ScapTarget, scapTarget} from '../../helpers/scap-target.ts';

const canaries = ['ores1001', 'ores1002', 'ores1003'];
const baseline = ['ores2001', 'ores2002', 'ores2003', 'ores2004'];
const before = documentedCheck('gate-before');
const canary = documentedCheck('gate-canaries');
const production = documentedCheck('gate-production');

type World = {
	readonly service: RunningService;
	readonly targets: readonly ScapTarget[];
	/** A commit in the deploy host's checkout. */
	change(message: string): string;
	readonly log: string;
	/** The deploy host's checkout. */
	readonly source: string;
};

/** The service of the page, with hosts and a signal added, and three canaries on which nothing was deployed yet. */
async function world(t: ExecutionContext, {rules = {}, lang}: {rules?: object; lang?: string} = {}): Promise<World> {
	const folder = temporaryFolder(t);
	const log = path.join(folder, 'ores.log');
	writeQuietPast(log, {canaries, baseline});
	const {services} = documented('scap.md').yaml('services', 'ores') as {services: {ores: object}};
	const signals = {errors: {log: {path: log, format: 'json'}, match: {levels: ['ERROR']}, lag: '1s'}};
	const ores = {...services.ores, hosts: {canaries, baseline}, signals, policy: {rules}};
	const service = await serve(t, folder, JSON.stringify({services: {ores}}));
	const source = repository(path.join(folder, 'deploy-host'));
	const targets = canaries.map(name => {
		const target = machine(folder, name, lang === undefined ? {} : {lang});
		target.configure(`url: ${service.url}\nunreachable: hold\n`);
		return scapTarget(target, source);
	});
	return {service, targets, log, source, change: message => commit(source, message, {file: message})};
}

const onAll = (targets: readonly ScapTarget[], check: typeof before, sha: string): Promise<ScapResult[]> =>
	runOnTargets(targets.map(target => target.call(check, sha)));

/** A revision that went out some time ago, as scap leaves the disk. */
function wasDeployed(targets: readonly ScapTarget[], sha: string): void {
	for (const target of targets) {
		target.fetch(sha);
		target.promote(sha);
		target.finalize(sha);
	}
}

/** The hosts whose questions were stored, one for each. */
const askedBy = (events: readonly TimelineEvent[]): unknown[] =>
	events
		.filter(({kind}) => kind === 'stage_started' || kind === 'gate_check')
		.map(({data}) => data['host'])
		.sort();

async function verdictsOf(service: RunningService, deployIndex = 0): Promise<{stage: string; verdict: string}[]> {
	const {deploys} = (await service.get('/api/v1/deploys')) as {deploys: {deploy: string}[]};
	const {attempts} = (await service.get(`/api/v1/deploys/${deploys[deployIndex]?.deploy}`)) as {
		attempts: {verdicts: {stage: string; verdict: string}[]}[];
	};
	return attempts.flatMap(({verdicts}) => verdicts.map(({stage, verdict}) => ({stage, verdict})));
}

/** Fails with what was printed, which is what one needs to see then. */
function allPassed(t: ExecutionContext, results: readonly ScapResult[]): void {
	for (const result of results)
		t.is(result.status, 'passed', `${result.exitCode} ${result.crashed} after ${result.durationMs} ms: ${result.output}`);
}

test('the page has a check before anything is out, one on the canaries and one for all, each with a deadline below its limit', t => {
	t.deepEqual(Object.keys(documentedChecks()), ['gate-before', 'gate-canaries', 'gate-production']);
	for (const {command, timeout = 30} of Object.values(documentedChecks())) {
		const deadline = Number(/ --deadline (\d+)$/.exec(command)?.[1]);
		t.true(deadline >= 5 && deadline <= timeout - 5, command);
	}
});

test('the first deploy of a machine, asked by three targets at once: one look, one verdict, all go on', async t => {
	const {service, targets, change} = await world(t);
	const sha = change('Serve scores');
	for (const target of targets) target.fetch(sha);
	const [first] = targets;
	t.is(first?.call(before, sha).env['SCAP_CURRENT_REV_DIR'], undefined);
	t.is(first?.call(before, sha).env['SCAP_DONE_REV_DIR'], undefined);
	const results = await onAll(targets, before, sha);
	allPassed(t, results);
	t.deepEqual(await verdictsOf(service), [{stage: 'before', verdict: 'go'}]);
	const events = await service.events();
	t.deepEqual(askedBy(events), canaries);
	t.is(events.filter(({kind}) => kind === 'gate_passed').length, 1);
	t.is(events.filter(({kind}) => kind === 'deploy_started').length, 1);
});

test('a hold stops all three, and scap shows the reason and the remedy', async t => {
	const {service, targets, change, source} = await world(t, {lang: 'C.UTF-8'});
	wasDeployed(targets, change('Serve scores'));
	const needed = `I${'a'.repeat(40)}`;
	git(source, 'checkout', '-q', '-b', 'next');
	change(`Let the model be asked twice\n\nChange-Id: ${needed}\n`);
	git(source, 'checkout', '-q', 'main');
	const sha = change(`Ask the model twice – schön\n\nChange-Id: I${'b'.repeat(40)}\nDepends-On: ${needed}\n`);
	for (const target of targets) target.fetch(sha);
	const results = await onAll(targets, before, sha);
	for (const {status, exitCode, shown, ascii, durationMs} of results) {
		t.deepEqual([status, exitCode, ascii], ['failed', 1, true], shown);
		const [line = ''] = shown.split('\n');
		t.regex(line, /^HOLD: deploy \w{7} must come after deploy \w{7}, merged but not live/);
		t.true(line.length < 100);
		t.regex(shown, /\n {11}do: /);
		t.true(durationMs < 25_000);
	}
	t.deepEqual(await verdictsOf(service), [{stage: 'before', verdict: 'hold'}]);
});

test('errors on the canaries, written to the log that the service follows, are answered with roll back within the limit', async t => {
	const {service, targets, change, log} = await world(t);
	wasDeployed(targets, change('Serve scores'));
	const sha = change('Serve wrong scores');
	for (const target of targets) target.fetch(sha);
	allPassed(t, await onAll(targets, before, sha));
	for (const target of targets) target.promote(sha);
	let broken = false;
	const quiet = (host: string): LoggedLine => ({host, level: 'INFO', message: 'served'});
	keepLogging(t, log, () => [
		...[...canaries, ...baseline].map(quiet),
		...(broken ? canaries.map(host => ({host, level: 'ERROR', message: `no such model “wp10” – ${'ä'.repeat(3000)}`})) : []),
	]);
	broken = true;
	const results = await onAll(targets, canary, sha);
	for (const {status, exitCode, shown, ascii, durationMs} of results) {
		t.deepEqual([status, exitCode, ascii], ['failed', 3, true], shown);
		t.regex(shown, /^ROLL BACK: /);
		t.true(durationMs < 55_000);
	}
	t.deepEqual(await verdictsOf(service), [
		{stage: 'before', verdict: 'go'},
		{stage: 'canaries', verdict: 'rollback'},
	]);
	const events = await service.events();
	t.is(events.filter(({kind}) => kind === 'incident_opened').length, 1);
	// scap takes it back without a word; the next deploy's question shows it.
	for (const target of targets) target.rollBack();
	const fixed = change(`Serve right scores\n\nFixes-Incident: ${events.find(({kind}) => kind === 'incident_opened')?.incident}\n`);
	for (const target of targets) target.fetch(fixed);
	await onAll(targets, before, fixed);
	const corrected = (await service.events()).filter(({kind, text}) => kind === 'landed' && text.startsWith('Correction'));
	t.true(corrected.length > 0);
});

test('canaries that were never heard from are answered with blind before the 30 s of a check without a timeout', async t => {
	const {targets, change} = await world(t);
	wasDeployed(targets, change('Serve scores'));
	const sha = change('Serve no scores');
	for (const target of targets) {
		target.fetch(sha);
		target.promote(sha);
	}
	const {timeout, ...unlimited} = canary;
	t.is(timeout, 60);
	const hasty = {...unlimited, command: canary.command.replace(/--deadline \d+/, '--deadline 25')};
	const results = await onAll(targets, hasty, sha);
	for (const {status, exitCode, shown, ascii, durationMs} of results) {
		t.deepEqual([status, exitCode, ascii], ['failed', 4, true], shown);
		t.regex(shown, /^BLIND: /);
		t.true(durationMs < 30_000, `${durationMs} ms`);
	}
});

test('the revision that is already live passes the check before, and the last stage closes the deploy', async t => {
	const {service, targets, change} = await world(t, {rules: {'canary-errors': 'off', 'signals-alive': 'off'}});
	const sha = change('Serve scores');
	wasDeployed(targets, sha);
	allPassed(t, await onAll(targets, before, sha));
	const next = change('Serve more scores');
	for (const target of targets) target.fetch(next);
	allPassed(t, await onAll(targets, before, next));
	for (const target of targets) target.promote(next);
	allPassed(t, await onAll(targets, canary, next));
	allPassed(t, await onAll(targets, production, next));
	for (const target of targets) target.finalize(next);
	allPassed(t, await onAll(targets, before, next));
	const {landed} = (await service.get('/api/v1/services/ores/landed')) as {landed: {group: string; sha: string}[]};
	t.deepEqual(landed.map(({group, sha: live}) => [group, live]).sort(), [
		['canary', next],
		['default', next],
	]);
});

test('a service killed in the middle of a look is asked again, and the one that comes back gives the verdict', async t => {
	const {service, targets, change, log} = await world(t, {rules: {'canary-errors': {test: 'plain', wait: '3s', count: 1}}});
	wasDeployed(targets, change('Serve scores'));
	const sha = change('Serve wrong scores');
	for (const target of targets) {
		target.fetch(sha);
		target.promote(sha);
	}
	keepLogging(t, log, () => [
		...[...canaries, ...baseline].map(host => ({host, level: 'INFO', message: 'served'})),
		...canaries.map(host => ({host, level: 'ERROR', message: 'no such model'})),
	]);
	const asking = onAll(targets, canary, sha);
	await until('all three have asked', async () => askedBy(await service.events()).length === 3);
	await service.kill();
	await service.restart();
	for (const {exitCode, shown} of await asking) t.is(exitCode, 3, shown);
	t.is((await verdictsOf(service)).filter(({verdict}) => verdict === 'rollback').length, 1);
	const events = await service.events();
	// Asked again with the same key, each call is stored once.
	t.deepEqual(askedBy(events), canaries);
	t.is(events.filter(({kind}) => kind === 'incident_opened').length, 1);
});

test('nothing of ours but one file is on the machine, and the page’s way to try it works with an empty environment', async t => {
	const folder = temporaryFolder(t);
	const target = machine(folder, 'ores1001');
	t.deepEqual(readdirSync(path.join(folder, 'machines/ores1001/bin')).sort(), ['node', 'signalbox']);
	const {env} = target;
	const [line = ''] = [
		...(/`sudo -u deploy-service env -i PATH=\S+ (signalbox check --help)`/.exec(documented('scap.md').text) ?? []),
	].slice(1);
	t.is(line, 'signalbox check --help');
	const {status, exitCode} = await runAsScap3({commandLine: line, env: {PATH: env['PATH'] ?? ''}, cwd: folder});
	t.deepEqual([status, exitCode], ['passed', 0]);
	// Without a configuration it is wrong usage, not a private store for each target.
	const unconfigured = await runAsScap3({commandLine: before.command, env, cwd: folder});
	t.is(unconfigured.exitCode, 2);
	t.regex(unconfigured.shown, /^signalbox: .*\/etc\/signalbox\.yaml/);
});

test('after a first deploy that failed the page’s rollback prints how to go back, or why it cannot', async t => {
	const {service, targets, change} = await world(t, {rules: {'canary-errors': 'off', 'signals-alive': 'off'}});
	const sha = change('Serve scores');
	for (const target of targets) target.fetch(sha);
	await onAll(targets, before, sha);
	for (const target of targets) target.promote(sha);
	await onAll(targets, canary, sha);
	const line = /`signalbox (rollback --service ores .*? --plan)`/.exec(documented('scap.md').text)?.[1] ?? '';
	t.true(line.length > 0);
	const folder = temporaryFolder(t);
	appendFileSync(path.join(folder, 'signalbox.yaml'), `url: ${service.url}\n`);
	const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
	const {exit, stdout, stderr} = await signalbox(folder, words);
	t.is(exit, 0, stderr);
	t.regex(stdout, /ores/);
});
