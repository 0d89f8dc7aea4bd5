/**
 * Two footers that carry a reason: `Urgent: REASON` (it may skip an earlier environment) and `One-Way: REASON` (it is not safe to take
 * back). Read anywhere in a message, in any case, but not in what a message quotes.
 */
import {plainText} from '../order/plain-text.ts';

export type Reasons = {
	/** Null: it does not say so. */
	readonly urgent: string | null;
	/** The header stands there, and no reason behind it: it counts for nothing. */
	readonly urgentWithoutReason: boolean;
	/** Empty where no reason is given. Null: it does not say so. */
	readonly oneWay: string | null;
};

const messageMax = 65_536;
const reasonMax = 300;
const interesting = /urgent|one.?way|roll.?back|revert|irreversible|take.?back|taken back/i;

const urgentLine = /^\s*urgent(?:[\s_-]?fix)?\s*:(.*)$/i;
/** As people write it: `One-Way: …`, `One-Way-Door: …`, `No-Rollback: …`, `Irreversible: …`, `Rollback: no, …`, `Revertible: no`. */
const oneWayLines: readonly RegExp[] = [
	/^\s*(?:one[\s_-]?way(?:[\s_-]?door)?|no[\s_-]?roll[\s_-]?back|no[\s_-]?revert|irreversible|not[\s_-]?rever[ts]i?i?ble)\s*:(.*)$/i,
	/^\s*(?:roll[\s_-]?back|revert(?:[ai]ble)?|revert[\s_-]?safe)\s*:\s*(?:no|never|unsafe|not safe|impossible)\b(.*)$/i,
	/^.{0,200}\bnot safe to (?:be )?(?:take|taken|roll|rolled|revert|reverted)\b(?: ?back)?(.*)$/i,
];
const denied = /^(?:no|none|false|n\/a|not|-)\.?$/i;

const reasonOf = (text: string): string => plainText(text.replace(/^[\s:,.;()-]+/, ''), reasonMax);

/** Reads a commit message; never throws. */
export function readReasons(message: string): Reasons {
	let urgent: string | null = null;
	let urgentWithoutReason = false;
	let oneWay: string | null = null;
	for (const line of message.slice(0, messageMax).split(/\r\n|\n|\r/)) {
		if (!interesting.test(line) || line.trimStart().startsWith('>')) continue;
		const why = urgentLine.exec(line)?.[1]?.trim();
		if (why === '') urgentWithoutReason = true;
		else if (why !== undefined && !denied.test(why)) urgent = reasonOf(why);
		const door = oneWayLines.map(pattern => pattern.exec(line)?.[1]).find(found => found !== undefined);
		if (door !== undefined && !denied.test(door.trim())) oneWay = reasonOf(door) || oneWay || '';
	}
	return {urgent, urgentWithoutReason: urgentWithoutReason && urgent === null, oneWay};
}
