/** How a route of the HTTP API is described to programs: with the very schemas that parse what comes in. */
import type {z} from 'zod';

export type ApiAnswer = {
	readonly schema: z.ZodType;
	/** `application/json` unless said. */
	readonly media?: string;
	/** Where the caller chooses the format: the other ones, by media type. */
	readonly others?: Readonly<Record<string, z.ZodType>>;
};

export type ApiDoc = {
	/** Names the operation in clients made from the document: `listIncidents`. */
	readonly id: string;
	readonly summary: string;
	readonly query?: z.ZodObject;
	/** What stands in the address, where its name does not say it. */
	readonly path?: Readonly<Record<string, string>>;
	readonly body?: z.ZodType;
	/** By status: what comes back; errors are problem documents everywhere and need no mention. */
	readonly answers: Readonly<Record<number, ApiAnswer>>;
};
