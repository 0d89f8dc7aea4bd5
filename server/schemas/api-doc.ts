/** How a route of the HTTP API is described to programs: with the very schemas that parse what comes in. */
import type {z} from 'zod';

export type ApiDoc = {
	/** Names the operation in clients made from the document: `listIncidents`. */
	readonly id: string;
	readonly summary: string;
	readonly query?: z.ZodObject;
	readonly body?: z.ZodType;
	/** By status: what comes back; errors are problem documents everywhere and need no mention. */
	readonly answers: Readonly<Record<number, {readonly schema: z.ZodType; readonly media?: string}>>;
};
