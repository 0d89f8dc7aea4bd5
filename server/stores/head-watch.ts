/** Tells whoever listens that the timeline grew: at once for what this process wrote or hears of, and by asking now and then for the rest. */

export type HeadWatch = {
	watch(onMove: (seq: number) => void): () => void;
	/** Somebody may have written: asks soon, once for all who say so in the meantime. */
	look(): void;
	stop(): void;
};

/** `readHead` answers the newest event's number, and is asked every `pollMs`. Nothing is asked while nobody listens. */
export function headWatch(readHead: () => Promise<{readonly seq: number}>, pollMs: number): HeadWatch {
	const listeners = new Set<(seq: number) => void>();
	let known: number | null = null;
	let isAsking = false;
	let isWanted = false;
	let timer: NodeJS.Timeout | null = null;
	const ask = async (): Promise<void> => {
		if (isAsking) {
			isWanted = true;
			return;
		}
		isAsking = true;
		do {
			isWanted = false;
			try {
				const {seq} = await readHead();
				if (known !== null && seq !== known) for (const listener of [...listeners]) listener(seq);
				known = seq;
			} catch {
				// A database that cannot be asked now is asked again at the next tick; whoever reads it for real says what is wrong.
			}
		} while (isWanted && listeners.size > 0);
		isAsking = false;
	};
	const rest = (): void => {
		if (timer !== null) clearInterval(timer);
		timer = null;
		known = null;
	};
	return {
		watch(onMove) {
			listeners.add(onMove);
			timer ??= setInterval(() => void ask(), pollMs).unref();
			void ask();
			return () => {
				listeners.delete(onMove);
				if (listeners.size === 0) rest();
			};
		},
		look() {
			if (listeners.size > 0) void ask();
		},
		stop() {
			listeners.clear();
			rest();
		},
	};
}
