import type {Facts, Mirror} from '../facts.ts';
import {plainText} from '../order/plain-text.ts';
import {type RawFinding, rule} from '../rule.ts';
import {notAsked} from '../verdict.ts';

const shownMax = 20;
const short = (sha: string): string => plainText(sha.slice(0, 7), 10);
const lastPart = (repository: string): string => plainText(repository.split('/').at(-1) || repository, 60);

/** A mirror as it may be shown: a name and a password in its address are nobody's business. */
const mirrorName = ({mirror}: Mirror): string => plainText(mirror.replace(/\/\/[^/@\s]{1,300}@/, '//'), 120);

/** One may be told shorter than the other. */
function isSame(one: string, other: string): boolean {
	const [a, b] = [one.toLowerCase(), other.toLowerCase()];
	return a.length >= 7 && b.length >= 7 && (a.startsWith(b) || b.startsWith(a));
}

function sinceText({behindSince}: Mirror, at: string): string {
	if (behindSince === undefined) return '';
	const minutes = Math.floor((Date.parse(at) - Date.parse(behindSince)) / 60_000);
	const clock = behindSince.slice(0, 10) === at.slice(0, 10) ? behindSince.slice(11, 16) : behindSince.slice(0, 16).replace('T', ' ');
	const length = minutes < 120 ? `${minutes} min` : minutes < 2880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`;
	return ` since ${clock} UTC${Number.isFinite(minutes) && minutes >= 0 ? ` (${length})` : ''}`;
}

function judge(mirror: Mirror, {at}: Facts, behind: string, silent: string): RawFinding | null {
	const {has, wanted, ref, repository} = mirror;
	const where = `${lastPart(repository)} ${plainText(ref, 80)}`;
	const data = {kind: 'mirror', repository, mirror: mirrorName(mirror), ref, wanted};
	if (typeof has !== 'string')
		return {
			outcome: silent === 'warn' || silent === 'hold' ? silent : 'unknown',
			because: `Whether the mirror ${mirrorName(mirror)} has ${where} ${short(wanted)} cannot be told: ${plainText(has.missing, 200)}`,
			remedy: 'Ask it yourself: git ls-remote MIRROR REF. `silent` of the policy says what this counts for.',
			data,
		};
	if (isSame(has, wanted)) return null;
	return {
		outcome: behind === 'warn' ? 'warn' : 'hold',
		because: `The mirror ${mirrorName(mirror)} lags behind on ${where}${sinceText(mirror, at)}: it has ${short(has)}, not ${short(wanted)}.`,
		evidence: [{label: mirrorName(mirror), text: `${plainText(repository, 100)} ${plainText(ref, 80)} is at ${short(has)} there`}],
		remedy: `Wait until it has ${short(wanted)}, or push there by hand; what reads from it would deploy the old code.`,
		data: {...data, has, behindSince: mirror.behindSince ?? null},
	};
}

/** The same commit on every copy that a deploy reads from: an ORES fix of 2016-08-01 waited 17 minutes for one of them. */
export const mirrorsAgree = rule({
	name: 'mirrors-agree',
	why: 'A host that reads from a mirror deploys what the mirror has, not what was reviewed.',
	stages: 'every',
	precondition: true,
	limits: {
		behind: {type: 'choice', default: 'hold', of: ['off', 'warn', 'hold'], why: 'What it counts for that a mirror has another commit.'},
		silent: {
			...{type: 'choice', default: 'unknown', of: ['unknown', 'warn', 'hold']},
			why: 'What it counts for that a mirror could not be asked.',
		},
	},
	check(facts, {behind, silent}) {
		const mirrors = facts.mirrors ?? [];
		if (mirrors.length === 0) return [{outcome: 'pass', because: 'no mirror is configured: none was looked at', data: notAsked}];
		if (behind === 'off') return [{outcome: 'pass', because: `${mirrors.length} mirrors were not asked about: the policy says off`}];
		const found = mirrors.flatMap(mirror => judge(mirror, facts, behind, silent) ?? []);
		const names = [...new Set(mirrors.map(mirrorName))].slice(0, 4).join(', ');
		if (found.length === 0) return [{outcome: 'pass', because: `every mirror has the commit of this deploy: ${names}`}];
		const rest = found.length - shownMax;
		return rest <= 0
			? found
			: [
					...found.slice(0, shownMax),
					{outcome: found.at(-1)?.outcome ?? 'hold', because: `${rest} more mirrors are not shown one by one.`},
				];
	},
});
