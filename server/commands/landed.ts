import {sayList} from '../../reports/say.ts';
import {AppError} from '../app-error.ts';
import {type HereAnswer, landedHere} from '../client/changes/landed-here.ts';
import {changesReader} from '../client/changes/read.ts';
import {readSettings} from '../client/config.ts';
import type {LandedAnswer} from '../client/contract.ts';
import {plain} from '../client/print.ts';
import {type SourcedStanding, withGit} from '../landed-by-git.ts';
import type {LandedGroupAnswer} from '../landed-list.ts';
import type {Standing} from '../landed-standing.ts';
import {type Api, type Command, type Io, need, parseCommand, printJson, withApi} from './command.ts';

const options = {service: {type: 'string'}, group: {type: 'string'}} as const;

type Head = {
	readonly repository: string;
	readonly branch: string | null;
	readonly sha: string;
	readonly since: string;
	readonly deploy: string | null;
};
type GroupAnswer = Omit<LandedGroupAnswer, 'heads' | 'config' | 'others'> &
	Readonly<Record<'heads' | 'config' | 'others', readonly Head[]>>;
type ChangeAnswer = {
	readonly change: string;
	readonly changes: readonly {
		readonly repository: string;
		readonly branch: string | null;
		readonly sha: string | null;
		readonly subject: string | null;
		readonly named: string;
	}[];
	readonly standings: readonly Standing[];
};
type Told = Omit<ChangeAnswer, 'standings'> & {readonly standings: readonly SourcedStanding[]; readonly notes: readonly string[]};

const exitOf: Readonly<Record<Standing['state'], number>> = {live: 0, reverted: 1, gone: 1, 'not-live': 1, 'not-known': 4};
const minute = (at: string): string => `${at.slice(0, 16).replace('T', ' ')}Z`;
const namesShown = 10;
const headsNamed = 3;
const limitMs = 60_000;

function standingLine({service, group, state, at, deploy, because}: Standing): string {
	const place = `${service} ${group}`;
	if (state === 'live' && at === null) return `${place}: live; ${because ?? ''}: since when is not known`;
	if (state === 'live') return `${place}: live since ${minute(at ?? '')}, by ${deploy ?? 'no deploy that was seen'}`;
	const word = {reverted: 'not live', gone: 'not live', 'not-live': 'not live', 'not-known': 'not known'}[state];
	return `${place}: ${word}; ${because ?? ''}${at === null ? '' : `, ${minute(at)}`}${deploy === null ? '' : ` (it came with ${deploy})`}`;
}

function nameLine({repository, branch, sha, subject, named}: ChangeAnswer['changes'][number]): string {
	const also = named.startsWith('same ') ? ` (the ${named})` : '';
	return `${repository} ${(sha ?? '').slice(0, 7)} ${branch === null ? '' : `[${branch}] `}${subject ?? ''}${also}`;
}

/** Of one group it is said by its name. */
function firstLine({change, changes, standings}: Told): string {
	const live = standings.filter(({state}) => state === 'live');
	const [only, ...others] = standings;
	if (standings.every(({state}) => state === 'not-known'))
		return changes.length > 0
			? `Whether ${change} is live is not known`
			: `Nothing is known here of ${change}: no deploy that was seen has it, and no group is at it`;
	if (only && others.length === 0) return `${change} is ${live.length > 0 ? '' : 'not '}live on ${only.group}`;
	return live.length === 0 ? `${change} is live on no group` : `${change} is live on ${live.length} of ${standings.length} groups`;
}

function changeLines(answer: Told): string[] {
	const {changes, standings, notes} = answer;
	const more = changes.length > namesShown ? [`  and ${changes.length - namesShown} more of that name`] : [];
	return [
		firstLine(answer),
		...changes.slice(0, namesShown).map(one => `  ${nameLine(one)}`),
		...more,
		...standings.map(one => `  ${standingLine(one)}`),
		...notes.map(note => `  note: ${note}`),
	];
}

