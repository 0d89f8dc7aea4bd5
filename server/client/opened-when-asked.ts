import {AppError} from '../app-error.ts';
import {type Transport, Trouble} from './contract.ts';

/**
 * Opens the store at the first question. A store that cannot be opened is a service that is away, whatever is asked of it: it must not
 * hold a rollback. Only a wrong configuration is one.
 */
export function openedWhenAsked(open: () => Promise<Transport>): Transport {
	let opened: Promise<Transport> | null = null;
	const get = (): Promise<Transport> => {
		opened ??= open().catch((error: unknown) => {
			throw error instanceof AppError && error.code !== 'invalid' ? new Trouble(error.message) : error;
		});
		return opened;
	};
	return {
		landed: async (...asked) => (await get()).landed(...asked),
		check: async (...asked) => (await get()).check(...asked),
		record: async (...asked) => (await get()).record(...asked),
	};
}
