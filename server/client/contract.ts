/**
 * What the client and the service say to each other. The client reads changes where it runs; only the service judges and stores.
 * Two ways lead there: HTTP (http.ts), and the embedded store that the full command passes in.
 */
import type {Change, Holding, Instant, LandedChange, Mirror, Neighbour, Note, Target, Traces} from '../../gate/facts.ts';
import type {NamePattern} from '../../gate/order/moves/patterns.ts';
import type {Finding, VerdictWord} from '../../gate/verdict.ts';
import type {NewEvent} from '../../reports/events.ts';
import type {ChangesConfig} from '../config.ts';

/** A commit that is live on a group now. */
export type LandedHead = {
	readonly group: string;
	readonly repository: string;
	readonly branch?: string | null;
	readonly sha: string;
	readonly since?: Instant | null;
};

/** A commit that a repository was at once; group and times where the service tells them, newest first. */
export type PastHead = {
	readonly repository: string;
	readonly branch?: string | null;
	readonly sha: string;
	readonly group?: string | null;
	readonly since?: Instant | null;
};

/** A path that a rule of the policy wants to know about. */
export type Probe = {readonly repository: string; readonly path: string};

/** What the service knows before it is told anything: GET /api/v1/services/S/landed. */
export type LandedAnswer = {
	readonly service: string;
	readonly stages: readonly string[];
	readonly groups: readonly string[];
	readonly landed: readonly LandedHead[];
	readonly history: readonly PastHead[];
	readonly probes: readonly Probe[];
	/** How the team's own framework registers names; absent in the answer of an older service. */
	readonly patterns?: readonly NamePattern[];
	readonly changes: ChangesConfig | null;
};

/** A change found on some ref that is live on a group already: landed before the service knew of it. */
export type LandedFind = LandedChange & {readonly group: string};

/** What the client reads beside the batch, for rules that ask about more than its order. An absent part was not looked at. */
export type Beside = {
	readonly neighbours?: readonly Neighbour[];
	readonly traces?: Traces;
	readonly mirrors?: readonly Mirror[];
	/** Wiki -> group, for the wikis that the batch speaks of. */
	readonly wikis?: Readonly<Record<string, string>>;
	/** Group -> the version it runs. */
	readonly versions?: Readonly<Record<string, string>>;
	/** What a group must run, going by its version or by «landed: REF» of a checkout, where nobody has told yet. */
	readonly heads?: readonly (Target & {readonly group: string})[];
};

/** What the client read where it runs. */
export type Gathered = {
	readonly targets: readonly Target[];
	readonly changes: readonly Change[];
	/** Said only by a source that knows: the JSON file. */
	readonly atomic?: boolean;
	readonly perFile?: boolean;
	readonly known: readonly Change[];
	readonly landedChanges: readonly LandedFind[];
	readonly holdings: readonly Holding[];
	readonly beside: Beside;
	/** What this host runs now, where it can be seen. */
	readonly live: readonly Target[];
	readonly notes: readonly Note[];
};

export type CheckMode = 'check' | 'rollback' | 'force';

/** The question: POST /api/v1/checks. */
export type CheckBody = {
	readonly service: string;
	readonly stage: string;
	readonly host: string;
	/** Tells two machines of one name apart; null where the machine has no id. */
	readonly machine: string | null;
	readonly actor: {readonly kind: 'person'; readonly name: string};
	readonly askedAt: Instant;
	/** How long the service may take, milliseconds from when it reads this. */
	readonly deadlineMs: number;
	readonly idempotencyKey: string;
	readonly mode: CheckMode;
	readonly reason: string | null;
	readonly batch: {
		readonly targets: readonly Target[];
		readonly changes: readonly Change[];
		readonly atomic?: boolean;
		readonly perFile?: boolean;
	};
	readonly known: readonly Change[];
	readonly landedChanges: readonly LandedFind[];
	readonly holdings: readonly Holding[];
	readonly beside: Beside;
	readonly live: readonly Target[];
	readonly notes: readonly Note[];
	readonly named: readonly string[];
};

export type Progress = {readonly text: string; readonly remainingMs?: number};

export type CheckResult = {
	readonly verdict: VerdictWord;
	readonly deploy: string | null;
	readonly attempt: number | null;
	readonly stage: string;
	readonly at: Instant;
	readonly findings: readonly Finding[];
	readonly url: string | null;
	readonly exit: number;
};

/**
 * The way to the service. Each call rejects with `AppError` for what a person must mend, and with `Trouble` where asking again may help.
 * A call ends when its signal is aborted.
 */
export type Transport = {
	landed(service: string, signal?: AbortSignal): Promise<LandedAnswer>;
	check(body: CheckBody, onProgress: (progress: Progress) => void, signal?: AbortSignal): Promise<CheckResult>;
	record(events: readonly NewEvent[], signal?: AbortSignal): Promise<void>;
};

/** The service did not answer. */
export class Trouble extends Error {
	/** True where it took the question and then was silent for too long: slow rather than out of reach. */
	readonly alive: boolean;

	constructor(message: string, alive = false) {
		super(message);
		this.name = 'Trouble';
		this.alive = alive;
	}
}
