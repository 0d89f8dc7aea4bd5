/**
 * Story: everything that is stored about one deploy, or one incident, as plain data. Reports are made from a story and from nothing else.
 *
 * A story carries no clock: `asOf` is the recordedAt of its newest event, so the same state gives the same bytes.
 * What is not known is null or an empty list; nothing in it is guessed by whoever fills it.
 */
import type {Bucket, Change, Incident, Instant} from '../gate/facts.ts';
import type {Verdict} from '../gate/verdict.ts';
import type {TimelineEvent} from './events.ts';
import type {MeetingStory} from './meeting.ts';
import type {ActionItem} from './meeting-items.ts';

/** How far the code of a stage is out once that stage is asked about. */
export type Reach = 'nothing' | 'canaries' | 'everywhere';

export type StageStory = {
	readonly name: string;
	/** `nothing`: no host of production runs it (before, testservers). `everywhere`: no concurrent baseline is left. */
	readonly reach: Reach;
	readonly groups: readonly string[];
	/** When the stage was first asked about; null: never. */
	readonly askedAt: Instant | null;
	/** When the tool went on past this stage, with a `go` or over a "no"; null: it did not, or nobody knows. */
	readonly passedAt: Instant | null;
	/** Every verdict of the stage, oldest first. The last one is what was answered. */
	readonly verdicts: readonly Verdict[];
};

export type AttemptOutcome = 'open' | 'finished' | 'stopped' | 'rolled_back' | 'superseded' | 'unknown';

export type AttemptStory = {
	/** The deploy's id, the same for all of its attempts. */
	readonly id: string;
	readonly attempt: number;
	readonly openedAt: Instant;
	readonly closedAt: Instant | null;
	readonly outcome: AttemptOutcome;
	readonly groups: readonly string[];
	readonly targets: readonly {readonly repository: string; readonly branch?: string; readonly sha: string}[];
};

/** An override that let something pass: `allow` ahead of the hook, or `--force`. */
export type OverrideStory = {
	/** Null: it covered every rule. */
	readonly rule: string | null;
	readonly stage: string | null;
	readonly at: Instant;
	readonly by: string;
	readonly reason: string;
	readonly how: 'allow' | 'force';
	/** Seq of the event that recorded it. */
	readonly seq: number | null;
};

/** What one signal said, as stored. */
export type SignalReadings = {
	readonly name: string;
	/** What one count is, in words: `errors`. */
	readonly counts: string;
	readonly exposureUnit: 'requests' | 'host-seconds';
	readonly source: string;
	readonly bucketMs: number;
	/** Closed buckets, oldest first. */
	readonly buckets: readonly Bucket[];
};

export type LandedRow = {
	readonly group: string;
	readonly repository: string;
	readonly branch: string | null;
	readonly sha: string;
	readonly since: Instant;
	/** Null: it is live. */
	readonly until: Instant | null;
	readonly deploy: string | null;
};

export type RollbackStory = {
	readonly at: Instant;
	readonly finishedAt: Instant | null;
	readonly outcome: 'running' | 'done' | 'failed';
	/** What was live, and what it was taken back to, in words or short commits. */
	readonly from: string;
	readonly to: string;
	/** Whether every checkout was seen at the target commit; null: nobody looked. */
	readonly verified: boolean | null;
	readonly by: string;
};

/** Another deploy that overlapped: named as such, never blamed for being near. */
export type ConfounderStory = {
	readonly deploy: string;
	readonly service: string;
	readonly at: Instant;
	readonly until: Instant | null;
	readonly what: string;
};

/** One attempt of a deploy, as its page shows it. */
export type DeployStory = {
	readonly asOf: Instant;
	readonly service: string;
	readonly deploy: AttemptStory | null;
	readonly otherAttempts: readonly AttemptStory[];
	/** In the order in which they went out. */
	readonly changes: readonly Change[];
	/** Changes outside the batch that a finding spoke of: merged but not live, as in the facts' `known`. */
	readonly known: readonly Change[];
	/** In the order in which a deploy passes them, those never asked about included. */
	readonly stages: readonly StageStory[];
	readonly overrides: readonly OverrideStory[];
	readonly events: readonly TimelineEvent[];
	readonly readings: readonly SignalReadings[];
	readonly landed: readonly LandedRow[];
	readonly rollbacks: readonly RollbackStory[];
	readonly confounders: readonly ConfounderStory[];
	/** Head of the event chain when the story was read. */
	readonly head: {readonly seq: number; readonly hash: string} | null;
};

export type IncidentStory = DeployStory & {
	readonly incident: {
		readonly id: string;
		readonly title: string;
		readonly status: Incident['status'];
		readonly openedAt: Instant;
		readonly openedBy: 'gate' | 'human' | 'alert' | 'log';
	};
	/** What people wrote in the post-mortem form; null: nobody opened it. */
	readonly meeting: MeetingStory | null;
	/** Action items for what is owed, where nobody opened the form yet; those of the meeting have them otherwise. */
	readonly owed: readonly ActionItem[];
	/** What is still owed after a rollback: `push the revert`, `write the task`. */
	readonly debts: readonly {readonly text: string; readonly done: boolean}[];
};
