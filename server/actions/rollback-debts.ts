/**
 * What is owed when something is taken back: what was done on the hosts must reach review, or the next deploy brings the change again; its
 * owners and its tasks must hear of it. Debts are action items of the incident, open on the board until somebody pays them, or until a
 * revert is seen merged.
 */
import type {Change} from '../../gate/facts.ts';
import {readFooters} from '../../gate/order/footers.ts';
import {plainText} from '../../gate/order/plain-text.ts';
import {nameOf} from '../../gate/order/wording.ts';
import {isKeptBack, publicChange} from '../../gate/passage/kept-back.ts';
import {owedBecause} from '../../reports/actions.ts';
import type {Actor} from '../../reports/events.ts';
import {type ActionItem, type ItemStatus, itemsMax} from '../../reports/meeting-items.ts';
import {sha256} from '../canonical.ts';
import type {CheckRequest} from '../schemas/check.ts';
import type {Writing} from './deps.ts';
import {aboutMeeting, knownIncident} from './open-meeting.ts';

/** One thing that is owed. */
export type Debt = {
	/** `push`: a revert has to reach review. `tell`: its owners do not know. `task`: what it was for is open again. */
	readonly kind: 'push' | 'tell' | 'task';
	readonly text: string;
	/** How anybody can tell that it is paid. */
	readonly doneWhen: string;
	readonly repository: string | null;
	readonly sha: string | null;
	/** The message of the revert, to paste; null where there is none. */
	readonly message: string | null;
	/** What to run; empty where nothing is known. */
	readonly commands: readonly string[];
};

const pushesMax = 50;
const listedMax = 20;
const lineMax = 200;
const openStatuses: readonly ItemStatus[] = ['proposed', 'agreed', 'open'];
const signalbox = {kind: 'system', name: 'signalbox'} as const;

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
const commitOf = ({sha}: Change): string | null => (sha !== undefined && /^[0-9a-f]{7,64}$/i.test(sha) ? sha : null);

/** The topic that its review has: sources write it among the labels. That of a security patch tells of it. */
const topicOf = (change: Change, deploy: string): string =>
	(isKeptBack(change) ? [] : change.labels)?.map(label => /^topic:([\w.-]{1,100})$/.exec(label)?.[1]).find(topic => topic !== undefined) ??
	`take-back-${deploy.replaceAll(/[^\w.-]/g, '-')}`;

/**
 * The message of a revert as Gerrit writes it. Its Change-Id is made of what it reverts and of which deploy, so that writing it again
 * is the same change, and another revert of it another one.
 */
export function revertMessage(change: Change, {deploy, reason}: {readonly deploy: string; readonly reason: string}): string | null {
	const sha = commitOf(change);
	if (sha === null) return null;
	const {bugs, changeId} = readFooters(change.message ?? '');
	const footers = [
		...unique(bugs).map(bug => `Bug: ${bug}`),
		// Only where its review system knows Change-Ids.
		...((change.changeId ?? changeId) === undefined ? [] : [`Change-Id: I${sha256(`revert ${sha} ${deploy}`).slice(0, 40)}`]),
	];
	return [
		`Revert "${plainText(change.subject ?? sha.slice(0, 7), lineMax)}"`,
		'',
		`This reverts commit ${sha}.`,
		'',
		`Taken back with ${plainText(deploy, 80)}: ${plainText(reason, lineMax)}`,
		...(footers.length === 0 ? [] : ['', ...footers]),
		'',
	].join('\n');
}

export type DebtContext = {
	readonly deploy: string;
	readonly reason: string;
	/** `git -C PATH`, and the branch, of the checkout that a change is in; null where there is none. */
	readonly checkout: (change: Change) => {readonly git: string; readonly branch: string | null} | null;
};

