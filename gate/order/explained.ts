/** What `signalbox order` answers: the plan for people and machines, as plain data. The JSON is part of the contract: additions only. */
import type {Review} from '../facts.ts';
import type {RawFinding} from '../rule.ts';
import type {EdgeKind} from './path-rules.ts';

/** How a change stands on one group. */
export type ExplainedStanding = {
	readonly group: string;
	readonly state: 'live' | 'reverted' | 'absent' | 'unknown';
	/** When it became live there. */
	readonly since: string | null;
	/** The revert that took it out. */
	readonly by: string | null;
};

/** A change that the explanation speaks of. */
export type ExplainedNode = {
	readonly id: string;
	readonly repository: string;
	readonly branch: string | null;
	readonly sha: string | null;
	readonly changeId: string | null;
	readonly subject: string | null;
	/** `batch`: it is to go out. `missing`: it must be added. `known`: it is spoken of, and nothing has to be done about it. */
	readonly where: 'batch' | 'missing' | 'known';
	/** How far its review came, where that is known: what is only proposed is not merged. */
	readonly reviewStatus?: NonNullable<Review['status']>;
	readonly standings: readonly ExplainedStanding[];
};

/** What has to come before what: `first` and `second` are ids of nodes. */
export type ExplainedEdge = {
	readonly kind: EdgeKind;
	readonly first: string;
	readonly second: string;
	readonly because: string;
	/** Who says so. */
	readonly from: 'footer' | 'policy' | 'detected' | 'revert';
	/** `kept`: the order as given respects it, or `first` is live. `broken`: it does not. `ring`: no order can. */
	readonly state: 'kept' | 'broken' | 'ring';
};

/** One value of a footer, or one line that a person reads as one, and how it ended. None is dropped. */
export type ExplainedFooter = {
	/** Id of the change whose message it stands in. */
	readonly change: string;
	/** Counted from 1. */
	readonly line: number;
	readonly text: string;
	/** What it names, in its canonical spelling; null where nothing could be read. */
	readonly value: string | null;
	/**
	 * `elsewhere`: on another host, where nothing can be seen from here. `ambiguous`: several changes, or copies on several branches, go by it;
	 * the note says which counts. `malformed`: a near miss, with its correction. `irrelevant`: it makes no link here, and the note says why.
	 */
	readonly status: 'resolved' | 'elsewhere' | 'ambiguous' | 'unresolved' | 'malformed' | 'irrelevant';
	readonly note: string | null;
	/** The line as it should be written. */
	readonly correction: string | null;
};

/** What `signalbox order` prints. `order` holds Change ids: the batch as it should go out; `complete` has the missing ones put in. */
export type OrderExplained = {
	readonly order: readonly string[];
	readonly complete: readonly string[];
	/** True when `complete` leaves nothing in the way. */
	readonly works: boolean;
	readonly problems: readonly RawFinding[];
	readonly rings: readonly (readonly string[])[];
	readonly nodes: readonly ExplainedNode[];
	readonly edges: readonly ExplainedEdge[];
	readonly missing: readonly {readonly id: string; readonly groups: readonly string[]; readonly pick: string}[];
	/** Every value of the footers of the batch and of what is missing, in the order of their changes and lines. */
	readonly footers: readonly ExplainedFooter[];
};
