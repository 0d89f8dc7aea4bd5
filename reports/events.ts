/** One row of the timeline, as every layer sees it. */
import type {Instant} from '../gate/facts.ts';

export type EventKind =
	| 'change'
	| 'deploy_started'
	| 'stage_started'
	| 'gate_check'
	| 'gate_passed'
	| 'gate_failed'
	| 'gate_overridden'
	| 'gate_no_data'
	| 'deploy_finished'
	| 'deploy_aborted'
	| 'rollback_started'
	| 'rollback_failed'
	| 'rollback_finished'
	| 'landed'
	| 'landed_broken'
	| 'landed_mended'
	| 'prerequisite'
	| 'version_moved'
	| 'lock'
	| 'signal'
	| 'alert'
	| 'detection'
	| 'diagnosis'
	| 'hypothesis'
	| 'decision'
	| 'mitigation'
	| 'escalation'
	| 'role'
	| 'communication'
	| 'incident_opened'
	| 'incident_changed'
	| 'impact_start'
	| 'impact_end'
	| 'confounder'
	| 'note'
	| 'fix'
	| 'follow_up'
	| 'redacted'
	| 'access_changed';

export const eventKinds: readonly EventKind[] = [
	...([
		'change',
		'deploy_started',
		'stage_started',
		'gate_check',
		'gate_passed',
		'gate_failed',
		'gate_overridden',
		'gate_no_data',
	] as const),
	...([
		'deploy_finished',
		'deploy_aborted',
		'rollback_started',
		'rollback_failed',
		'rollback_finished',
		'landed',
		'landed_broken',
		'landed_mended',
		'prerequisite',
		'version_moved',
		'lock',
		'signal',
	] as const),
	...(['alert', 'detection', 'diagnosis', 'hypothesis', 'decision', 'mitigation', 'escalation', 'role', 'communication'] as const),
	...(['incident_opened', 'incident_changed', 'impact_start', 'impact_end', 'confounder', 'note', 'fix', 'follow_up', 'redacted'] as const),
	'access_changed',
];

export type EventSource = 'gate' | 'deployer' | 'signal' | 'sal_import' | 'announcement' | 'chat' | 'alert' | 'human' | 'meeting' | 'rule';

export type Actor = {readonly kind: 'person' | 'system' | 'role'; readonly name: string};

export type TimePrecision = 'ms' | 's' | 'min' | 'hour' | 'day';

/** What somebody says happened; the store adds seq, recordedAt and the hash. */
export type NewEvent = {
	readonly kind: EventKind;
	readonly source: EventSource;
	readonly actor: Actor;
	readonly happenedAt: Instant;
	readonly precision: TimePrecision;
	/** One sentence, plain text. */
	readonly text: string;
	readonly data: Readonly<Record<string, unknown>>;
	readonly service: string | null;
	readonly deploy: string | null;
	readonly attempt: number | null;
	readonly incident: string | null;
	/** Made by the sender: the same key twice is stored once. */
	readonly idempotencyKey: string;
};

export type TimelineEvent = NewEvent & {
	/** Position in the chain, from 1, without gaps. */
	readonly seq: number;
	readonly recordedAt: Instant;
	/** sha256 over the hash before, seq, kind, times and the payload's sha256; hex. */
	readonly hash: string;
	/** True where `redact` erased text, actor and data; their sha256 stays, so the chain still verifies. */
	readonly redacted: boolean;
};
