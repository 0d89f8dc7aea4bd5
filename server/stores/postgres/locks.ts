/**
 * The advisory locks by which the processes on one database agree. They are PostgreSQL's own, belong to one database, and are gone with
 * the connection that holds them, so nobody who was killed leaves one behind. The first number is Signalbox's (`sgnl`), the second says what.
 */
const of = (what: number): string => `1936158316, ${what}`;

export const locks = {
	/** Held alone by whoever makes the tables. */
	migration: of(1),
	/** Shared by all who have the database open; held alone by a restore. */
	inUse: of(2),
	/** Held alone by the one process that watches. */
	watcher: of(3),
} as const;
