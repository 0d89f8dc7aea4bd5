/** A story as the runner plays it, after its file was read and checked: see docs/replay.md for how one is written. */
import type {ServiceConfig} from '../config.ts';

export type StoryCommit = {
	/** What the story calls it: `fix`. Unique in the story. */
	readonly id: string;
	readonly repository: string;
	readonly branch: string;
	/** The commit it stands on; null: the newest one of its branch so far, or none. */
	readonly from: string | null;
	readonly changeId: string | null;
	readonly subject: string;
	readonly body: string;
	readonly footers: Readonly<Record<string, string>>;
	/** A role, not a person: `Search engineer`. */
	readonly author: string;
	readonly authoredAt: string;
	readonly committedAt: string;
	/** Contents by path; null removes the file. */
	readonly files: Readonly<Record<string, string | null>>;
};

export type StoryRepository = {
	readonly name: string;
	/** Below the staging folder. */
	readonly checkout: string;
	/** What is deployed. Its newest commit is live when the story begins. */
	readonly branch: string;
	readonly commits: readonly StoryCommit[];
};

/** What a host's own files must say; every condition of a fault holds, or it does not show. */
export type Condition = {
	readonly repository: string;
	readonly path: string;
	/** The file is there and has this text in it; null: it need only be there. */
	readonly contains: string | null;
	/** True turns it round: the file is absent, or has no such text. */
	readonly not: boolean;
};

/** What goes wrong on every host whose code meets the conditions, for as long as it does. */
export type Fault = {
	readonly name: string;
	readonly where: readonly Condition[];
	/** Only on these hosts, such as one with a weak disk; null: on any. */
	readonly hosts: readonly string[] | null;
	readonly signal: string | null;
	readonly message: string;
	/** The share of requests that fail, 0 to 1. */
	readonly share: number;
};

export type Traffic = {
	readonly requestsPer10Seconds: number;
	/** The share of requests that fail on a good day. */
	readonly errorShare: number;
	readonly errorMessages: readonly string[];
	/** Lines that count for no error and show that a host's log is alive. */
	readonly noticesPer10Seconds: number;
	readonly noticeMessage: string;
	/** How much of it is in the logs before the story begins. */
	readonly historySeconds: number;
	readonly wiki: string;
	readonly version: string;
	readonly seed: number;
};

/** The deploy tool of the story: a command of this name on the PATH of everything that the story runs. */
export type DeployTool = {
	readonly name: string;
	/** Hosts that it brings the staging checkouts to. */
	readonly hosts: readonly string[];
	/** What it announces when it is done; null: nothing. */
	readonly announces: string | null;
};

/** A text that must be in what was said, white space aside; `/…/` is a regular expression. */
export type Said = string;

export type Expectation = {
	readonly exit: number | null;
	readonly says: readonly Said[];
	readonly saysNot: readonly Said[];
	/** Story seconds from the question to the answer. */
	readonly withinSeconds: number | null;
};

export type Pick = {readonly commit: string; readonly footers: Readonly<Record<string, string>>};

export type Action =
	| {readonly do: 'say'; readonly text: string}
	/** Puts commits of other branches on top of the staging checkouts, in this order; `from: start` goes back to what was live when the story began. */
	| {readonly do: 'checkout'; readonly from: 'start' | 'head'; readonly picks: readonly Pick[]}
	| {
			readonly do: 'check';
			readonly stage: string;
			/** Hosts that ask, all at once. */
			readonly hosts: readonly string[];
			readonly changes: readonly string[];
			readonly force: string | null;
			readonly rollback: boolean;
			readonly deadlineSeconds: number;
			readonly expect: Expectation;
	  }
	| {readonly do: 'deploy_to'; readonly hosts: readonly string[]; readonly repositories: readonly string[]}
	/** Any other command of signalbox: `rollback`, `allow`, `record`, `finish`, `order`. */
	| {readonly do: 'command'; readonly name: string; readonly args: readonly string[]; readonly expect: Expectation}
	| {readonly do: 'announce'; readonly line: string}
	| {readonly do: 'wait'; readonly seconds: number}
	| {readonly do: 'wait_for'; readonly event: string; readonly says: readonly Said[]; readonly atMostSeconds: number}
	| {readonly do: 'report'; readonly moments: readonly string[]; readonly says: readonly Said[]; readonly saysNot: readonly Said[]}
	| {readonly do: 'board'; readonly says: readonly Said[]; readonly saysNot: readonly Said[]};

export type Step = {readonly line: number; readonly action: Action};

export type Story = {
	/** The file, as people call it. */
	readonly file: string;
	readonly name: string;
	readonly title: string;
	readonly start: string;
	readonly speed: number;
	readonly repositories: readonly StoryRepository[];
	readonly service: ServiceConfig;
	/** The service as it is written into signalbox.yaml, without its changes. */
	readonly serviceText: Readonly<Record<string, unknown>>;
	readonly traffic: Traffic;
	readonly faults: readonly Fault[];
	readonly tool: DeployTool | null;
	readonly steps: readonly Step[];
};
