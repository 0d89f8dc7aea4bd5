/** What is landed: which commits each group runs, where the groups differ, how one group came there, and where one change is live. */
import type {Instant} from '../gate/facts.ts';
import {isRun} from '../gate/order/version-branch.ts';
import {plainText} from '../reports/plain-text.ts';
import {msBetween, sayDateTime, sayDuration, sayList, shortSha} from '../reports/say.ts';
import {
	attemptLink,
	changeSentence,
	changesView,
	deployLink,
	type FoundChange,
	type LandedHead,
	landedPills,
	landedTime,
	standingsView,
} from './landed-change.ts';
import {filterView, listHref, numberedPager, type Typed} from './list-parts.ts';
import type {CommitView, LandedMoveView, LandedPage} from './list-views.ts';

export type LandedInput = {
	readonly now: Instant;
	readonly services: readonly string[];
	readonly typed: Typed;
	readonly problems: readonly string[];
	/** The service that is shown; null: there is none. */
	readonly service: string | null;
	readonly groups: readonly string[];
	readonly heads: readonly LandedHead[];
	/** The moves of the group that was asked for, newest first, at most `movesMax`. */
	readonly moves: readonly LandedHead[] | null;
	readonly movesMax: number;
	/** What the group that was asked for runs. */
	readonly runs: LandedRuns | null;
	/** Which version each group runs, where it is known. */
	readonly versions: readonly {readonly group: string; readonly version: string}[];
	/** Set where a change was asked for. */
	readonly found: FoundChange | null;
	/** From 1. */
	readonly page: number;
};

export type LandedRuns = {
	readonly version: {readonly name: string; readonly since: Instant} | null;
	/** Of the branches of its version, of what every version shares, and of other versions. */
	readonly heads: readonly LandedHead[];
	readonly config: readonly LandedHead[];
	readonly others: readonly LandedHead[];
	readonly picks: readonly {
		readonly repository: string;
		readonly branch: string | null;
		readonly sha: string | null;
		readonly changeId: string | null;
		readonly subject: string | null;
		readonly since: Instant;
		readonly deploy: string | null;
		/** False: it is on the branch of a version that the group does not run now. */
		readonly isRun: boolean;
	}[];
	readonly picksTotal: number;
};

const picksShown = 60;
const namesShown = 12;
const path = '/landed';
const cellsPerPage = 160;
const commitView = (head: LandedHead): CommitView => ({
	short: plainText(shortSha(head.sha)),
	full: plainText(head.sha),
	branch: head.branch === undefined ? null : plainText(head.branch),
	since: landedTime(head.since),
	deploy: deployLink(head),
});

type Row = {readonly repository: string; readonly differs: boolean; readonly perGroup: readonly (readonly LandedHead[])[]};

/** A row for each repository, those that differ between the groups first. */
function rowsOf(heads: readonly LandedHead[], groups: readonly string[]): Row[] {
	const names = [...new Set(heads.map(({repository}) => repository))].sort();
	const rows = names.map(repository => {
		const mine = heads.filter(head => head.repository === repository);
		const perGroup = groups.map(group => mine.filter(head => head.group === group));
		const commits = perGroup.map(some =>
			some
				.map(({sha}) => sha)
				.sort()
				.join(' '),
		);
		return {repository, perGroup, differs: new Set(commits).size > 1};
	});
	return [...rows.filter(({differs}) => differs), ...rows.filter(({differs}) => !differs)];
}

function rowView({repository, differs, perGroup}: Row, groups: readonly string[]): LandedPage['rows'][number] {
	const isOne = !differs && groups.length > 1;
	const [newest] = perGroup.flat().toSorted((a, b) => (a.since < b.since ? 1 : -1));
	return {
		repository: plainText(repository),
		pill: differs ? landedPills.differs : groups.length > 1 ? landedPills.same : landedPills.live,
		cells: isOne
			? [{group: 'every group', span: groups.length, commits: newest === undefined ? [] : [commitView(newest)]}]
			: groups.map((group, index) => ({group: plainText(group), span: 1, commits: (perGroup[index] ?? []).map(commitView)})),
	};
}

function movesView(moves: readonly LandedHead[]): LandedMoveView[] {
	return moves.map((move, index) => {
		const before = moves
			.slice(index + 1)
			.find(other => other.repository === move.repository && (other.branch ?? '') === (move.branch ?? ''));
		return {
			time: landedTime(move.since),
			repository: plainText(move.repository),
			branch: move.branch === undefined ? null : plainText(move.branch),
			from: before === undefined ? null : plainText(shortSha(before.sha)),
			short: plainText(shortSha(move.sha)),
			full: plainText(move.sha),
			isLive: move.until === null,
			deploy: deployLink(move),
		};
	});
}

const named = (heads: readonly LandedHead[]): string =>
	`${heads
		.slice(0, namesShown)
		.map(({repository, branch, sha}) => `${repository} ${shortSha(sha)}${branch === undefined ? '' : ` (${branch})`}`)
		.join(', ')}${heads.length > namesShown ? ` and ${heads.length - namesShown} more` : ''}`;

