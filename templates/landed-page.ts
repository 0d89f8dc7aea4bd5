/** What is landed: which commits each group runs, where the groups differ, how one group came there, and where one change is live. */
import type {Instant} from '../gate/facts.ts';
import {plainText} from '../reports/plain-text.ts';
import {msBetween, sayDateTime, sayDuration, sayList, shortSha} from '../reports/say.ts';
import {changeSentence, changesView, deployLink, type FoundChange, type LandedHead, landedPills, landedTime} from './landed-change.ts';
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
	/** Set where a change was asked for. */
	readonly found: FoundChange | null;
	/** From 1. */
	readonly page: number;
};

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
		return {tone: 'plain', text: plainText(`${typed['group'] ?? ''} of ${service} runs ${many}${when}.`)};
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

export function landedPage(input: LandedInput): LandedPage {
	const {now, services, typed, problems, service, groups, heads, moves, movesMax, found} = input;
	const group = moves === null ? null : (typed['group'] ?? '');
	const columns = group === null ? groups : [group];
	const rows = rowsOf(
		heads.filter(head => group === null || head.group === group),
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
		changes: found === null ? [] : changesView(found),
	};
}
