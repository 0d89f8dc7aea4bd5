/**
 * One line of the Server Admin Log (SAL), Wikimedia's public record of what was done to production, as every reader of it hands it on.
 * A *shape* is one fixed wording of one tool; what no tool words like that is `manual`.
 */
import type {Instant} from '../../../gate/facts.ts';

export type SalShape =
	| 'sync-world-start'
	| 'sync-world-finish'
	| 'scap-start'
	| 'scap-finish'
	| 'testservers-synced'
	| 'continue'
	| 'user-rollback'
	| 'auto-rollback'
	| 'cancelled-no-rollback'
	| 'stop-before-sync'
	| 'aborted'
	| 'failed'
	| 'canary-error-rate'
	| 'canary-endpoint'
	| 'canary-warning'
	| 'eval-check-failed'
	| 'sync-file'
	| 'sync-dblist'
	| 'sync-docroot'
	| 'wikiversions'
	| 'prune'
	| 'lock'
	| 'unlock'
	| 'force-unlock'
	| 'scap3-start'
	| 'scap3-finish'
	| 'cmd-start'
	| 'cmd-finish'
	| 'scap-install-start'
	| 'scap-install-finish'
	| 'helmfile-start'
	| 'helmfile-done'
	| 'helmfile-legacy'
	| 'conftool'
	| 'dbctl'
	| 'dbctl-restore'
	| 'cookbook-start'
	| 'cookbook-end'
	| 'cookbook-done'
	| 'mwscript'
	| 'hhvm-start'
	| 'hhvm-finish'
	| 'php-fpm-legacy-start'
	| 'php-fpm-legacy-finish'
	| 'l10n-purge'
	| 'l10n-sync'
	| 'toolforge'
	| 'manual';

/** What a shape says beyond its message, by the names that the format corpus gives them (`exit_code`, `planned_s`). */
export type SalFields = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export type SalLine = {
	readonly at: Instant;
	/** The wiki page holds minutes only. */
	readonly precision: 's' | 'min';
	/** The name the log shows: `deployer1@deploy2002`, `sre1`, and `logmsgbot` before 2017. */
	readonly nick: string;
	/** Who did it, without host and prefix. */
	readonly actor: string;
	/** The short name of the host a tool ran on; null where a person typed. */
	readonly host: string | null;
	readonly shape: SalShape;
	/** What was said, without `!log` and without the sender; duration included. Hostile until escaped. */
	readonly message: string;
	/** Phabricator tasks in the order of their first mention: `T400101`. */
	readonly tasks: readonly string[];
	/** Gerrit change numbers in the order of their first mention. */
	readonly changes: readonly number[];
	readonly durationSeconds: number | null;
	readonly fields: SalFields;
};

/** A line that was understood, or the sentence that says why it was not. */
export type SalParse = {readonly line: SalLine} | {readonly refused: string};

/** An IRC line has 512 bytes, a message over TCP somewhat more; whatever is longer than this is not a log line. */
export const lineBytesMax = 8192;