function pushDebt(change: Change, context: DebtContext): Debt {
	const name = `${nameOf(change)}${change.changeId === undefined ? '' : ` (${change.changeId.slice(0, 9)})`}`;
	const about = {kind: 'push', repository: change.repository, sha: commitOf(change), commands: []} as const;
	const {review} = change;
	if (isKeptBack(change) && review !== undefined && 'local' in review)
		return {
			...about,
			text: `Take the security patch ${name} out of what is applied to the checkout, or mend it`,
			doneWhen: 'no checkout applies it any more, or a mended one',
			message: null,
		};
	const checkout = context.checkout(change);
	const branch = checkout?.branch ?? change.branch ?? null;
	const isGerrit = change.changeId !== undefined || readFooters(change.message ?? '').changeId !== undefined;
	// Only what a shell takes as it stands may become part of a command.
	const canPush = checkout !== null && branch !== null && isGerrit && /^[\w./-]{1,200}$/.test(branch);
	return {
		...about,
		text: `Push the revert of ${name} for review`,
		doneWhen: `a change that reverts ${(change.sha ?? change.changeId ?? change.id).slice(0, 12)} is merged`,
		message: revertMessage(change, context),
		commands: canPush ? [`${checkout.git} push origin HEAD:refs/for/${branch}%topic=${topicOf(change, context.deploy)}`] : [],
	};
}

/** Everything that is owed when these changes are taken back. */
export function debtsOf(taken: readonly Change[], context: DebtContext): Debt[] {
	if (taken.length === 0) return [];
	// Sorted, so that the same rollback owes the same words, in whichever order its changes were told.
	const list = (changes: readonly Change[]): string =>
		changes.map(nameOf).sort().slice(0, 4).join(', ') + (changes.length > 4 ? ` and ${changes.length - 4} more` : '');
	const owners = new Map<string, Change[]>();
	for (const change of taken) {
		const {review, author} = change;
		const owner = author ?? (review !== undefined && 'owner' in review ? review.owner : undefined);
		if (owner !== undefined) owners.set(plainText(owner, 120), [...(owners.get(plainText(owner, 120)) ?? []), change]);
	}
	const told = [...owners]
		.map(([owner, changes]) => `${owner} (${list(changes)})`)
		.sort()
		.slice(0, listedMax);
	const bugs = unique(taken.flatMap(({message}) => readFooters(message ?? '').bugs))
		.sort()
		.slice(0, listedMax);
	const nothing = {repository: null, sha: null, message: null, commands: []};
	const rest = taken.length - pushesMax;
	return [
		...taken.slice(0, pushesMax).map(change => pushDebt(change, context)),
		...(rest > 0
			? [
					{
						...nothing,
						kind: 'push' as const,
						text: `Push the reverts of ${rest} more changes for review`,
						doneWhen: 'all of them are merged',
					},
				]
			: []),
		{
			...{...nothing, kind: 'tell' as const, doneWhen: 'they know, and know why'},
			text:
				told.length > 0
					? `Tell who wrote it that it was taken back: ${told.join('; ')}`
					: `Tell who wrote ${list(taken)} that it was taken back`,
		},
		{
			...{...nothing, kind: 'task' as const, doneWhen: 'the task says so, and is open'},
			text:
				bugs.length > 0
					? `Say on ${bugs.join(', ')} that the change was taken back, and why`
					: `Write the task for what ${list(taken)} broke: none of them names one`,
		},
	];
}

/** Makes debts action items of the incident, each once, however often the rollback is said. Answers how many are new. */
export async function oweDebts(stores: Writing, id: string, debts: readonly Debt[], author: Actor): Promise<number> {
	const incident = await knownIncident(stores, id);
	// Whoever holds the number is alone at the debts of this incident until the transaction ends.
	await stores.actionItems.holdDebts(id);
	const items = await stores.actionItems.list({incident: id});
	const owed = new Set(items.flatMap(({proposal}) => (proposal?.because === owedBecause ? [proposal.text] : [])));
	const added: string[] = [];
	for (const {text, message, doneWhen} of debts) {
		if (owed.has(text) || items.length + added.length >= itemsMax) continue;
		const position = await stores.actionItems.nextPosition(id);
		const contents = {task: null, owner: null, text, due: null, kind: 'fix' as const, doneWhen, status: 'open' as const, reason: null};
		const proposal = {text, because: owedBecause, paste: message};
		const place = {id: `${id}-A${position}`, incident: id, position, parent: null, from: 'rollback' as const};
		await stores.actionItems.add({...contents, ...place, proposal}, author, stores.at, `owed ${place.id}`);
		added.push(place.id);
	}
	if (added.length > 0)
		stores.say({
			...{...aboutMeeting(incident, author), source: 'rule'},
			...{kind: 'follow_up', text: `${added.length === 1 ? '1 thing is' : `${added.length} things are`} owed for taking it back.`},
			data: {items: added, importance: 'noise'},
		});
	return added.length;
}

