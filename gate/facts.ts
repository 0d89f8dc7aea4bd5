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

/** What a change went through before it came here, as its review system tells it. Optional fields are absent where the source does not tell. */
export type Review = {
	/** `gerrit`, `github`, or the name of the file that said it. */
	readonly source: string;
	readonly url?: string;
	readonly status?: 'draft' | 'open' | 'merged' | 'abandoned';
	/** The account that proposed it, as the source names it. */
	readonly owner?: string;
	/** Accounts that approved it as it stands now (Gerrit: the highest vote; GitHub: an approving review of the newest commit). */
	readonly approvedBy?: readonly string[];
	/** `none`: the source was asked, and nothing has tested it. */
	readonly tests?: 'passed' | 'failed' | 'running' | 'none' | Missing;
	/** A commit that only stands in the checkout and was never proposed: a security patch, as a rule. */
	readonly local?: true;
	/** Lines added and deleted. */
	readonly size?: number;
};

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
	/** Topic, hashtags, labels: what a rule of the policy may ask for. */
	readonly labels?: readonly string[];
	/** It concerns these groups alone; absent: every group that runs its branch. */
	readonly groups?: readonly string[];
	readonly review?: Review | Missing;
};

/** The part of a batch that names its target: the commit each checkout is to be at. */
export type Target = {readonly repository: string; readonly branch?: string; readonly sha: string};

export type Batch = {
	/** In the order in which they go out. */
	readonly changes: readonly Change[];
	/** True where all changes become live in one instant; otherwise every prefix of the batch is live for a while. */
	readonly atomic: boolean;
	/** True where even the files of one change go out one after another, in the order of its `paths`. */
	readonly perFile?: boolean;
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
	/** The deploy that brought it, `D-2026-0001/1`; absent where none is known. */
	readonly deploy?: string;
	/** How it is known: the ledger of deploys, the history of the commit that is live, a person. Absent: the ledger. */
	readonly source?: 'ledger' | 'git' | 'deployment-info' | 'person';
	/** Names the revert that took it out of this group. Absent: it is live. */
	readonly revertedBy?: string;
};

/** What is known to be live on one group. */
export type LandedGroup = {
	readonly group: string;
	/** The version it runs, where it has one: `1.27.0-wmf.3`, as wikiversions.json says. */
	readonly version?: string;
	/** The commit each repository is at, where known. */
	readonly heads: readonly Target[];
	/** Landed changes that matter to this batch: asked for by a footer, named by a rule, or the same as one of the batch. */
	readonly changes: readonly LandedChange[];
};

/** Whether one path exists in what a group runs now: how an *exclusive* rule knows that the old owner is still in. */
export type Holding = {readonly group: string; readonly repository: string; readonly path: string; readonly present: boolean | Missing};

/**
 * What a group would run at a neighbouring moment: `next`, the train branch that comes; `previous`, the version that it goes back to if the
 * train is rolled back tonight. Judged like a group, and never more than warned of unless the policy says so.
 */
export type Neighbour = {
	readonly moment: 'next' | 'previous';
	/** `wmf/1.27.0-wmf.4`, or the short commit. */
	readonly name: string;
	/** Groups that would run it. */
	readonly groups: readonly string[];
	readonly heads: readonly Target[];
	readonly changes: readonly LandedChange[];
	/** Like those of a group, with the neighbour's `name` for `group`. */
	readonly holdings: readonly Holding[];
	/** Said where its contents could not be looked up. */
	readonly missing?: string;
};

/** A thing outside git that a change may need: a filled table, an applied network policy. A person or a probe says whether it is met. */
export type Prerequisite = {
	readonly name: string;
	readonly text: string;
	/** Absent: it is the same for all groups. */
	readonly group?: string;
	readonly met: boolean | Missing;
	/** Who or what said so, why, and when; absent where nobody has yet. */
	readonly by?: string;
	readonly reason?: string;
	readonly at?: Instant;
};

/** What a change does to a name that frameworks register or read: a hook, a module, a config variable. See gate/order/moves. */
export type NameTrace = {
	/** Id of the change. */
	readonly change: string;
	readonly does: 'registers' | 'unregisters' | 'reads' | 'unreads';
	/** `hook`, `module`, `config`, `service`, `schema`, `export`, `flag`, or what the policy's own patterns call it. */
	readonly kind: string;
	readonly name: string;
	readonly path: string;
	/** Counted from 1, in the file after the change; before it where something is taken out. */
	readonly line: number;
};

/** Where a name stands in what a group runs now. */
export type NameUse = {
	readonly group: string;
	readonly repository: string;
	readonly sha: string;
	readonly use: 'registered' | 'read';
	readonly kind: string;
	readonly name: string;
	readonly path: string;
	readonly line: number;
};

/** One file's contents leaving or entering a repository, byte by byte the same; the changes are of the batch or known. */
export type BlobTrace = {
	readonly change: string;
	readonly does: 'leaves' | 'enters';
	readonly blob: string;
	readonly bytes: number;
	readonly path: string;
};

/** A repository in which every name (and file) of the traces was looked for, as a group runs it now. */
export type LookedAt = {readonly group: string; readonly repository: string; readonly sha: string};

/** Evidence of links that nobody declared. A use of the kind `blob` is a file whose contents, named by their blob, stand there. */
export type Traces = {
	readonly names: readonly NameTrace[];
	readonly uses: readonly NameUse[];
	readonly blobs: readonly BlobTrace[];
	/** Where uses were looked for, all of them: what is not among `uses` there is gone. Absent: nobody says. */
	readonly looked?: readonly LookedAt[];
	/** What was not looked at, and why, each as a sentence. */
	readonly unread: readonly string[];
};

/** A copy of a repository that the deploy reads from. */
export type Mirror = {
	readonly repository: string;
	readonly mirror: string;
	readonly ref: string;
	/** The commit that the deploy is to bring. */
	readonly wanted: string;
	readonly has: string | Missing;
	/** The oldest commit that it lacks was made then; absent where it lacks none or that cannot be told. */
	readonly behindSince?: Instant;
};

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
	readonly neighbours?: readonly Neighbour[];
	readonly prerequisites?: readonly Prerequisite[];
	readonly traces?: Traces;
	/** Earlier environments (beta, staging) and what landed there, for changes that must have passed them. */
	readonly environments?: readonly LandedGroup[];
	readonly mirrors?: readonly Mirror[];
	/** Wiki -> group, for the wikis that the batch speaks of. */
	readonly wikis?: Readonly<Record<string, string>>;
	/** Who deploys, where it is known. */
	readonly deployer?: string;
	readonly notes: readonly Note[];
};
