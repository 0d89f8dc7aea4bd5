/** Configuration as the service uses it, after the YAML file was checked: see config/load.ts for how it is written. */
import type {Policy} from '../gate/policy.ts';
import type {NoticeKind} from '../reports/notice.ts';
import type {Role} from './caller.ts';

/** Where the database is. The address may hold a password, so it is never printed. */
export type DatabasePlace = {readonly engine: 'sqlite'; readonly folder: string} | {readonly engine: 'postgres'; readonly url: string};

export type Config = {
	/** The file it came from; null when there was none and the defaults stand. */
	readonly file: string | null;
	readonly listen: {readonly host: string; readonly port: number};
	/** Folder of the database, where it is SQLite. */
	readonly dataDir: string;
	/** What DATABASE_URL says; null: nothing. */
	readonly databaseUrl: string | null;
	/** The file that holds the same; null: none is named. */
	readonly databaseUrlFile: string | null;
	/** `embedded`: this machine's SQLite file, without a service. `service`: ask the service at `url`. Null: neither was said. */
	readonly store: 'embedded' | 'service' | null;
	readonly url: string | null;
	/** Who may come in, and how; null: this machine alone. */
	readonly signIn: SignInConfig | null;
	/** The file with the token that commands show to the service; null: they show none. */
	readonly tokenFile: string | null;
	/** An attempt that nobody asked about for this long is closed, outcome unknown. */
	readonly idleCloseMs: number;
	/** Where announcements in tcpircbot's way are received; null: nowhere. */
	readonly announcements: {readonly host: string; readonly port: number} | null;
	readonly services: ReadonlyMap<string, ServiceConfig>;
	/** Who is told what, by name. */
	readonly notices: ReadonlyMap<string, NoticeTarget>;
	/** Null: nothing is asked of GitHub. */
	readonly github: GithubConfig | null;
	/** Gerrits that are asked about changes; mostly one, or none. */
	readonly gerrits: readonly GerritConfig[];
};

export type GerritConfig = {
	/** Without a slash at the end; the path of Gerrit is part of it: `https://gerrit.example/r`. */
	readonly url: string;
	/** Null: asked as a stranger, who sees what is public. */
	readonly user: string | null;
	/** With that user's HTTP password, as Gerrit's settings make it. */
	readonly passwordFile: string | null;
	readonly caFile: string | null;
	readonly timeoutMs: number;
	/** What a project is called here, where it is called differently. */
	readonly repositories: ReadonlyMap<string, string>;
};

/** Where the action items of a service become issues; null: nowhere. */
export type IssuePlace = {readonly repository: string | null; readonly labels: readonly string[]};

export type GithubConfig = {
	/** Without a slash at the end. */
	readonly apiUrl: string;
	readonly tokenFile: string;
	readonly caFile: string | null;
	readonly usual: IssuePlace;
	/** Of services that have a place of their own. */
	readonly services: ReadonlyMap<string, IssuePlace>;
	/** What a repository of GitHub (`owner/name`, lower case) is called here. */
	readonly repositories: ReadonlyMap<string, string>;
};

/** A name that may be empty, and the address itself. */
export type MailAddress = {readonly name: string; readonly address: string};

/** One place where notices go. Secrets are in files, which are read when they are needed. */
export type NoticeTarget = {
	readonly name: string;
	readonly about: ReadonlySet<NoticeKind>;
	/** Null: all of them, and what is about none. */
	readonly services: readonly string[] | null;
	readonly via:
		| {readonly kind: 'webhook'; readonly urlFile: string; readonly caFile: string | null}
		| {
				readonly kind: 'smtp';
				readonly host: string;
				readonly port: number;
				readonly user: string | null;
				readonly passwordFile: string | null;
				/** `starttls` and `tls` never send a word unencrypted. */
				readonly tls: 'starttls' | 'tls' | 'none';
				readonly caFile: string | null;
				readonly from: MailAddress;
				readonly to: readonly MailAddress[];
		  };
};

/** A proxy in front of the service. */
export type ProxyConfig = {
	/** The header by which it names whoever asks, in lower case; null: it passes requests on and signs nobody in. */
	readonly header: string | null;
	/** Addresses and ranges (`10.1.2.0/24`) whose word is taken. */
	readonly from: readonly string[];
	/** Of a person whom it names and nobody knew before. */
	readonly role: Role;
};

