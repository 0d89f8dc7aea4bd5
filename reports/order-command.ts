/** The commands that an explained order hands out, ready to be pasted into a shell. */
import {plainText} from './plain-text.ts';

/** What a shell takes as it is stays; anything else is quoted. */
export const shellWord = (text: string): string => {
	const word = plainText(text, 300);
	return /^[\w.@#/:+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
};

/** `signalbox order` for these changes; `groups` empty: for all of the service. */
export const orderCommand = (service: string, groups: readonly string[], ids: readonly string[]): readonly string[] =>
	[...['signalbox', 'order', '--service', service], ...groups.flatMap(group => ['--group', group]), ...ids].map(shellWord);

/** What lets a deploy pass this rule all the same. */
export const allowCommand = (service: string): readonly string[] =>
	['signalbox', 'allow', '--service', service, '--rule', 'patch-order', '--for', '30m', '--reason', 'TEXT'].map(shellWord);

export const whoMayAllow = 'A deployer or an admin may let it pass all the same, for a while and with a reason.';
export const whatIsRecorded =
	'Recorded on the timeline: who, when, the reason and until when. Each finding stays with the deploy, as a warning.';
