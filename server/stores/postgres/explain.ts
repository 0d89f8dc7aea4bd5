/** What a failure of PostgreSQL means to a person, and what to do about it. */
import {AppError} from '../../app-error.ts';
import {messageOf} from '../connection.ts';

const nothingStored = 'Nothing of this step was stored';
const comesBack = 'Signalbox connects again by itself';

/** By PostgreSQL's SQLSTATE, or the code of the network's error. The first that fits is said. */
const sayings: readonly (readonly [RegExp, string])[] = [
	[/^(?:28P01|28000)$/, 'PostgreSQL does not let this user in. Look at the name and password of DATABASE_URL, and at pg_hba.conf'],
	[/^3D000$/, 'there is no such database. Make it (`createdb`), or name another one in DATABASE_URL'],
	[/^(?:3F000|42P01)$/, 'the tables of Signalbox are not there. Restore a backup with `signalbox restore`, or start the service again'],
	[/^42501$/, 'this user lacks a right in the database. Make it the owner of the database'],
	[/^53300$/, 'PostgreSQL has too many connections. Raise its max_connections (each process of Signalbox takes up to 11), or close others'],
	[/^53100$|^ENOSPC$/, `the disk of PostgreSQL is full. ${nothingStored}, and what was stored before is safe. Free space, then try again`],
	[/^53/, `PostgreSQL lacks memory or another resource. ${nothingStored}. Look at its log`],
	[/^25006$/, `PostgreSQL takes no writing: it is a standby, or was set to read only. ${nothingStored}. Name the primary in DATABASE_URL`],
	[/^55P03$/, `another process has held the database for too long. ${nothingStored}. Find the holder in pg_stat_activity, then try again`],
	[/^40(?:001|P01)$/, `another process was in the way. ${nothingStored}. Try again`],
	[/^25P0[34]$/, `a step stood still for too long, and PostgreSQL ended it. ${nothingStored}. Try again`],
	[/^57014$/, `PostgreSQL took too long over a statement, and it was stopped. ${nothingStored}. Look at its load, then try again`],
	[/^57P03$/, `PostgreSQL is starting or shutting down. ${nothingStored}. ${comesBack}`],
	[/^57P|^08/, `PostgreSQL ended the connection: it is shutting down or was started again. ${nothingStored}. ${comesBack}`],
	[/^(?:58|XX001|XX002)/, `PostgreSQL cannot read or write its files. ${nothingStored}. Look at its log and its disk`],
	[/^ECONNREFUSED$|^ENOENT$/, `PostgreSQL does not listen there. ${nothingStored}. Start it, or look at DATABASE_URL; ${comesBack}`],
	[
		/^(?:ENOTFOUND|EAI_AGAIN)$/,
		`the name of PostgreSQL's host cannot be found. ${nothingStored}. Look at DATABASE_URL and at the name server`,
	],
	[/^(?:ECONNRESET|EPIPE)$/, `the connection to PostgreSQL broke. ${nothingStored}, unless its answer was on the way. ${comesBack}`],
	[/^E(?:HOSTUNREACH|NETUNREACH|TIMEDOUT|HOSTDOWN)$/, `PostgreSQL is out of reach. ${nothingStored}. Look at the network; ${comesBack}`],
];

/** Of failures that the driver tells in words alone. */
const wordings: readonly (readonly [RegExp, string])[] = [
	[
		/^Connection terminated|^Connection ended|not queryable|connection error and is not|^Client has encountered/,
		`the connection to PostgreSQL broke. ${nothingStored}, unless its answer was on the way. ${comesBack}`,
	],
	[
		/^Query read timeout|^timeout exceeded|^timeout expired|Timeout acquiring a connection/,
		`PostgreSQL did not answer in time. ${nothingStored}, unless its answer was on the way. Look at its load and at the network; ${comesBack}`,
	],
	[
		/SSL|certificate|self.signed/i,
		'the connection to PostgreSQL could not be made safe. Look at `sslmode` and `sslrootcert` in DATABASE_URL',
	],
	[/SASL|password must be a string/, 'PostgreSQL wants a password. Put it in DATABASE_URL, or in the file that `database: url_file` names'],
];

/** What somebody sent that PostgreSQL cannot keep. The doors refuse it before; this is for what they let through. */
const refusals: Readonly<Record<string, string>> = {
	'22021': 'a text holds a character that no database keeps (U+0000). Send it without',
	'22001': 'a text is longer than its place in the database. Send a shorter one',
	'22003': 'a number is larger than its place in the database. Send a smaller one',
};

const codeOf = (error: unknown): string =>
	typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** A host with two addresses fails with one error for each. */
const firstOf = (error: unknown): unknown => (error instanceof AggregateError ? (error.errors[0] ?? error) : error);

/** A failure that a person can do something about, as a sentence that begins with the database's name; anything else stays the bug that it is. */
export function explainPostgres(given: unknown, name: string): unknown {
	if (given instanceof AppError) return given;
	const error = firstOf(given);
	const code = codeOf(error);
	const text = messageOf(error);
	const refused = Object.hasOwn(refusals, code) ? refusals[code] : undefined;
	if (refused !== undefined) return new AppError('invalid', `${name}: ${refused}.`, [text.slice(0, 200)]);
	const found = sayings.find(([pattern]) => pattern.test(code)) ?? wordings.find(([pattern]) => pattern.test(text));
	return found ? new AppError('unavailable', `${name}: ${found[1]}.`, [text.slice(0, 200)]) : given;
}