function runsView({version, config, others, picks, picksTotal}: LandedRuns, group: string): LandedPage['runs'] {
	return {
		version: version === null ? null : plainText(`${group} runs ${version.name} since ${sayDateTime(version.since)}.`),
		parts: [
			...(config.length === 0 ? [] : [plainText(`Shared by every version: ${named(config)}.`)]),
			...(others.length === 0 ? [] : [plainText(`On branches of other versions, not run here now: ${named(others)}.`)]),
		],
		heading: plainText(`What deploys brought to ${group}`),
		picks: picks.slice(0, picksShown).map(({repository, branch, sha, changeId, subject, since, deploy, isRun}) => {
			const name = sha ?? changeId;
			return {
				short: plainText(sha === null ? (changeId ?? '').slice(0, 9) : shortSha(sha)),
				full: plainText(name ?? ''),
				href: name === null ? null : listHref(path, {change: name}),
				...{repository: plainText(repository), branch: branch === null ? null : plainText(isRun ? branch : `${branch}, not run here now`)},
				subject: plainText(subject ?? ''),
				...{since: landedTime(since), deploy: attemptLink(deploy)},
			};
		}),
		more: picksTotal > picksShown ? `The last ${picksShown} of ${picksTotal} are shown.` : null,
	};
}

function sentenceOf(input: LandedInput, rows: readonly Row[]): LandedPage['sentence'] {
	const {problems, found, service, groups, moves, typed, now} = input;
	if (problems.length > 0) return {tone: 'unknown', text: 'This filter cannot be used.'};
	if (found !== null) return changeSentence(found);
	if (service === null) return {tone: 'unknown', text: 'No service is configured yet.'};
	if (rows.length === 0) return {tone: 'unknown', text: plainText(`Nothing is known to be live of ${service} yet.`)};
	const many = rows.length === 1 ? '1 repository' : `${rows.length} repositories`;
	if (moves !== null) {
		const [last] = moves;
		const when = last === undefined ? '' : `; the last move was ${sayDuration(msBetween(last.since, now))} ago`;
		const version = input.runs?.version?.name;
		const what = version === undefined ? many : `${version}: ${many}`;
		return {tone: 'plain', text: plainText(`${typed['group'] ?? ''} of ${service} runs ${what}${when}.`)};
	}
	const differ = rows.filter(({differs}) => differs).map(({repository}) => repository.split('/').at(-1) ?? repository);
	if (groups.length < 2) return {tone: 'plain', text: plainText(`${service} runs ${many} on ${groups[0] ?? 'its only group'}.`)};
	if (differ.length === 0)
		return {
			tone: 'good',
			text: plainText(`All ${groups.length} groups of ${service} run the same ${rows.length === 1 ? 'commit' : 'commits'}.`),
		};
	const named = differ.length > 3 ? '' : `: ${sayList(differ)}`;
	return {
		tone: 'watch',
		text: plainText(`${differ.length} of ${many} ${differ.length === 1 ? 'differs' : 'differ'} between the groups of ${service}${named}.`),
	};
}

function noneOf({problems, found, service, services}: LandedInput, rows: readonly Row[]): LandedPage['none'] {
	if (problems.length > 0) return null;
	if (found !== null) {
		if (found.changes.length + found.heads.length > 0) return null;
		return {
			text: 'The ledger holds what deploys brought since this service looks on. A commit that was live before that, without being the newest of its checkout, is not in it.',
			command: null,
			clear: path,
		};
	}
	if (services.length === 0) return {text: 'Name a service in the configuration first: the board shows how.', command: null, clear: null};
	if (rows.length > 0) return null;
	return {
		text: 'Here will be the commits that each group runs, since when, and by which deploy. It is written when a deploy tool asks after a stage, since the code is there then:',
		command: `signalbox check --service ${service ?? 'NAME'} --stage production`,
		clear: null,
	};
}

function versionOf({versions}: LandedInput, group: string): string | null {
	const found = versions.find(one => one.group === group);
	return found === undefined ? null : plainText(found.version);
}

export function landedPage(input: LandedInput): LandedPage {
	const {now, services, typed, problems, service, groups, heads, moves, movesMax, found} = input;
	const group = moves === null ? null : (typed['group'] ?? '');
	const columns = group === null ? groups : [group];
	// What waits on the branch of another version is not run, and is said below.
	const run = heads.filter(head => isRun(head.branch, input.versions.find(one => one.group === head.group)?.version));
	const rows = rowsOf(
		run.filter(head => group === null || head.group === group),
		columns,
	);
	const perPage = Math.max(10, Math.floor((group === null ? cellsPerPage : 20) / Math.max(1, columns.length)));
	const pages = Math.ceil(rows.length / perPage);
	const page = Math.min(input.page, Math.max(1, pages));
	const {page: _page, ...filter} = typed;
	const choices = groups.map(name => [name, name] as const);
	return {
		shell: {title: 'Landed', refresh: false, madeAt: sayDateTime(now), at: 'landed'},
		sentence: sentenceOf(input, rows),
		filter: filterView(
			{path, label: 'What is landed'},
			[
				{name: 'change', label: 'Where is this change live?', hint: 'commit or Change-Id', wide: true},
				{name: 'service', label: 'Service', choices: services.map(name => [name, name] as const), any: services[0] ?? 'None'},
				...(choices.length > 0 || (typed['group'] ?? '') !== ''
					? [{name: 'group', label: 'Group', choices, any: 'All, side by side'}]
					: []),
			],
			filter,
			problems,
		),
		none: noneOf(input, rows),
		groups: columns.map(name => ({
			name: plainText(name),
			href: listHref(path, {service: service ?? '', group: name}),
			current: name === group,
			text: plainText(name),
			version: versionOf(input, name),
		})),
		rows: rows.slice((page - 1) * perPage, page * perPage).map(row => rowView(row, columns)),
		pager: numberedPager(path, filter, page, pages),
		history:
			moves === null
				? null
				: {
						heading: plainText(`How ${group ?? ''} came there`),
						moves: movesView(moves),
						more: moves.length < movesMax ? null : `The last ${movesMax} moves are shown.`,
					},
		runs: input.runs === null || group === null ? null : runsView(input.runs, group),
		standings: found === null ? [] : standingsView(found),
		changes: found === null ? [] : changesView(found),
	};
}
