/**
 * docs/scap.md, sections 2 and 3 and the announcements: the commands of the page under a shell on the deploy host, with scap's limit,
 * against a real service.
 */
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {
	announce,
	documented,
	freePort,
	type Machine,
	machine,
	type RunningService,
	serve,
	signalbox,
	temporaryFolder,
	until,
} from '../../helpers/hook-world.ts';
import {runAsSupervisionRule, runAsTestserversCheck, type ScapResult} from '../../helpers/scap-caller.ts';
import {type StageDir, stageDir} from '../../helpers/stage-dir.ts';

const page = documented('scap.md');
const extensions = ['CirrusSearch', 'WikimediaEvents'];
const changeId = (digit: string): string => `I${digit.repeat(40)}`;

type Stage = 'testservers' | 'canaries' | 'production';
type Rule = {readonly stages: Record<Stage, readonly {readonly commands?: readonly string[]}[]>};

/** The commands of one stage of the page's supervision rule. */
function commandsOf(stage: Stage): string[] {
	const {supervision_rules: rules} = page.yaml('supervision_rules') as {supervision_rules: Rule[]};
	return rules.flatMap(rule => rule.stages[stage]).flatMap(({commands = []}) => commands);
}

/** What the page's scap.cfg says, from every block of it. */
function scapConfig(key: string): string {
	const lines = page.blocks('ini').flatMap(block => block.split('\n'));
	return (
		lines
			.find(line => line.startsWith(`${key}:`))
			?.slice(key.length + 1)
			.trim() ?? ''
	);
}

type World = {
	readonly folder: string;
	readonly service: RunningService;
	readonly host: Machine;
	readonly staging: StageDir;
	/** All commands of a stage, at once. */
	ask(stage: Stage, more?: {commands?: readonly string[]; timeoutMs?: number}): Promise<ScapResult[]>;
	readonly announcements: number;
};

/** The page's service and announcements, at paths and ports of this test; the canaries are judged elsewhere, in scap3.ts. */
async function world(t: ExecutionContext): Promise<World> {
	const folder = temporaryFolder(t);
	const staging = stageDir(path.join(folder, 'mediawiki-staging'), extensions);
	const text = page.yamlText('services', 'mediawiki').replaceAll('/srv/mediawiki-staging', staging.folder);
	const announcements = await freePort();
	const service = await serve(
		t,
		folder,
		`announcements: 127.0.0.1:${announcements}\n${text}\n    policy: {rules: {canary-errors: off, signals-alive: off}}\n`,
	);
	const host = machine(folder, 'deploy1003');
	host.configure(`url: ${service.url}\n`);
	const env = {...host.env, SUDO_USER: 'robin'};
	return {
		folder,
		service,
		host,
		staging,
		announcements,
		ask: (stage, {commands = commandsOf(stage), ...more} = {}) => runAsSupervisionRule({commands, env, cwd: staging.folder, ...more}),
	};
}

type Attempt = {attempt: number; state: string; outcome: string | null; verdicts: {stage: string; verdict: string}[]};

/** The attempts of the newest deploy, with their verdicts. */
async function newestDeploy({service}: World): Promise<Attempt[]> {
	const {deploys} = (await service.get('/api/v1/deploys')) as {deploys: {deploy: string}[]};
	const {attempts} = (await service.get(`/api/v1/deploys/${deploys[0]?.deploy}`)) as {attempts: Attempt[]};
	return attempts;
}

const live = async ({service}: World): Promise<string[]> => {
	const {landed} = (await service.get('/api/v1/services/mediawiki/landed')) as {landed: {sha: string}[]};
	return [...new Set(landed.map(({sha}) => sha))].sort();
};

function exits(t: ExecutionContext, results: readonly ScapResult[], code: number): void {
	t.true(results.length > 0);
	for (const result of results) {
		t.is(result.exitCode, code, `${result.status} ${result.crashed}: ${result.output}`);
		t.true(result.ascii);
	}
}

/** What is staged goes out everywhere. */
async function deployAll(t: ExecutionContext, {ask}: World): Promise<void> {
	for (const stage of ['testservers', 'canaries', 'production'] as const) exits(t, await ask(stage), 0);
}

