/** The handful of errors a person may read; everything else is a bug, and is logged with its cause. */
export const statusOf = {
	...{invalid: 422, 'not-found': 404, unauthenticated: 401, forbidden: 403, conflict: 409},
	...{method: 405, 'too-large': 413, media: 415, 'too-many': 429, unavailable: 503},
} as const;

export class AppError extends Error {
	readonly code: keyof typeof statusOf;
	/** Two or more problems of one input, each a sentence with its place. */
	readonly problems: readonly string[];

	constructor(code: keyof typeof statusOf, message: string, problems: readonly string[] = []) {
		super(message);
		this.name = 'AppError';
		this.code = code;
		this.problems = problems;
	}
}