export type SignInConfig = {
	/** Whether one-time links are taken. */
	readonly links: boolean;
	/** What whoever asks from this machine itself may do without a sign-in; null: nothing. */
	readonly thisMachine: Role | null;
	/** How long a session lasts after it was used last. */
	readonly sessionMs: number;
	readonly proxy: ProxyConfig | null;
};

export type StageConfig = {
	readonly name: string;
	/** Groups on which the code is live once this stage is asked about. `before` reaches none; the last stage reaches all. */
	readonly groups: readonly string[];
};

export type CheckoutConfig = {
	readonly path: string;
	readonly repository: string;
	/** Absent: the branch that is checked out. */
	readonly branch: string | null;
	/** A ref or commit that is live already, for the first time a checkout is seen: `refs/tags/live`. */
	readonly landed: string | null;
	/** Groups that run from this checkout. */
	readonly groups: readonly string[];
	/** A ref, or a pattern of refs of which the newest version counts, that comes next: `refs/remotes/origin/wmf/*`. */
	readonly next?: string;
	/** What was committed here and never proposed is no text for public pages. */
	readonly localCommits?: 'public';
};

/** A copy of a repository that the deploy reads from; the client asks it with `git ls-remote`. */
export type MirrorConfig = {readonly repository: string; readonly url: string; readonly ref: string};

/** Where the changes of a deploy are read; the client reads them where it runs. */
export type ChangesConfig =
	| {readonly from: 'git'; readonly checkouts: readonly CheckoutConfig[]; readonly mirrors?: readonly MirrorConfig[]}
	| {
			readonly from: 'deployment-info';
			readonly file: string;
			readonly stageDir: string | null;
			/** Which wiki runs which version; absent: `wikiversions.json` in the stage folder. */
			readonly wikiversions?: string;
			/** The folder of `GROUP.dblist`; absent: `dblists` in the stage folder. */
			readonly dblists?: string;
			readonly localCommits?: 'public';
			readonly mirrors?: readonly MirrorConfig[];
	  }
	| {readonly from: 'rev-path'; readonly repository: string | null; readonly mirrors?: readonly MirrorConfig[]}
	| {readonly from: 'file'; readonly file: string}
	| {readonly from: 'names'};

export type LogFileConfig = {
	readonly path: string;
	/** `mediawiki`: MediaWiki's error lines. `json`: one object a line. */
	readonly format: 'mediawiki' | 'json';
	/** The zone of times that carry none; null: such a line is refused. */
	readonly zone: string | null;
	/** Names of the JSON fields that hold each thing; dots lead into objects. */
	readonly fields: {
		readonly time: string;
		readonly host: string;
		readonly level: string;
		readonly channel: string;
		readonly message: string;
		readonly request: string;
	};
};

type SignalBase = {
	readonly name: string;
	/** What one count is, in words: `errors`. */
	readonly counts: string;
	readonly required: boolean;
	/** How late data may come and still be counted before its bucket is closed. */
	readonly lagMs: number;
};

export type LogFileSignalConfig = SignalBase & {
	readonly source: 'log-file';
	readonly log: LogFileConfig;
	/** Which lines count: any of these levels and any of these channels; an empty list is any. Lines that do not count still prove life. */
	readonly match: {readonly levels: readonly string[]; readonly channels: readonly string[]};
	/** Count distinct request ids rather than lines, where lines carry one. */
	readonly distinctRequests: boolean;
	/** Requests, one a line of another log; null: host-seconds. */
	readonly exposure: LogFileConfig | null;
};

/** How one proves to another system who asks: a file of this machine, never the configuration itself. */
export type AuthConfig = {readonly kind: 'none'} | {readonly kind: 'basic' | 'api-key' | 'bearer'; readonly file: string};

/** Where another system is asked over HTTP, and how long an answer may take. */
export type HttpSourceConfig = {
	/** Without a slash at the end. */
	readonly url: string;
	readonly auth: AuthConfig;
	/** Certificates to trust instead of the machine's. */
	readonly caFile: string | null;
	readonly timeoutMs: number;
};