/** A change that leans on one that is merged and nowhere live. */
function stageWrongOrder(staging: StageDir): void {
	staging.mergeElsewhere('CirrusSearch', `Give the schema away\n\nChange-Id: ${changeId('a')}\n`);
	staging.change('WikimediaEvents', `Take the schema over\n\nChange-Id: ${changeId('b')}\nDepends-On: ${changeId('a')}\n`);
	staging.stage();
}

test('every stage of the page asks with exec and a deadline below 120 s', t => {
	for (const stage of ['testservers', 'canaries', 'production'] as const) {
		const commands = commandsOf(stage);
		t.true(commands.length > 0);
		for (const command of [...commands, scapConfig('testservers_check_cmd_baremetal'), scapConfig('testservers_check_cmd_k8s')]) {
			t.regex(command, /^exec signalbox check /);
			const deadline = Number(/ --deadline (\d+)$/.exec(command)?.[1]);
			t.true(deadline >= 5 && deadline <= 115, command);
		}
		t.true(commands.every(command => command.includes(` --stage ${stage} `)));
	}
});

test('a deploy passes its three stages, and all commands of a stage that ask at once get one verdict', async t => {
	const here = await world(t);
	await deployAll(t, here);
	const [attempt] = await newestDeploy(here);
	t.like(attempt, {state: 'closed', outcome: 'completed'});
	const sha = here.staging.change('WikimediaEvents', 'Count more');
	here.staging.stage();
	const twice = commandsOf('testservers').flatMap(command => [command, `${command} --host deploy1003-again`]);
	exits(t, await here.ask('testservers', {commands: twice}), 0);
	t.deepEqual(
		(await newestDeploy(here)).map(({verdicts}) => verdicts.length),
		[1],
	);
	const events = (await here.service.events()).filter(({text}) => text.includes('asked about testservers'));
	t.is(events.length, 3);
	t.true(events.every(({actor}) => 'name' in actor && actor.name === 'robin'));
	t.true((await live(here)).includes(sha) === false);
});

test('the same stage asked again is judged again, and passes once somebody has allowed it', async t => {
	const here = await world(t);
	await deployAll(t, here);
	stageWrongOrder(here.staging);
	const first = await here.ask('testservers');
	exits(t, first, 1);
	t.regex(first[0]?.shown ?? '', /^HOLD: WikimediaEvents \w+ must come after CirrusSearch \w+, merged but not live on any\.\.\./);
	t.regex(first[0]?.shown ?? '', /merged but not live on any group\.\n {11}do: .*git cherry-pick [0-9a-f]{40}/);
	// r, at once.
	exits(t, await here.ask('testservers'), 1);
	const allowed = await signalbox(here.folder, [
		...['allow', '--service', 'mediawiki', '--rule', 'patch-order', '--for', '30m'],
		...['--reason', 'the old owner is unused', '--url', here.service.url],
	]);
	t.is(allowed.exit, 0, allowed.stderr);
	exits(t, await here.ask('testservers'), 0);
	const attempts = await newestDeploy(here);
	t.deepEqual(
		attempts.map(({verdicts}) => verdicts.map(({verdict}) => verdict)),
		[['hold'], ['hold'], ['go']],
	);
});

test('a later stage that is asked after a no is somebody going on over it', async t => {
	const here = await world(t);
	await deployAll(t, here);
	stageWrongOrder(here.staging);
	exits(t, await here.ask('testservers'), 1);
	// i: ignore, and go on. Something is out now, so that what held warns, and the deploy is not taken back for it.
	await here.ask('canaries');
	const [override] = (await here.service.events()).filter(({kind}) => kind === 'gate_overridden');
	t.like(override, {text: 'Went on to canaries although testservers said hold', actor: {kind: 'person', name: 'robin'}});
	const attempts = await newestDeploy(here);
	t.deepEqual(
		attempts.map(({verdicts}) => verdicts.map(({stage}) => stage)),
		[['testservers', 'canaries']],
	);
});

test('with a service that hangs the command ends before its limit, says so, and leaves nothing behind', async t => {
	const here = await world(t);
	here.service.pause();
	t.teardown(() => here.service.resume());
	const commands = commandsOf('testservers').map(command => command.replace(/--deadline \d+/, '--deadline 4'));
	const results = await here.ask('testservers', {commands, timeoutMs: 8000});
	exits(t, results, 4);
	for (const {shown, durationMs} of results) {
		t.regex(shown, /^BLIND: no answer within \d s/);
		t.true(durationMs < 8000, `${durationMs} ms`);
	}
});

