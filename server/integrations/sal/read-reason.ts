/**
 * What deployers write as the reason of a deploy, by convention only: train moves, reverts, placeholders for "no reason".
 * These are words, not proof: a line that says "Rollback" has been known to deploy the wrong revision.
 */
import type {SalFields} from './sal-line.ts';

const noReasons: ReadonlySet<string> = new Set(['', '(no justification provided)', '(no message)']);

// `group0 wikis to 1.40.0-wmf.19  refs T325582`, and the same inside `Revert "…"`.
const trainPattern =
	/^(?:Revert ")?(testwikis|group\d|all)( wikis)? to (\d{1,3}\.\d{1,3}\.\d{1,3}-wmf\.\d{1,3})"?(?: {1,4}refs (T\d{1,9}))?/;
const revertPattern = /\b(?:revert(?:s|ed|ing)?|roll(?:s|ed|ing)?[ -]?back|undeploy(?:s|ed|ing)?)\b/i;

/** Whether the words speak of taking something back. `Revert "Revert "x""` brings x in again, so pairs cancel out. */
export function saysRevert(reason: string): boolean {
	return revertPattern.test(reason.replace(/\bRevert\s{1,2}["'“]Revert\s{1,2}["'“]/gi, ''));
}

function trainFields(reason: string): SalFields {
	const match = trainPattern.exec(reason);
	if (!match) return {};
	const [, name = '', , version = '', task] = match;
	return {train: true, group: name === 'all' ? 'all wikis' : name, version, ...(task === undefined ? {} : {task})};
}

/** The fields that the reason of a deploy holds: train, group, version, task, revert, forced, no_reason. */
export function readReason(reason: string): SalFields {
	return {
		...trainFields(reason),
		...(noReasons.has(reason.trim()) ? {no_reason: true} : {}),
		...(saysRevert(reason) ? {revert: true} : {}),
		...(/(?:^|\s)--force\b/.test(reason) ? {forced: true} : {}),
	};
}

// A progressive form says that it happens now: "rolling back", and not "after rollback" or "without rolling back".
const rollbackIntent =
	/(?<!\b(?:not|without|instead of|before|after|considering|finished|done)\s)\b(?:rolling[ -]?back|reverting|undeploying|(?:re)?doing (?:the |a )?(?:rollback|revert))\b/i;

const keywords: ReadonlyArray<readonly [string, RegExp]> = [
	['rollback-intent', rollbackIntent],
	['window-done', /\bwindow (?:is )?(?:now )?(?:done|over|closed|finished|complete)/i],
	['freeze', /\bdeploy(?:s|ments?)? (?:are |is )?(?:now )?(?:frozen|freeze)\b/i],
	['incident-declared', /\bincident (?:has )?(?:started|declared|opened)\b/i],
	['incident-resolved', /\bincident\b[^.;]{0,200}\b(?:resolved|closed|over)\b/i],
];

/** What a person's own words announce, where they follow a custom: a keyword, and whether they call it an emergency. */
export function readManual(message: string): SalFields {
	const keyword = keywords.find(([, pattern]) => pattern.test(message))?.[0];
	return {...(keyword === undefined ? {} : {keyword}), ...(/\bemergency\b/i.test(message) ? {emergency: true} : {})};
}