/** One question to Elasticsearch or OpenSearch: which documents count, and where their time and host stand. */
export type ElasticsearchConfig = HttpSourceConfig & {
	/** Names of indices, aliases or data streams, with wildcards, separated by commas. */
	readonly index: string;
	/** In the syntax of query_string. */
	readonly query: string;
	/** Which documents prove that a host is alive, whether they count or not; null: any. */
	readonly alive: string | null;
	readonly timeField: string;
	readonly hostField: string;
	/** Count distinct values of this field (approximately) rather than documents. */
	readonly requestField: string | null;
};

export type ElasticsearchSignalConfig = SignalBase & {
	readonly source: 'elasticsearch';
	readonly elasticsearch: ElasticsearchConfig;
	/** Requests, one a document; null: host-seconds. */
	readonly exposure: ElasticsearchConfig | null;
};

export type PrometheusConfig = HttpSourceConfig & {
	/** A plain selector: `mediawiki_errors_total{job="mediawiki"}`. */
	readonly query: string;
	/** `counter`: only grows, but for restarts. `gauge-count`: each sample is what was counted since the one before. */
	readonly kind: 'counter' | 'gauge-count';
	readonly hostLabel: string;
	/** A plain selector of a counter of requests; null: host-seconds. */
	readonly exposure: string | null;
	/** A plain selector of the scrapes that stand for the query; null: `up` with the jobs of the query. */
	readonly up: string | null;
};

export type PrometheusSignalConfig = SignalBase & {readonly source: 'prometheus'; readonly prometheus: PrometheusConfig};

export type SignalConfig = LogFileSignalConfig | ElasticsearchSignalConfig | PrometheusSignalConfig;

/** An HTTP request that says whether a prerequisite is met. */
export type PrerequisiteProbe = {
	/** `{group}` in it stands for the name of the group. */
	readonly url: string;
	/** What the answer's status must be. */
	readonly status: number;
	/** What must stand in the answer; null: anything may. */
	readonly contains: string | null;
	readonly caFile: string | null;
	readonly timeoutMs: number;
};

/** A thing outside git that changes may need: ticked by a person, or probed. */
export type PrerequisiteConfig = {
	readonly name: string;
	readonly text: string;
	/** Groups of which each is ticked by itself; null: it is the same for all. */
	readonly groups: readonly string[] | null;
	/** Null: people tick it. */
	readonly probe: PrerequisiteProbe | null;
	/** For how long a tick counts; null: until it is taken away. */
	readonly validForMs: number | null;
};

export type RollbackConfig = {
	/** Printed and run after the checkouts were put back: `scap sync-world 'Revert {deploy}'`. */
	readonly commands: readonly string[];
	/** What else happens when it is taken back, named in the plan. */
	readonly sideEffects: readonly string[];
	/** Taking `group` back moves these as well: other groups, or what is none. `text` says why; empty: nothing more is said. */
	readonly movesToo: readonly {readonly group: string; readonly also: readonly string[]; readonly text: string}[];
};

/** An earlier environment, such as `beta`: a service of this installation, or groups of one; none named are all of them. */
export type EnvironmentConfig = {readonly name: string; readonly service: string; readonly groups: readonly string[]};

export type ServiceConfig = {
	readonly name: string;
	readonly groups: readonly string[];
	/** In the order in which a deploy passes them. */
	readonly stages: readonly StageConfig[];
	/** The host whose call speaks for all canaries; a canary's own call speaks for itself. */
	readonly deployHost: string | null;
	/** How announcements name it: a scap3 repository, or `sync-world` for MediaWiki. */
	readonly announcedAs: readonly string[];
	readonly atomic: boolean;
	readonly changes: ChangesConfig;
	readonly hosts: {readonly canaries: readonly string[]; readonly baseline: readonly string[]};
	/** How many of the canaries must have been heard before `go`. */
	readonly quorum: number;
	readonly signals: readonly SignalConfig[];
	readonly prerequisites: readonly PrerequisiteConfig[];
	readonly policy: Policy;
	readonly rollback: RollbackConfig;
	/** What its changes must have passed before they come here. */
	readonly environments: readonly EnvironmentConfig[];
};
