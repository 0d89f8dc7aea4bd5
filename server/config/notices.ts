/** Where notices go, as it is written in the configuration: a map of names to targets. */
import {resolve} from 'node:path';
import {type NoticeKind, noticeKinds, usualNoticeKinds} from '../../reports/notice.ts';
import type {MailAddress, NoticeTarget} from '../config.ts';
import {isLoopback} from './address.ts';
import {checkName, namesMax} from './names.ts';
import {choice, entries, fields, isWritten, items, neededText, type Place, textOrNull, texts, wholeNumber} from './place.ts';

const recipientsMax = 50;
const usualPort = {starttls: 587, tls: 465, none: 25} as const;

/** Neither spaces nor what separates or folds a header: what stands here is put into one. */
const bareAddress = /^[^\s@<>,;:"()[\]\\]{1,64}@[^\s@<>,;:"()[\]\\]{1,190}$/;

/** `robin@example.org`, or `Signalbox <robin@example.org>`; null where it is neither. */
export function parseMailAddress(text: string): MailAddress | null {
	const [, name = '', bracketed] = /^([^<>]*?)\s*<([^<>]+)>$/.exec(text) ?? [];
	const address = bracketed ?? text;
	return bareAddress.test(address) ? {name: name.trim(), address} : null;
}

function mailAddress(place: Place): MailAddress | null {
	const written = textOrNull(place);
	if (written === null) return null;
	const found = parseMailAddress(written);
	if (found === null) place.complain(place.path, `«${written.slice(0, 60)}» is no mail address, such as oncall@example.org`);
	return found;
}

const nobody: MailAddress = {name: '', address: ''};

function readSmtp(place: Place, folder: string): NoticeTarget['via'] {
	const at = fields(place, ['host', 'port', 'user', 'password_file', 'tls', 'ca_file', 'from', 'to']);
	const tls = choice(at('tls'), ['starttls', 'tls', 'none'], 'starttls') ?? 'starttls';
	const host = neededText(at('host'));
	const [user, passwordFile, caFile] = [textOrNull(at('user')), textOrNull(at('password_file')), textOrNull(at('ca_file'))];
	if ((user === null) !== (passwordFile === null))
		place.complain(place.path, '«user» and «password_file» belong together: write both, or neither');
	if (tls === 'none' && user !== null && !isLoopback(host))
		place.complain([...place.path, 'tls'], 'a password would travel unencrypted: write tls: starttls or tls: tls');
	const to = items(at('to'), recipientsMax).flatMap(item => mailAddress(item) ?? []);
	if (to.length === 0) place.complain(place.path, 'the key «to» is missing: it is the list of who gets the mail');
	if (!isWritten(at('from'))) place.complain(place.path, 'the key «from» is missing: it is the address the mail comes from');
	return {
		kind: 'smtp',
		...{host, port: wholeNumber(at('port'), usualPort[tls], 1, 65_535), user, tls},
		passwordFile: passwordFile === null ? null : resolve(folder, passwordFile),
		caFile: caFile === null ? null : resolve(folder, caFile),
		...{from: mailAddress(at('from')) ?? nobody, to},
	};
}

function readWebhook(place: Place, folder: string): NoticeTarget['via'] {
	const at = fields(place, ['url_file', 'ca_file']);
	const caFile = textOrNull(at('ca_file'));
	return {kind: 'webhook', urlFile: resolve(folder, neededText(at('url_file'))), caFile: caFile === null ? null : resolve(folder, caFile)};
}

function readAbout(place: Place): readonly NoticeKind[] {
	if (!isWritten(place)) return usualNoticeKinds;
	const kinds = items(place, namesMax).flatMap(item => choice(item, noticeKinds, null) ?? []);
	if (kinds.length === 0) place.complain(place.path, '«about» is empty: nobody would be told of anything');
	return kinds;
}

function readTarget(place: Place, folder: string, services: readonly string[]): NoticeTarget | null {
	const name = String(place.path.at(-1));
	checkName(place, name, 'target of notices');
	const at = fields(place, ['webhook', 'smtp', 'about', 'services']);
	const [webhook, smtp] = [at('webhook'), at('smtp')];
	const about = new Set(readAbout(at('about')));
	const named = isWritten(at('services')) ? texts(at('services'), namesMax) : null;
	for (const service of named ?? [])
		if (!services.includes(service)) place.complain([...place.path, 'services'], `there is no service «${service.slice(0, 60)}»`);
	if (isWritten(webhook) === isWritten(smtp)) {
		place.complain(place.path, `«${name.slice(0, 60)}» needs one of the keys webhook and smtp: where its notices go`);
		return null;
	}
	return {name, about, services: named, via: isWritten(webhook) ? readWebhook(webhook, folder) : readSmtp(smtp, folder)};
}

/** Paths are relative to `folder`. */
export const readNotices = (place: Place, folder: string, services: readonly string[]): NoticeTarget[] =>
	entries(place, namesMax).flatMap(entry => readTarget(entry, folder, services) ?? []);
