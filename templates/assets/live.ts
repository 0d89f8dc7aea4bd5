/**
 * Live pages. A connection tells that something changed; then the page asks for itself again and takes over what differs. What the header
 * says of it comes from messages that were received, never from what the browser believes of a socket.
 */
import {morph} from './morph.ts';

/** What every message carries: the newest event's number, and the time by the service's clock. */
type Message = {readonly seq: number; readonly at: string};

// Messages come every ten seconds at the latest; two may be lost.
const silenceMs = 25_000;
const hiddenMs = 30_000;
const answerMs = 15_000;
const restMs = 2000;
const retryMsMax = 15_000;
const signedOutMs = 4000;
const highlightMs = 2500;

const sleepers = new Map<string, number>();

/** Runs it later, instead of what was to run later under this name. */
function later(name: string, ms: number, work: () => void): void {
	window.clearTimeout(sleepers.get(name));
	sleepers.set(name, window.setTimeout(work, ms));
}

const never = (name: string): void => window.clearTimeout(sleepers.get(name));

function highlight(elements: readonly Element[]): void {
	if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) return;
	const from = {backgroundColor: 'var(--watch-wash)', boxShadow: '0 0 0 6px var(--watch-wash)'};
	for (const element of elements) element.animate([from, {}], {duration: highlightMs, easing: 'ease-out'});
}

function takeOver(html: string): void {
	const next = new DOMParser().parseFromString(html, 'text/html');
	if (document.title !== next.title) document.title = next.title;
	for (const region of document.querySelectorAll('[data-live]')) {
		const fresh = next.querySelector(`[data-live="${region.getAttribute('data-live') ?? ''}"]`);
		if (fresh !== null) highlight(morph(region, fresh));
	}
}

class LivePage {
	readonly #main: HTMLElement;
	readonly #state: HTMLElement;
	#source: EventSource | null = null;
	#seq: number | null = null;
	#heardAt: string;
	#retryMs = 1000;
	#isAsking = false;
	/** Something changed that this page does not show yet. */
	#isBehind = false;

	constructor(main: HTMLElement, state: HTMLElement, madeAt: string) {
		this.#main = main;
		this.#state = state;
		this.#heardAt = madeAt;
	}

	connect(): void {
		this.#source?.close();
		const since = this.#seq === null ? `made=${encodeURIComponent(this.#heardAt)}` : `since=${this.#seq}`;
		const source = new EventSource(`/live?topic=${encodeURIComponent(this.#main.dataset['topic'] ?? '')}&${since}`);
		this.#source = source;
		for (const name of ['hello', 'beat', 'changed'])
			source.addEventListener(name, event => this.#hear(name, JSON.parse((event as MessageEvent<string>).data) as Message));
		source.addEventListener('signed-out', () => this.#stop('Signed out: reload to sign in'));
		source.onerror = () => this.#lose();
		later('silence', silenceMs, () => this.#lose());
	}

	/** Nobody looks: after a while the connection is given back. */
	hide(): void {
		later('hide', hiddenMs, () => this.close());
	}

	show(): void {
		never('hide');
		if (this.#source !== null) return;
		this.connect();
		if (this.#isMoving()) void this.#refresh();
	}

	close(): void {
		this.#source?.close();
		this.#source = null;
		for (const name of ['silence', 'retry']) never(name);
	}

	#isMoving(): boolean {
		return 'moving' in this.#main.dataset;
	}

	#say(text: string, isLive: boolean): void {
		this.#state.hidden = false;
		this.#state.classList.toggle('live-not', !isLive);
		if (this.#state.textContent !== text) this.#state.textContent = text;
	}

	#hear(name: string, {seq, at}: Message): void {
		this.#seq = seq;
		this.#heardAt = at;
		this.#retryMs = 1000;
		this.#say('Live', true);
		later('silence', silenceMs, () => this.#lose());
		if (name === 'changed') this.#isBehind = true;
		if (this.#isBehind || (name === 'beat' && this.#isMoving())) void this.#refresh();
	}

	#lose(): void {
		this.close();
		this.#say(`Not live since ${this.#heardAt.slice(11, 19)}, trying again`, false);
		later('retry', this.#retryMs * (0.75 + Math.random() / 2), () => this.connect());
		// Still nothing: it may be that the session ended, which the page itself is told.
		if (this.#retryMs === signedOutMs) void this.#refresh();
		this.#retryMs = Math.min(this.#retryMs * 2, retryMsMax);
	}

	#stop(text: string): void {
		this.close();
		this.#say(text, false);
	}

	/** Asks for this page again, one question at a time, and rests between two. */
	async #refresh(): Promise<void> {
		this.#isBehind = true;
		if (this.#isAsking) return;
		this.#isAsking = true;
		this.#isBehind = false;
		let failed = false;
		try {
			const answer = await fetch(location.href, {headers: {accept: 'text/html'}, signal: AbortSignal.timeout(answerMs)});
			if (answer.status === 401 || answer.redirected) this.#stop('Signed out: reload to sign in');
			else if (answer.ok) takeOver(await answer.text());
			else failed = true;
		} catch {
			// Asked again with the next message; that none comes is said in the header.
			failed = true;
		}
		window.setTimeout(() => {
			this.#isAsking = false;
			if (failed) this.#isBehind = true;
			else if (this.#isBehind && this.#source !== null) void this.#refresh();
		}, restMs);
	}
}

const main = document.querySelector<HTMLElement>('main[data-topic]');
const state = document.querySelector<HTMLElement>('[data-live-state]');
if (main !== null && state !== null) {
	const page = new LivePage(main, state, document.querySelector<HTMLTimeElement>('time[data-live="made"]')?.dateTime ?? '');
	document.addEventListener('visibilitychange', () => (document.hidden ? page.hide() : page.show()));
	window.addEventListener('pagehide', () => page.close());
	window.addEventListener('pageshow', ({persisted}) => {
		if (persisted) page.show();
	});
	page.connect();
}
