import {AppError} from '../app-error.ts';

/** Lets that many pieces of work go on at once and refuses what is more: a hook asks again until its deadline. */
export function atMost(goingMax: number): <T>(work: () => Promise<T>) => Promise<T> {
	let going = 0;
	return async work => {
		if (going >= goingMax)
			throw new AppError('unavailable', `Over ${goingMax} questions are being answered. This one was not taken; ask again in a moment.`);
		going += 1;
		try {
			return await work();
		} finally {
			going -= 1;
		}
	};
}
