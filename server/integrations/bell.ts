/** Wakes all who wait. */
export type Bell = {
	ring(): void;
	/** Resolves at the next ring, or on abort; it never rejects. */
	next(abort: AbortSignal): Promise<void>;
};

export function newBell(): Bell {
	const waiting = new Set<() => void>();
	return {
		ring() {
			for (const wake of [...waiting]) wake();
		},
		next(abort) {
			if (abort.aborted) return Promise.resolve();
			return new Promise(resolve => {
				const wake = () => {
					waiting.delete(wake);
					abort.removeEventListener('abort', wake);
					resolve();
				};
				waiting.add(wake);
				abort.addEventListener('abort', wake, {once: true});
			});
		},
	};
}