const headLine = ({repository, branch, sha, since, deploy}: Head): string =>
	`  ${repository} ${sha.slice(0, 7)}${branch === null ? '' : ` [${branch}]`}, since ${minute(since)}${deploy === null ? '' : `, ${deploy}`}`;

const part = (title: string, lines: readonly string[]): string[] => (lines.length === 0 || title === '' ? [...lines] : [title, ...lines]);

/** A service may have no versions at all, which is nothing to remark on. */
const versionWords = (version: GroupAnswer['version']): string =>
	version === null ? ':' : ` ${version.name} since ${minute(version.since)}`;

function groupLines({service, group, version, heads, config, others, picks, picksTotal}: GroupAnswer): string[] {
	const nothing = heads.length + config.length + others.length === 0;
	const shown = picks.map(
		({repository, sha, branch, subject, since, deploy, isRun}) =>
			`  ${repository} ${(sha ?? '').slice(0, 7)}${branch === null ? '' : ` [${branch}]`} ${subject ?? ''}, since ${minute(since)}${deploy === null ? '' : `, ${deploy}`}${isRun ? '' : ' (on a branch that it does not run)'}`,
	);
	return [
		nothing ? `Nothing is known of what ${group} of ${service} runs` : `${group} of ${service} runs${versionWords(version)}`,
		...part(version === null ? '' : 'Its branches:', heads.map(headLine)),
		...part('Shared by every version:', config.map(headLine)),
		...part('On branches of other versions:', others.map(headLine)),
		...part(`Brought by deploys, newest first (${picks.length} of ${picksTotal}):`, shown),
	];
}

/** Of several groups, first, whether they are at the same commits. */
function togetherLine(service: string, answers: readonly GroupAnswer[]): string[] {
	const perGroup = answers.map(({heads, config}) => [...heads, ...config]);
	const repositories = [...new Set(perGroup.flat().map(({repository}) => repository))].sort();
	if (answers.length < 2 || repositories.length === 0) return [];
	const at = (heads: readonly Head[], name: string): string =>
		heads
			.filter(({repository}) => repository === name)
			.map(({sha}) => sha)
			.sort()
			.join(' ');
	const differ = repositories.filter(name => new Set(perGroup.map(heads => at(heads, name))).size > 1);
	if (differ.length === 0) return [`All ${answers.length} groups of ${service} run the same commits.`];
	const named = differ.slice(0, headsNamed).map(name => name.split('/').at(-1) ?? name);
	const left = differ.length - named.length;
	return [`The groups of ${service} differ in ${sayList([...named, ...(left > 0 ? [`${left} more`] : [])])}.`];
}

async function listAll(api: Api, service: string, io: Io, json: boolean): Promise<number> {
	const services = (await api.get<{services: readonly {name: string; groups: readonly string[]}[]}>('/services')).services;
	const groups = services.find(({name}) => name === service)?.groups ?? [];
	// A service that is not there is named by the service itself, with the nearest one.
	if (groups.length === 0) await api.get(`/services/${encodeURIComponent(service)}/landed`);
	const answers: GroupAnswer[] = [];
	for (const group of groups)
		answers.push(await api.get<GroupAnswer>(`/services/${encodeURIComponent(service)}/groups/${encodeURIComponent(group)}/landed`));
	if (json) printJson(io, {service, groups: answers});
	else io.out(`${[...togetherLine(service, answers), ...answers.flatMap(groupLines)].map(plainLine).join('\n')}\n`);
	return 0;
}

const plainLine = (line: string): string => `${/^ */.exec(line)?.[0] ?? ''}${plain(line)}`;

type Where = {readonly service: string; readonly config: string | undefined; readonly url: string};

