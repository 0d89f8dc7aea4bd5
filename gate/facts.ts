/**
 * Facts: anything a rule may look at, as plain data, gathered before judging, the clock among them.
 * The JSON Schema of `Facts` is published in docs/facts.schema.json and frozen: additions only.
 *
 * Not knowing is a value. What could not be had is `{missing: why}`, never a zero and never an absent row.
 */

/** ISO 8601, UTC, milliseconds: `2015-10-26T15:13:07.000Z`. Sorts as text, survives JSON, is equal in every database. */
export type Instant = string;

/** What nobody could get, and why, in words a deployer can read. */
export type Missing = {readonly missing: string};

export type PathChange = {readonly path: string; readonly kind: 'added' | 'modified' | 'deleted'; readonly blob?: string};

/** One reviewed patch. Optional fields are absent where the source does not tell. */
export type Change = {
	/** Unique within the facts, and what a person would type: a short sha, a Change-Id, a name. */
	readonly id: string;
	readonly repository: string;
	readonly branch?: string;
	/** Full commit id. */
	readonly sha?: string;
	/** Gerrit's `I` + 40 hex: the same change on every branch it was picked to. */
	readonly changeId?: string;
	/** `git patch-id --stable`: the same patch landed again under another id. */
	readonly patchId?: string;
	readonly subject?: string;
	/** The whole commit message; footers are read from it by the gate. */
	readonly message?: string;
	readonly paths?: readonly PathChange[];
	readonly committedAt?: Instant;
	readonly author?: string;
};

/** The part of a batch that names its target: the commit each checkout is to be at. */
export type Target = {readonly repository: string; readonly branch?: string; readonly sha: string};

export type Batch = {
	/** In the order in which they go out. */
	readonly changes: readonly Change[];
	/** True where all changes become live in one instant; otherwise every prefix of the batch is live for a while. */
	readonly atomic: boolean;
	readonly targets: readonly Target[];
	/** Known by content, without a flag: the target state was live before, or every change reverts a landed one. Said is `--rollback`. */
	readonly rollback: 'no' | 'by-content' | 'said';
};

export type LandedChange = {
	readonly repository: string;
	readonly branch?: string;
	readonly sha?: string;
	readonly changeId?: string;
	readonly patchId?: string;
	readonly subject?: string;
	readonly since?: Instant;
	/** Names the revert that took it out of this group. Absent: it is live. */
	readonly revertedBy?: string;
};

/** What is known to be live on one group. */
export type LandedGroup = {
	readonly group: string;
	/** The commit each repository is at, where known. */
	readonly heads: readonly Target[];
	/** Landed changes that matter to this batch: asked for by a footer, named by a rule, or the same as one of the batch. */
	readonly changes: readonly LandedChange[];
};

/** Whether one path exists in what a group runs now: how an *exclusive* rule knows that the old owner is still in. */
export type Holding = {readonly group: string; readonly repository: string; readonly path: string; readonly present: boolean | Missing};

/** Count over exposure for one bucket: errors among requests, or among host-seconds. */
export type Count = {readonly count: number; readonly exposure: number};

/** One window of event time on both arms. Missing in one arm drops the bucket for both. */
export type Bucket = {
	/** Start of the window, included; its end, start + bucketMs, is not. */
	readonly at: Instant;
	readonly canary: {readonly hosts: Readonly<Record<string, Count>>} | Missing;
	readonly baseline: Count | Missing;
};

/** When a host was last heard from through a signal, at any level of severity. */
export type HeardHost = {readonly host: string; readonly newestAt: Instant | null};

/** What is known about a signal being alive: 0 errors counts only when this proves it. */
export type SignalProof = {
	/** How many events the same query matched on the baseline within `withinMs` before now. */
	readonly matchedOnBaseline: {readonly count: number; readonly withinMs: number} | Missing;
	/** The newest event on each arm, at any level. */
	readonly newestAt: {readonly canary: Instant | null; readonly baseline: Instant | null};
	readonly canaries: readonly HeardHost[];
	/** Now minus the newest event, milliseconds. */
	readonly lagMs: number | Missing;
	/** Said where the source answered only in part, or failed. */
	readonly failure?: string;
};

export type Signal = {
	readonly name: string;
	/** What it counts, in words for a finding: `errors`. */
	readonly counts: string;
	readonly exposureUnit: 'requests' | 'host-seconds';
	/** Where it is read: `file:/srv/mw-log/error.log`. */
	readonly source: string;
	/** A required signal must be excluded as harmed before `go`; another one only warns. */
	readonly required: boolean;
	readonly bucketMs: number;
	/** Closed buckets, oldest first. */
	readonly buckets: readonly Bucket[];
	readonly proof: SignalProof;
};

/** From when a canary host surely runs the new code: its own call, or its proven restart. */
export type CanaryHost = {readonly host: string; readonly since: Instant | null; readonly by?: 'call' | 'restart'};

/** The look at the canaries that is going on, where the stage has one. */
export type Look = {
	readonly startedAt: Instant;
	/** Harm is counted from here on: the previous stage's verdict. Safety counts per host from that host's own `since`. */
	readonly harmFrom: Instant;
	readonly canaries: readonly CanaryHost[];
	readonly baseline: readonly string[];
	/** True when no further look is possible before the deadline: the rule must say what it can. */
	readonly final: boolean;
};

export type Incident = {
	readonly id: string;
	readonly title: string;
	readonly status: 'suspected' | 'open' | 'mitigated' | 'resolved' | 'closed' | 'not_an_incident';
	readonly openedAt: Instant;
	readonly url?: string;
};

/** An override ahead of the hook. Without a rule it covers them all. */
export type Override = {readonly rule?: string; readonly by: string; readonly reason: string; readonly until: Instant};

/** Something the gathering noticed that a deployer must read: a shallow clone, a footer's source cut short, two machines of one name. */
export type Note = {readonly about: string; readonly text: string; readonly remedy?: string};

export type Facts = {
	readonly version: 1;
	/** The clock of this judgement. */
	readonly at: Instant;
	readonly service: string;
	readonly stage: {
		readonly name: string;
		/** The deploy's first stage: nothing is out yet, so preconditions may hold here; later they warn. */
		readonly first: boolean;
	};
	/** Groups the deploy is bound for, in the order in which they are reached. */
	readonly groups: readonly string[];
	readonly batch: Batch;
	readonly landed: readonly LandedGroup[];
	/** Changes the checkouts know that are neither in the batch nor live on every group: merged is not landed. */
	readonly known: readonly Change[];
	readonly holdings: readonly Holding[];
	readonly signals: readonly Signal[];
	readonly look: Look | null;
	readonly incidents: readonly Incident[];
	readonly overrides: readonly Override[];
	readonly notes: readonly Note[];
};
