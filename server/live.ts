/**
 * Live pages by server-sent events: one hub per process. When the timeline grew, whichever process wrote, it reads what is new once and
 * tells every connection whose topic that touches; a page then asks for itself again. Nothing of an event's content goes over this wire.
 */
import type {Instant} from '../gate/facts.ts';

/** What of an event tells whom it touches. */
export type EventTrace = {
	readonly seq: number;
	readonly recordedAt: Instant;
	readonly service: string | null;
	readonly deploy: string | null;
	readonly incident: string | null;
};

/** What a page shows: everything, or what touches one deploy, incident or service. */
export type Topic = {
	readonly name: string;
	/** What is shown there moves by itself, as the lag of a signal does. */
	readonly ticks: boolean;
	touches(event: EventTrace): boolean;
};

/** Where the messages go: an HTTP response, as far as it matters here. */
export type Wire = {
	write(text: string): boolean;
	/** Bytes that were written and not taken yet. */
	readonly writableLength: number;
	end(): void;
	destroy(): void;
};

export type Listener = {
	readonly topic: Topic;
	readonly wire: Wire;
	/** Who listens: so many connections each, and no more. */
	readonly caller: string;
	/** What the page that listens knows already: up to an event, or what was recorded before a time. */
	readonly knows: {readonly seq: number} | {readonly before: Instant} | null;
	/** Asked at every beat; false ends the connection, since its session or token is no longer good. */
	isWelcome(): Promise<boolean>;
};

export type Live = {
	/** False: there are too many connections, from everybody or from this caller. Otherwise it goes on until the answered function is called. */
	listen(listener: Listener): Promise<false | (() => void)>;
	readonly connections: number;
	close(): void;
};

export type LiveDeps = {
	watchHead(onMove: (seq: number) => void): () => void;
	/** Events after a number, oldest first, the newest so many of them. */
	newerThan(seq: number, atMost: number): Promise<readonly EventTrace[]>;
	head(): Promise<number>;
	now(): Instant;
	readonly log: (text: string) => void;
	readonly limits?: Partial<Limits>;
};

export const usualLimits = {
	/** Each is a socket; the hooks of a large deploy need theirs. */
	connectionsMax: 500,
	/** One person's tabs, and the tabs of a few others behind the same token. */
	perCallerMax: 50,
	/** A proxy and a browser both give up on silence; this is well before. */
	beatMs: 10_000,
	tickMs: 5000,
	/** What may wait to be taken: hundreds of messages. Who takes nothing for so long is gone. */
	unreadMax: 16 * 1024,
	eventsPerLook: 500,
} as const;

type Limits = {readonly [Name in keyof typeof usualLimits]: number};

type Connection = Listener & {readonly stop: () => void; seq: number};

const message = (name: string, seq: number, at: Instant): string =>
	`${name === 'hello' ? 'retry: 3000\n' : ''}event: ${name}\nid: ${seq}\ndata: ${JSON.stringify({seq, at})}\n\n`;

class Hub implements Live {
	readonly #deps: LiveDeps;
	readonly #limits: Limits;
	readonly #connections = new Set<Connection>();
	readonly #timers: NodeJS.Timeout[] = [];
	#known = 0;
	#looking: Promise<void> = Promise.resolve();
	#unwatch: (() => void) | null = null;

	constructor(deps: LiveDeps) {
		this.#deps = deps;
		this.#limits = {...usualLimits, ...deps.limits};
	}

	get connections(): number {
		return this.#connections.size;
	}

