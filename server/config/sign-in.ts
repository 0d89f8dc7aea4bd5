/** `sign_in:`, who may come in and how. */
import {BlockList, isIPv4, isIPv6} from 'node:net';
import {type Role, roles} from '../caller.ts';
import type {Config, ProxyConfig, SignInConfig} from '../config.ts';
import {choice, duration, fields, flag, isWritten, type Place, textOrNull, texts} from './place.ts';

const dayMs = 86_400_000;
const usualSessionMs = 30 * dayMs;
const rangesMax = 100;
const keys = ['links', 'this_machine', 'session', 'proxy'] as const;
/** These say something else already. */
const takenHeaders = ['authorization', 'cookie', 'host', 'origin', 'content-type', 'content-length', 'connection', 'forwarded', 'via'];

/** `10.1.2.0/24`, `::1`, as an address and the bits that count; null where it is none. */
export function parseRange(text: string): {readonly address: string; readonly bits: number; readonly family: 'ipv4' | 'ipv6'} | null {
	const [, address = '', written] = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
	const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : null;
	if (family === null) return null;
	const most = family === 'ipv4' ? 32 : 128;
	const bits = written === undefined ? most : Number(written);
	return bits <= most ? {address, bits, family} : null;
}

/** The addresses of a configuration, to ask whether one is among them. */
export function rangesOf(written: readonly string[]): BlockList {
	const list = new BlockList();
	for (const each of written) {
		const range = parseRange(each);
		if (range) list.addSubnet(range.address, range.bits, range.family);
	}
	return list;
}

function readHeader(place: Place): string | null {
	const header = textOrNull(place)?.toLowerCase() ?? null;
	if (header === null) return null;
	if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(header))
		place.complain(place.path, '«header» must be the name of a header, such as X-Remote-User: letters, digits and -');
	else if (takenHeaders.includes(header) || header.startsWith('x-forwarded-'))
		place.complain(place.path, `«header» cannot be ${header}, which says something else; take one such as X-Remote-User`);
	else return header;
	return null;
}

function readProxy(place: Place): ProxyConfig | null {
	if (!isWritten(place)) return null;
	const proxyAt = fields(place, ['header', 'from', 'role']);
	const from = texts(proxyAt('from'), rangesMax);
	if (from.length === 0) place.complain(place.path, '«proxy» needs «from», the addresses whose word is taken, such as [127.0.0.1/32]');
	for (const each of from) {
		const range = parseRange(each);
		if (range === null) place.complain(proxyAt('from').path, `«${each.slice(0, 60)}» is no address or range, such as 10.1.2.0/24`);
		else if (range.bits === 0)
			place.complain(
				proxyAt('from').path,
				`«${each}» is every machine there is: whoever asked would be whom they say; name the proxy's own`,
			);
	}
	return {header: readHeader(proxyAt('header')), from, role: choice(proxyAt('role'), roles, 'viewer') ?? 'viewer'};
}

/** Null where nothing was written: then this machine alone may ask. */
export function readSignIn(place: Place): SignInConfig | null {
	if (!isWritten(place)) return null;
	const signInAt = fields(place, keys);
	const machine = choice<Role | 'none'>(signInAt('this_machine'), ['none', ...roles], 'none');
	return {
		links: flag(signInAt('links'), true),
		thisMachine: machine === 'none' ? null : machine,
		sessionMs: duration(signInAt('session'), usualSessionMs, 60_000, 366 * dayMs),
		proxy: readProxy(signInAt('proxy')),
	};
}

/** What holds for sessions and links; without `sign_in:` a link that somebody made on purpose still works. */
export const sessionsOf = ({signIn}: Pick<Config, 'signIn'>): {readonly links: boolean; readonly sessionMs: number} => ({
	links: signIn?.links ?? true,
	sessionMs: signIn?.sessionMs ?? usualSessionMs,
});