/** What git on this host knows of the change. Where no checkout is configured or there, the service's word stands alone, and why is said. */
async function lookHere(api: Api, {service, config, url}: Where, change: string, io: Io): Promise<HereAnswer> {
	const startedMs = performance.now();
	const limits = {remainingMs: () => limitMs - (performance.now() - startedMs)};
	try {
		const landed = await api.get<LandedAnswer>(`/services/${encodeURIComponent(service)}/landed`);
		const settings = await readSettings({config: config ?? null, url, service}, {env: io.env, cwd: io.cwd});
		const {spoolDir: cacheDir, changes: own} = settings;
		const places = await changesReader({...{service, own, named: [], env: io.env, cwd: io.cwd}, limits, cacheDir}).places(landed);
		return await landedHere(places, change, {limits, cacheDir});
	} catch (error) {
		if (!(error instanceof AppError)) throw error;
		return {standings: [], changes: [], notes: [`git was not asked: ${error.message}`]};
	}
}

/** The changes that the service knows by the name, and those that only git does. */
function withFound(known: ChangeAnswer['changes'], here: HereAnswer): ChangeAnswer['changes'] {
	const shas = new Set(known.map(({sha}) => sha));
	const found = here.changes.filter(({sha}) => sha === undefined || !shas.has(sha));
	return [
		...known,
		...found.map(({repository, branch = null, sha = null, subject = null}) => ({repository, branch, sha, subject, named: 'commit'})),
	];
}

/** One change on one group answers with its exit code; on all groups it is a listing. */
async function showChange(api: Api, {group, change, ...where}: Where & {group: string | undefined; change: string}, io: Io, json: boolean) {
	const {service} = where;
	const answer = await api.get<ChangeAnswer>(`/landed?change=${encodeURIComponent(change)}&service=${encodeURIComponent(service)}`);
	if (group !== undefined && !answer.standings.some(one => one.group === group))
		await api.get(`/services/${encodeURIComponent(service)}/groups/${encodeURIComponent(group)}/landed`);
	const here = await lookHere(api, where, change, io);
	const standings = withGit(answer.standings, here).filter(one => group === undefined || one.group === group);
	const told: Told = {...answer, changes: withFound(answer.changes, here), standings, notes: here.notes};
	if (json) printJson(io, told);
	else io.out(`${changeLines(told).map(plainLine).join('\n')}\n`);
	const [only] = standings;
	return group === undefined || only === undefined ? 0 : exitOf[only.state];
}

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, options);
	const service = need(values.service, '--service', 'signalbox landed --service mediawiki --group group1 c0fd944');
	const [change, ...others] = positionals;
	if (others.length > 0) throw new AppError('invalid', 'One change at a time: `signalbox landed --service mediawiki c0fd944`.');
	return withApi(values, io, async api => {
		// Asked first, so that a wrong name of a service is said as such.
		if (change !== undefined) {
			const where = {service, config: values.config, url: api.url};
			return showChange(api, {...where, group: values.group, change}, io, values.json === true);
		}
		if (values.group === undefined) return listAll(api, service, io, values.json === true);
		const path = `/services/${encodeURIComponent(service)}/groups/${encodeURIComponent(values.group)}/landed`;
		const answer = await api.get<GroupAnswer>(path);
		if (values.json) printJson(io, answer);
		else io.out(`${groupLines(answer).map(plainLine).join('\n')}\n`);
		return 0;
	});
}

export const command: Command = {
	summary: 'what each group runs, and where one change is live',
	help: `Usage: signalbox landed --service S [--group G] [CHANGE]

  CHANGE    a commit or patch-id (7 digits or more) or a Change-Id

Without CHANGE: the version, the commits and what deploys brought on top, of one group or of all. With CHANGE: where it is
live, since when and through which deploy; where it is not, and what took it out; and where that is not known.

The service tells it by the deploys that it saw. On a host with checkouts git is asked too whether the change is in what each
group runs (source: git in --json), under another id as well: picked, or landed again as the same patch.

Exit 0. With both --group and CHANGE: 0 when it is live there, 1 when it is not, 4 when that is not known.

Example: signalbox landed --service mediawiki --group group1 c0fd944`,
	run,
};
