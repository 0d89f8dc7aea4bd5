/** What must be read before a command of a rollback is run, the worst first. A rollback is never held: it is said, loudly, and first. */
import type {Change} from '../../gate/facts.ts';
import type {TakeBack} from '../../gate/order/take-back.ts';

const shownMax = 20;

/** Finished sentences. `nameOf` says how a change is called. */
export function warningsOf({doors, bound, standing, rings, unseen}: TakeBack, nameOf: (change: Change) => string): string[] {
	const doorTexts = doors.map(
		({change, reason, rule}) =>
			`NOT SAFE TO TAKE BACK: ${nameOf(change)}: ${reason || 'it gives no reason'} (${rule === null ? 'its own footer says so' : `the policy says so: ${rule}`})`,
	);
	const alone = bound.filter(({companions}) => companions.length === 0);
	const aloneTexts = alone.map(({change, rule, other}) => {
		const what = `${other.repository}${other.path === null ? '' : ` ${other.path}`}`;
		return `NOT ALONE: ${nameOf(change)} goes back together with ${what} (${rule}), which this plan does not move: take that back as well`;
	});
	// Said once for each pair, from either side.
	const pairs = new Map(
		bound
			.filter(({companions}) => companions.length > 0)
			.map(({change, rule, companions}) => {
				const names = [change, ...companions].map(nameOf).toSorted();
				return [names.join(' '), `TOGETHER: ${names.join(' and ')} go back together (${rule}): do not stop between them`];
			}),
	);
	const standingTexts = standing.map(({because}) => `STILL STANDS: ${because}`);
	const ringTexts = rings.map(
		ring => `NO ORDER: ${ring.slice(0, 8).map(nameOf).join(', ')} stand on each other: take them back in one instant`,
	);
	const all = [...doorTexts, ...aloneTexts, ...pairs.values(), ...standingTexts, ...ringTexts, ...unseen.map(text => `NOT KNOWN: ${text}`)];
	return all.length <= shownMax
		? all
		: [...all.slice(0, shownMax), `${all.length - shownMax} more warnings: see the plan as JSON (--json)`];
}