/** The commits that a debt waits to see reverted: its own message says which. */
const awaited = ({proposal}: ActionItem): string[] =>
	readFooters(proposal?.paste ?? '').reverts.flatMap(reference => (reference.kind === 'sha' ? [reference.sha] : []));

/**
 * Whether this is a revert that reached review and was merged. One that only stands in the checkout, as the rollback itself left it there,
 * is what the debt is about: without a word from its review system, a commit counts where other checkouts know it as merged.
 */
function isMerged({review}: Change, isKnown: boolean): boolean {
	if (review === undefined || 'missing' in review) return isKnown;
	return review.local !== true && review.status === 'merged';
}

/**
 * What is owed for a rollback that nobody said with `signalbox rollback`: known by its content or by --rollback, announced, or only seen on
 * a host. `reverts`: what brought it back; what a merged one of them reverts is in review already, and owes nothing.
 */
export async function oweForSeen(
	stores: Writing,
	{deploy, attempt}: {readonly deploy: string; readonly attempt: number},
	seen: {readonly incident: string; readonly reason: string; readonly author: Actor; readonly reverts?: readonly Change[]},
): Promise<void> {
	const merged = (seen.reverts ?? [])
		.filter(change => isMerged(change, false))
		.flatMap(({message}) => readFooters(message ?? '').reverts)
		.map(reference => ('sha' in reference ? reference.sha : 'changeId' in reference ? reference.changeId : ''))
		.filter(name => name !== '');
	const isInReview = ({sha = '', changeId = ''}: Change): boolean =>
		merged.some(name => sha.startsWith(name) || changeId.toLowerCase().startsWith(name.toLowerCase()));
	const taken = (await stores.changes.batchOf(deploy)).map(publicChange);
	const unpaid = taken.filter(change => !isInReview(change));
	if (unpaid.length === 0) return;
	const all = debtsOf(taken, {deploy: `${deploy}/${attempt}`, reason: seen.reason, checkout: () => null});
	const paid = new Set(taken.flatMap(change => (isInReview(change) ? (commitOf(change) ?? []) : [])));
	const debts = all.filter(({kind, sha}) => kind !== 'push' || sha === null || !paid.has(sha));
	await oweDebts(stores, seen.incident, debts, seen.author);
}

/** Reverts that a check has read: what was owed for them is paid. */
export async function payDebts(stores: Writing, service: string, {batch, known}: Pick<CheckRequest, 'batch' | 'known'>): Promise<void> {
	const merged = [...batch.changes.filter(change => isMerged(change, false)), ...known.filter(change => isMerged(change, true))].flatMap(
		change => readFooters(change.message ?? '').reverts.map(reference => ({change, reference})),
	);
	if (merged.length === 0) return;
	for (const item of await stores.actionItems.list({from: 'rollback', statuses: openStatuses})) {
		const shas = awaited(item);
		const found = merged.find(({reference}) => reference.kind === 'sha' && shas.some(sha => sha.startsWith(reference.sha)));
		if (found === undefined) continue;
		const incident = await stores.incidents.get(item.incident);
		if (incident?.service !== service) continue;
		const paid = {status: 'done' as const, author: signalbox, at: stores.at, opId: `paid ${item.id}`};
		if (!(await stores.actionItems.setStatus(item.id, paid))) continue;
		stores.say({
			...{...aboutMeeting(incident, signalbox), source: 'rule'},
			...{kind: 'follow_up', text: `Paid: ${item.text}. ${nameOf(found.change)} is merged, and reverts it.`},
			data: {item: item.id, status: 'done', importance: 'noise'},
		});
	}
}
