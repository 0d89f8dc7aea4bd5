/** A real SMTP server for a test: it keeps the mails that it took, and refuses whom it is told to. */
import {readFileSync} from 'node:fs';
import type {AddressInfo} from 'node:net';
import path from 'node:path';
import type {ExecutionContext} from 'ava';
import {SMTPServer, type SMTPServerOptions} from 'smtp-server';

export type TakenMail = {readonly to: readonly string[]; readonly from: string; readonly raw: string};

export type MailServerUnderTest = {
	readonly port: number;
	readonly taken: readonly TakenMail[];
	/** Codes by recipient; the next question about one takes the next of its codes, and then it is taken. */
	refuse(recipient: string, ...codes: number[]): void;
	stop(): Promise<void>;
};

const fixture = (name: string): string => readFileSync(path.join(process.cwd(), 'test/fixtures/tls', name), 'utf8');

/** Signs the certificate that the server shows for `localhost`. */
export const testAuthority = (): string => fixture('mail-ca.pem');

const smtpError = (code: number): Error =>
	Object.assign(new Error(code < 500 ? 'Greylisted, come back later' : 'No such user here'), {responseCode: code});

export async function mailServerUnderTest(t: ExecutionContext, options: SMTPServerOptions = {}, port = 0): Promise<MailServerUnderTest> {
	const taken: TakenMail[] = [];
	const refused = new Map<string, number[]>();
	const server = new SMTPServer({
		...{
			key: fixture('mail-server-key.pem'),
			cert: fixture('mail-server.pem'),
			authOptional: true,
			logger: false,
			closeTimeout: 500,
			disableReverseLookup: true,
		},
		onRcptTo({address}, _session, done) {
			const code = refused.get(address)?.shift();
			done(code === undefined ? null : smtpError(code));
		},
		async onData(stream, {envelope}, done) {
			const pieces: Buffer[] = [];
			for await (const piece of stream) pieces.push(piece as Buffer);
			const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
			taken.push({to: envelope.rcptTo.map(({address}) => address), from, raw: Buffer.concat(pieces).toString('utf8')});
			done();
		},
		...options,
	});
	// A peer that hangs up in the middle is the other side's matter; the test looks at that side.
	server.on('error', () => undefined);
	const listener = server.listen(port, '127.0.0.1');
	await new Promise(resolve => listener.once('listening', resolve));
	let isUp = true;
	const stop = (): Promise<void> => {
		if (!isUp) return Promise.resolve();
		isUp = false;
		return new Promise(resolve => server.close(() => resolve()));
	};
	t.teardown(stop);
	return {
		...{port: (listener.address() as AddressInfo).port, taken, stop},
		refuse: (recipient, ...codes) => void refused.set(recipient, codes),
	};
}

/** Header lines of a mail, unfolded. */
export function headersOf({raw}: TakenMail): ReadonlyMap<string, string> {
	const [head = ''] = raw.split(/\r?\n\r?\n/);
	const lines = head.replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
	return new Map(lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
}
