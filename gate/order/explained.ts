/** What `signalbox order` answers: the plan for people and machines, as plain data. The JSON is part of the contract: additions only. */
import type {RawFinding} from '../rule.ts';
import type {EdgeKind} from './graph.ts';

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
};