	async listen(listener: Listener): Promise<false | (() => void)> {
		const seq = await this.#deps.head();
		const ofCaller = [...this.#connections].filter(({caller}) => caller === listener.caller).length;
		if (this.#connections.size >= this.#limits.connectionsMax || ofCaller >= this.#limits.perCallerMax) return false;
		const connection: Connection = {...listener, seq, stop: () => this.#drop(connection)};
		if (this.#connections.size === 0) this.#known = seq;
		this.#connections.add(connection);
		if (this.#unwatch === null) this.#watch();
		try {
			this.#send(connection, 'hello');
			await this.#catchUp(connection, seq);
		} catch (error) {
			connection.stop();
			throw error;
		}
		this.#look();
		return connection.stop;
	}

	close(): void {
		for (const connection of [...this.#connections]) {
			connection.stop();
			connection.wire.end();
		}
	}

	#watch(): void {
		const {beatMs, tickMs} = this.#limits;
		const beats = () => {
			for (const connection of [...this.#connections]) void this.#beat(connection);
			// What slipped between two ways of watching is found here at the latest.
			this.#look();
		};
		const ticks = () => {
			for (const connection of [...this.#connections]) if (connection.topic.ticks) this.#send(connection, 'changed');
		};
		this.#unwatch = this.#deps.watchHead(() => this.#look());
		this.#timers.push(setInterval(beats, beatMs).unref(), setInterval(ticks, tickMs).unref());
	}

	#drop(connection: Connection): void {
		this.#connections.delete(connection);
		if (this.#connections.size > 0) return;
		this.#unwatch?.();
		this.#unwatch = null;
		for (const timer of this.#timers.splice(0)) clearInterval(timer);
	}

	#send(connection: Connection, name: string): void {
		connection.wire.write(message(name, connection.seq, this.#deps.now()));
		if (connection.wire.writableLength <= this.#limits.unreadMax) return;
		// It does not read: what waits for it would only grow. Its browser connects again and says what it knows.
		connection.wire.destroy();
		connection.stop();
	}

	/** One look at a time; what is recorded during it is found by the next, which its own call queued. */
	#look(): void {
		this.#looking = this.#looking
			.then(async () => {
				const events = await this.#deps.newerThan(this.#known, this.#limits.eventsPerLook);
				this.#known = Math.max(this.#known, ...events.map(({seq}) => seq));
				for (const connection of [...this.#connections]) {
					const isTouched = this.#touches(events, connection.topic, connection.seq);
					connection.seq = Math.max(connection.seq, this.#known);
					if (isTouched) this.#send(connection, 'changed');
				}
			})
			.catch((error: unknown) => {
				// Nobody listens any more: the service may be stopping, and its database be closed.
				if (this.#connections.size === 0) return;
				this.#deps.log(`live pages could not read what is new: ${error instanceof Error ? error.message : String(error)}`);
			});
	}

	/** So many at once that some were not read may touch anybody. */
	#touches(events: readonly EventTrace[], topic: Topic, seq: number): boolean {
		return events.length >= this.#limits.eventsPerLook || events.some(event => event.seq > seq && topic.touches(event));
	}

	/** Tells at once what was recorded between the making of the page and its connection. */
	async #catchUp(connection: Connection, seq: number): Promise<void> {
		const {knows, topic} = connection;
		if (knows === null) return;
		// A number from before a restored backup: the page may show what is no longer there.
		const isBeyond = 'seq' in knows && knows.seq > seq;
		const from = 'seq' in knows ? knows.seq : Math.max(0, seq - this.#limits.eventsPerLook + 1);
		const events = isBeyond ? [] : await this.#deps.newerThan(from, this.#limits.eventsPerLook);
		const unknown = 'seq' in knows ? events : events.filter(({recordedAt}) => recordedAt >= knows.before);
		if (!this.#connections.has(connection)) return;
		if (isBeyond || this.#touches(unknown, topic, from)) this.#send(connection, 'changed');
	}

	async #beat(connection: Connection): Promise<void> {
		// Not knowing is not being refused: what cannot be asked now is asked at the next beat.
		const isWelcome = await connection.isWelcome().catch(() => true);
		if (!this.#connections.has(connection)) return;
		this.#send(connection, isWelcome ? 'beat' : 'signed-out');
		if (isWelcome) return;
		connection.stop();
		connection.wire.end();
	}
}

/** The hub. It asks nothing of the database while nobody listens. */
export const openLive = (deps: LiveDeps): Live => new Hub(deps);
