/** Secrets that prove who asks: 32 random bytes each. The database knows only their sha256, so a copy of it lets nobody in. */
import {createHash, createHmac, randomBytes, timingSafeEqual} from 'node:crypto';

/** 43 characters of base64url. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export const isSecret = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);

/** What is stored and looked up. A look-up by the hash of a secret takes no longer for one that is nearly right. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** Whether two texts are the same, in a time that does not tell where they differ. */
export const isSameSecret = (one: string, other: string): boolean =>
	timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest());

/** What a form must bring back: made from what only this browser's cookie holds, so another site cannot know it. */
export const csrfOf = (cookie: string, forWhom: string): string =>
	createHmac('sha256', cookie).update(`signalbox form of ${forWhom}`).digest('base64url');

/** Never begins with a letter that a person could take for another one: hexadecimal digits. */
export const newTokenId = (): string => randomBytes(5).toString('hex');

/** A token as its owner holds it. */
export const tokenText = (id: string, secret: string): string => `sbx_${id}_${secret}`;

/** The parts of a token; null where the text is none. */
export function readToken(text: string): {readonly id: string; readonly secret: string} | null {
	const [, id, secret] = /^sbx_([0-9a-f]{10})_([A-Za-z0-9_-]{43})$/.exec(text) ?? [];
	return id === undefined || secret === undefined ? null : {id, secret};
}
