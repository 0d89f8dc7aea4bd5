/** Sends one mail by SMTP. Each recipient is answered alone: who has it already does not get it again. */
import {createTransport} from 'nodemailer';
import {type Delivery, failed, retry, sent} from '../delivery.ts';

export type MailServer = {
	readonly host: string;
	readonly port: number;
	readonly tls: 'starttls' | 'tls' | 'none';
	readonly ca: string | null;
	readonly login: {readonly user: string; readonly password: string} | null;
};

export type MailAddress = {readonly name: string; readonly address: string};

export type Mail = {
	readonly from: MailAddress;
	/** All who get it, as its header says. */
	readonly to: readonly MailAddress[];
	/** Those of them who have it from an earlier attempt. */
	readonly delivered: readonly string[];
	readonly subject: string;
	readonly text: string;
	/** Without its brackets; the same at every attempt. */
	readonly messageId: string;
	/** What mails of one thread refer to. */
	readonly thread: string | null;
};

type Refusal = {readonly recipient: string; readonly code: number | null; readonly text: string};

const saidMax = 200;
const line = (text: string): string => text.replaceAll(/\s+/g, ' ').trim().slice(0, saidMax);
const isPermanent = (code: number | null): boolean => code !== null && code >= 500 && code < 600;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What nodemailer tells of an error beside its message; every one of them may be absent. */
function toldBy(error: unknown): {code: string; status: number | null; text: string; recipient: string; rejected: unknown} {
	const about: Record<string, unknown> = typeof error === 'object' && error !== null ? {...error} : {};
	const said = textOf(about['response']) || (error instanceof Error ? error.message : String(error));
	return {
		...{code: textOf(about['code']), status: typeof about['responseCode'] === 'number' ? about['responseCode'] : null},
		...{text: line(said), recipient: textOf(about['recipient']), rejected: about['rejectedErrors']},
	};
}

const refusalsOf = (errors: unknown): Refusal[] =>
	(Array.isArray(errors) ? errors : []).map(error => {
		const {recipient, status, text} = toldBy(error);
		return {recipient, code: status, text};
	});

const sayRefusals = (refusals: readonly Refusal[]): string => refusals.map(({recipient, text}) => `${recipient}: ${text}`).join('; ');

/** Refused for now is tried again for those alone; refused for good is said, and fails the mail where nobody got it. */
function judgeRefusals(server: MailServer, refusals: readonly Refusal[], delivered: readonly string[]): Delivery {
	if (refusals.length === 0) return sent(null, delivered);
	const reason = `${server.host} refused ${sayRefusals(refusals)}`;
	const later = refusals.filter(({code}) => !isPermanent(code));
	if (later.length > 0) return retry(reason, null, delivered);
	return delivered.length > 0 ? sent(reason, delivered) : failed(reason);
}

const remedies: Readonly<Record<string, string>> = {
	EAUTH: 'it does not take this user and password: see «user» and «password_file»',
	ETLS: 'no encrypted connection came about: see «tls» and «ca_file»',
	ESOCKET: 'the connection failed: see «host», «port», «tls» and «ca_file»',
	EDNS: 'its name is not known: see «host»',
};

function judgeError(server: MailServer, error: unknown, delivered: readonly string[], isOver: boolean, timeoutMs: number): Delivery {
	const {code, status, text, rejected} = toldBy(error);
	if (isOver) return retry(`${server.host} did not take the mail within ${timeoutMs / 1000} s`, null, delivered);
	const refusals = refusalsOf(rejected);
	if (refusals.length > 0) return judgeRefusals(server, refusals, delivered);
	const remedy = remedies[code];
	const reason = `${server.host}: ${text}${remedy === undefined ? '' : ` (${remedy})`}`;
	return isPermanent(status) ? failed(reason, delivered) : retry(reason, null, delivered);
}

/** One attempt, bounded as a whole. */
export async function sendMail(server: MailServer, mail: Mail, timeoutMs: number, abort: AbortSignal): Promise<Delivery> {
	const recipients = mail.to.map(({address}) => address).filter(address => !mail.delivered.includes(address));
	if (recipients.length === 0) return sent(null, mail.delivered);
	const transport = createTransport({
		...{host: server.host, port: server.port, secure: server.tls === 'tls'},
		...{requireTLS: server.tls === 'starttls', ignoreTLS: server.tls === 'none'},
		...(server.login === null ? {} : {auth: {user: server.login.user, pass: server.login.password}}),
		...(server.ca === null ? {} : {tls: {ca: server.ca}}),
		...{connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs, dnsTimeout: timeoutMs},
		...{disableFileAccess: true, disableUrlAccess: true, socketCloseTimeout: 1000},
	});
	const over = AbortSignal.timeout(timeoutMs);
	const message = {
		...{from: mail.from, to: [...mail.to], subject: mail.subject, text: mail.text},
		...{messageId: `<${mail.messageId}>`, ...(mail.thread === null ? {} : {references: `<${mail.thread}>`, inReplyTo: `<${mail.thread}>`})},
		...{envelope: {from: mail.from.address, to: recipients}, signal: AbortSignal.any([over, abort])},
		// Nobody's holiday answer is wanted, as for any mail that a machine writes.
		headers: {'Auto-Submitted': 'auto-generated'},
	};
	try {
		const told: {rejectedErrors?: unknown; accepted?: unknown} = await transport.sendMail(message);
		const refusals = refusalsOf(told.rejectedErrors);
		const refused = refusals.map(({recipient}) => recipient);
		return judgeRefusals(server, refusals, [...mail.delivered, ...recipients.filter(address => !refused.includes(address))]);
	} catch (error) {
		return judgeError(server, error, mail.delivered, over.aborted, timeoutMs);
	} finally {
		transport.close();
	}
}
