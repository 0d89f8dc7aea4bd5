/** What a line of the log says about a deploy of one of our services, where it says anything. */
import type {SalLine, SalShape} from './sal-line.ts';

export type DeployMeaning =
	| 'started'
	| 'finished'
	| 'rolling-back'
	| 'rolled-back-by-person'
	| 'cancelled'
	| 'aborted'
	| 'failed'
	| 'synced-testservers'
	| 'continued';

export type AnnouncementMeaning = {
	/** The service that the line is about; null where no service is announced like that. */
	readonly service: string | null;
	/** Null: nothing about a deploy. `finished` means announced as finished: a deploy that was taken back is announced so too. */
	readonly what: DeployMeaning | null;
	/** The first seven digits of the commit that scap3 names: the checkout's HEAD, not always what a rollback went back to. */
	readonly sha7?: string;
	readonly repository?: string;
	readonly user: string;
};

/** The name under which MediaWiki's deploys are configured in `announced_as`: the newest wording of scap. */
const mediaWiki = 'sync-world';

const mediaWikiMeanings: ReadonlyMap<SalShape, DeployMeaning> = new Map<SalShape, DeployMeaning>([
	['sync-world-start', 'started'],
	['scap-start', 'started'],
	['sync-world-finish', 'finished'],
	['scap-finish', 'finished'],
	// These are announced only when they are done.
	['sync-file', 'finished'],
	['sync-dblist', 'finished'],
	['sync-docroot', 'finished'],
	['wikiversions', 'finished'],
	['testservers-synced', 'synced-testservers'],
	['continue', 'continued'],
	['user-rollback', 'rolled-back-by-person'],
	['auto-rollback', 'rolling-back'],
	['cancelled-no-rollback', 'cancelled'],
	['stop-before-sync', 'aborted'],
	['canary-error-rate', 'failed'],
	['canary-endpoint', 'failed'],
	['eval-check-failed', 'failed'],
]);

/** The commands of scap that bring MediaWiki out; `scap clean`, `scap build-images` and their like deploy nothing. */
const mediaWikiCommands: ReadonlySet<string> = new Set([
	'scap',
	'sync',
	'sync-world',
	'sync-file',
	'sync-dir',
	'sync-wikiversions',
	'sync-dblist',
	'sync-docroot',
	'backport',
	'train',
	'deploy-promote',
]);

/** Whether an `aborted` or `failed` line is about a deploy, and whether about MediaWiki's: `scap deploy` names no repository there. */
export function commandDeploys(command: unknown): 'mediawiki' | 'scap3' | null {
	if (typeof command !== 'string') return null;
	if (mediaWikiCommands.has(command)) return 'mediawiki';
	return command === 'deploy' ? 'scap3' : null;
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/**
 * Which service a line is about and what it says of its deploy. `announcedAs` leads from the name in announcements (a scap3 repository,
 * or `sync-world` for everything that scap does to MediaWiki) to the service. A restart deploys nothing and is never announced as finished,
 * so it means nothing here.
 */
export function meaningFor(line: SalLine, announcedAs: ReadonlyMap<string, string>): AnnouncementMeaning {
	const user = line.actor;
	const nothing: AnnouncementMeaning = {service: null, what: null, user};
	if (line.shape === 'scap3-start' || line.shape === 'scap3-finish') {
		const repository = textOf(line.fields['repo']) ?? '';
		const sha = textOf(line.fields['sha']) ?? '';
		const deploys = line.fields['verb'] !== 'restart';
		const what = !deploys ? null : line.shape === 'scap3-start' ? 'started' : 'finished';
		return {service: announcedAs.get(repository) ?? null, what, repository, sha7: sha.slice(0, 7), user};
	}
	const service = announcedAs.get(mediaWiki) ?? null;
	if (line.shape === 'aborted' || line.shape === 'failed') {
		const deploys = commandDeploys(line.fields['command']);
		return deploys === null ? nothing : {service: deploys === 'mediawiki' ? service : null, what: line.shape, user};
	}
	const what = mediaWikiMeanings.get(line.shape);
	return what === undefined ? nothing : {service, what, user};
}