test('scap.cfg: the bare-metal command gets its test servers, is not run without any, and both are one question', async t => {
	const here = await world(t);
	await deployAll(t, here);
	const sha = here.staging.change('CirrusSearch', 'Search more');
	here.staging.stage();
	const call = {env: here.host.env, cwd: here.staging.folder};
	const baremetal = scapConfig('testservers_check_cmd_baremetal');
	t.deepEqual(await runAsTestserversCheck({...call, setting: baremetal, baremetalTestservers: []}), []);
	const [first, second] = await Promise.all([
		runAsTestserversCheck({...call, setting: baremetal, baremetalTestservers: ['mwdebug1001', 'mwdebug1002']}),
		runAsTestserversCheck({...call, setting: scapConfig('testservers_check_cmd_k8s'), baremetalTestservers: null}),
	]);
	exits(t, [...first, ...second], 0);
	t.is(first.length, 1);
	const events = await here.service.events();
	const opened = events.filter(({kind, data}) => kind === 'deploy_started' && JSON.stringify(data).includes(sha));
	t.is(opened.length, 1);
});

test('what scap announces closes the deploy, and nobody believes a Finished after a stop', async t => {
	const here = await world(t);
	const say = (message: string) => announce(here.announcements, `!log robin@deploy1003 ${message}`);
	const outcome = async () => (await newestDeploy(here)).at(-1)?.outcome;
	exits(t, await here.ask('testservers'), 0);
	await say('Started scap sync-world: a train');
	await say('Finished scap sync-world: a train (duration: 03m 12s)');
	await until('the deploy is closed', async () => (await outcome()) === 'finished');
	// The same state asked again is another attempt.
	await deployAll(t, here);
	stageWrongOrder(here.staging);
	exits(t, await here.ask('testservers'), 1);
	await say('Finished scap sync-world: in the wrong order (duration: 00m 41s)');
	await until('the stopped deploy is closed', async () => (await outcome()) === 'unknown');
	const events = await here.service.events();
	t.true(events.some(({source, text}) => source === 'announcement' && text.includes('Finished scap sync-world: a train')));
	t.is(events.filter(({kind}) => kind === 'incident_opened').length, 0);
});

test('“Rolling back deployment” opens the incident, and what was live before is live again', async t => {
	const here = await world(t);
	await deployAll(t, here);
	const before = await live(here);
	const sha = here.staging.change('CirrusSearch', 'Search too much');
	here.staging.stage();
	exits(t, await here.ask('testservers'), 0);
	exits(t, await here.ask('canaries'), 0);
	exits(t, await here.ask('production'), 0);
	t.true((await live(here)).includes(sha));
	const next = here.staging.change('WikimediaEvents', 'Count too much');
	here.staging.stage();
	const wasLive = await live(here);
	exits(t, await here.ask('testservers'), 0);
	exits(t, await here.ask('canaries'), 0);
	await announce(here.announcements, '!log robin@deploy1003 Rolling back deployment');
	await until('an incident is open', async () => (await here.service.events()).some(({kind}) => kind === 'incident_opened'));
	await announce(here.announcements, '!log robin@deploy1003 Finished scap sync-world: too much (duration: 05m 00s)');
	await until('the deploy is closed', async () => (await newestDeploy(here)).at(-1)?.outcome === 'rolled-back');
	t.deepEqual(await live(here), wasLive);
	t.notDeepEqual(wasLive, before);
	t.false(wasLive.includes(next));
	t.is((await here.service.events()).filter(({kind}) => kind === 'incident_opened').length, 1);
});

test('a return to what was live before is a rollback by its content, and passes while the order is wrong', async t => {
	const here = await world(t);
	const old = here.staging.change('WikimediaEvents', 'Count well');
	here.staging.stage();
	await deployAll(t, here);
	stageWrongOrder(here.staging);
	exits(t, await here.ask('testservers'), 1);
	await here.ask('canaries');
	here.staging.takeBack('WikimediaEvents', old);
	exits(t, await here.ask('testservers'), 0);
	const events = await here.service.events();
	t.true(events.some(({kind, text}) => kind === 'rollback_started' && text.includes('seen by its content')));
});
