/** Plays the steps of a story, one after another, and judges what it expects. */
import {setTimeout as sleep} from 'node:timers/promises';
import type {Draft} from '../../reports/draft.ts';
import {AppError} from '../app-error.ts';
import {announce} from './announce.ts';
import {isSaid, type Judged, judgeSaid} from './expectations.ts';
import {shipped} from './place-set.ts';
import type {Stage} from './stage.ts';
import type {Action, Expectation, Step} from './story.ts';
import {commandLine, type Telling} from './telling.ts';

/** Commands end by themselves; this is for one that hangs. */
const hangsMs = 180_000;
const pollMs = 100;

type ActionOf<Verb extends Action['do']> = Extract<Action, {readonly do: Verb}>;
type Playing = {
	readonly stage: Stage;
	readonly speed: number;
	readonly telling: Telling;
	readonly abort: AbortSignal;
	readonly line: number;
	/** What people know by now: the incident that is open, and commits by their names in the story. */
	fill(text: string): string;
};

const waitReal = async (ms: number, abort: AbortSignal): Promise<void> => {
	await sleep(ms, undefined, {signal: abort}).catch((error: unknown) => {
		if (!abort.aborted) throw error;
	});
	if (abort.aborted) throw new AppError('unavailable', 'The story was interrupted.');
};

/** The newest incident that was opened, or null. */
export async function newestIncident({api, story}: Stage): Promise<string | null> {
	const opened = (await api.events(story.service.name)).filter(({kind}) => kind === 'incident_opened');
	return opened.at(-1)?.incident ?? null;
}

type Asked = {readonly exit: number; readonly output: string; readonly tookSeconds: number};

type Shown = {readonly words: readonly string[]; readonly file: string; readonly args: readonly string[]; readonly isSilent?: boolean};

async function runShown({stage, telling}: Playing, {words, file, args, isSilent = false}: Shown): Promise<Asked> {
	telling.line(`$ ${commandLine(['signalbox', ...words])}`);
	const shown = telling.output(isSilent);
	const beganMs = stage.nowMs();
	// Commits that a command makes are made at the story's time.
	const date = `${Math.floor(beganMs / 1000)} +0000`;
	const env = {GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date};
	const {exit, output} = await stage.children.run(process.execPath, [file, ...args], {limitMs: hangsMs, onText: shown.add, env});
	shown.end();
	const tookSeconds = (stage.nowMs() - beganMs) / 1000;
	if (!isSilent) telling.line(`exit ${exit}, after ${tookSeconds.toFixed(1)} s`);
	return {exit, output, tookSeconds};
}

function judgeAsked({line, fill}: Playing, {exit, output, tookSeconds}: Asked, expect: Expectation, who: string): Judged[] {
	const judged: Judged[] = [];
	if (expect.exit !== null) judged.push({line, what: `${who}exit ${expect.exit}`, met: exit === expect.exit, got: `exit ${exit}`});
	if (expect.withinSeconds !== null)
		judged.push({
			line,
			what: `${who}within ${expect.withinSeconds} s`,
			met: tookSeconds <= expect.withinSeconds,
			got: `${tookSeconds.toFixed(1)} s`,
		});
	const filled = {says: expect.says.map(fill), saysNot: expect.saysNot.map(fill)};
	return [...judged, ...judgeSaid(line, output, filled).map(one => ({...one, what: `${who}${one.what}`}))];
}

async function check(playing: Playing, action: ActionOf<'check'>): Promise<Judged[]> {
	const {stage, fill} = playing;
	const {service} = stage.story;
	const common = [
		...['check', '--service', service.name, '--stage', action.stage, '--deadline', String(action.deadlineSeconds)],
		...(action.force === null ? [] : ['--force', '--reason', fill(action.force)]),
		...(action.rollback ? ['--rollback'] : []),
		...action.changes.map(id => stage.git.shaOf(id).slice(0, 10)),
	];
	const asked = await Promise.all(
		action.hosts.map(async (host, index) => {
			const words = [...common, '--host', host];
			return {host, answer: await runShown(playing, {words, file: shipped.check, args: words.slice(1), isSilent: index > 0})};
		}),
	);
	const many = asked.length > 1;
	for (const {host, answer} of asked.slice(1))
		playing.telling.line(`exit ${answer.exit} on ${host}, after ${answer.tookSeconds.toFixed(1)} s`);
	return asked.flatMap(({host, answer}) => judgeAsked(playing, answer, action.expect, many ? `${host}: ` : ''));
}

async function command(playing: Playing, action: ActionOf<'command'>): Promise<Judged[]> {
	const words = [action.name, ...action.args.map(playing.fill)];
	const answer = await runShown(playing, {words, file: shipped.cli, args: [...words, '--url', playing.stage.url]});
	return judgeAsked(playing, answer, action.expect, '');
}

async function checkout({stage, telling, fill}: Playing, action: ActionOf<'checkout'>): Promise<Judged[]> {
	const picks = action.picks.map(pick => ({
		commit: pick.commit,
		footers: Object.fromEntries(Object.entries(pick.footers).map(([name, value]) => [name, fill(value)])),
	}));
	const where = action.from === 'start' ? 'The staging checkouts go back to what was live at the start' : 'On the staging checkouts';
	const shas = await stage.git.pick(action.from, picks);
	const named = picks.map(({commit}, index) => `${commit} (${(shas[index] ?? '').slice(0, 7)})`);
	telling.line(`${where}${named.length > 0 ? `; picked, in this order: ${named.join(', ')}` : ''}`);
	return [];
}

async function deployTo({stage, telling}: Playing, {hosts, repositories}: ActionOf<'deploy_to'>): Promise<Judged[]> {
	await stage.deploy(hosts, repositories);
	telling.line(
		`${hosts.length} hosts now run what is checked out of ${repositories.join(', ')}: ${hosts.slice(0, 6).join(' ')}${hosts.length > 6 ? ' ...' : ''}`,
	);
	return [];
}

async function say({stage, telling, fill}: Playing, {line}: ActionOf<'announce'>): Promise<Judged[]> {
	telling.line(`announced: ${fill(line)}`);
	await announce(stage.announcements, fill(line));
	return [];
}

async function waitFor(playing: Playing, action: ActionOf<'wait_for'>): Promise<Judged[]> {
	const {stage, telling, abort, line, fill} = playing;
	const says = action.says.map(fill);
	const untilMs = stage.nowMs() + action.atMostSeconds * 1000;
	telling.line(`waiting for ${action.event}${says.length > 0 ? `: ${says.join(', ')}` : ''}`);
	const what = `${action.event} within ${action.atMostSeconds} s`;
	for (;;) {
		const events = (await stage.api.events(stage.story.service.name)).filter(({kind}) => kind === action.event);
		const found = events.find(({text}) => says.every(said => isSaid(text, said)));
		if (found) {
			telling.line(found.text);
			return [{line, what, met: true, got: found.text}];
		}
		if (stage.nowMs() > untilMs)
			return [
				{
					line,
					what,
					met: false,
					got:
						events
							.map(({text}) => text)
							.join(' / ')
							.slice(0, 600) || 'no such event',
				},
			];
		await waitReal(pollMs, abort);
	}
}

async function report(playing: Playing, action: ActionOf<'report'>): Promise<Judged[]> {
	const {stage, line, fill, telling} = playing;
	const incident = await newestIncident(stage);
	if (incident === null) return [{line, what: 'an incident was opened', met: false, got: 'none'}];
	const text = await stage.api.report(incident, 'md');
	const draft = JSON.parse(await stage.api.report(incident, 'json')) as Draft;
	telling.line(`${incident}: ${draft.title}`);
	const known = new Set(draft.moments.content.filter(({moment}) => moment !== null).map(({key}) => String(key)));
	return [
		...action.moments.map(key => ({line, what: `the draft knows ${key}`, met: known.has(key), got: `known: ${[...known].join(', ')}`})),
		...judgeSaid(line, text, {says: action.says.map(fill), saysNot: action.saysNot.map(fill)}),
	];
}

const entities: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', quot: '"', '#x27': "'", '#39': "'", nbsp: ' '};

async function board({stage, line, fill}: Playing, action: ActionOf<'board'>): Promise<Judged[]> {
	const page = await stage.api.page('/');
	const text = page.replace(/<[^<>]*>/g, ' ').replace(/&(#x?[0-9a-f]+|[a-z]+);/gi, (whole, name: string) => entities[name] ?? whole);
	return judgeSaid(line, text, {says: action.says.map(fill), saysNot: action.saysNot.map(fill)});
}

async function playStep(playing: Playing, action: Action): Promise<Judged[]> {
	switch (action.do) {
		case 'say':
			playing.telling.line(`-- ${playing.fill(action.text)}`);
			return [];
		case 'checkout':
			return checkout(playing, action);
		case 'check':
			return check(playing, action);
		case 'deploy_to':
			return deployTo(playing, action);
		case 'command':
			return command(playing, action);
		case 'announce':
			return say(playing, action);
		case 'wait':
			playing.telling.line(`waiting ${action.seconds} s`);
			await waitReal((action.seconds * 1000) / playing.speed, playing.abort);
			return [];
		case 'wait_for':
			return waitFor(playing, action);
		case 'report':
			return report(playing, action);
		case 'board':
			return board(playing, action);
	}
}

/** `{incident}`, `{now}` and `{sha:ID}` in a story's texts. */
function filler(stage: Stage, incident: string | null): (text: string) => string {
	return text =>
		text.replace(/\{(incident|now|sha:[\w-]+)\}/g, (_whole, name: string) =>
			name === 'incident'
				? (incident ?? 'no incident')
				: name === 'now'
					? new Date(stage.nowMs()).toISOString()
					: stage.git.shaOf(name.slice(4)).slice(0, 7),
		);
}

/** Plays all steps. What is not as expected is told and kept, and the story goes on. */
export async function play(stage: Stage, steps: readonly Step[], speed: number, telling: Telling, abort: AbortSignal): Promise<Judged[]> {
	const all: Judged[] = [];
	for (const {line, action} of steps) {
		if (abort.aborted) throw new AppError('unavailable', 'The story was interrupted.');
		const fill = filler(stage, await newestIncident(stage));
		const judged = await playStep({stage, speed, telling, abort, line, fill}, action);
		for (const one of judged) telling.judged(one);
		all.push(...judged);
	}
	return all;
}
