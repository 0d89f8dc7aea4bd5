/** What is live where: written when a stage is asked about whose code is there, corrected by what anybody sees. */
import type {Batch, Target} from '../../gate/facts.ts';
import type {ServiceConfig, StageConfig} from '../config.ts';
import type {DeployAttempt} from '../stores/deploys.ts';
import type {Writing} from './deps.ts';
import {revertedNames} from './reverted-names.ts';

const gate = {kind: 'system', name: 'signalbox'} as const;
const short = (sha: string | null): string => (sha === null ? 'nothing known' : sha.slice(0, 7));

/** An *after* hook asks about this stage: the code is there, whatever we answer. */
export async function land(
	stores: Writing,
	service: ServiceConfig,
	stage: StageConfig,
	attempt: DeployAttempt,
	batch: Batch,
): Promise<void> {
	if (stage.name === 'before') return;
	const keys = await stores.changes.ensure(batch.changes);
	for (const group of stage.groups) {
		const moved = await stores.landed.moveHeads(service.name, group, batch.targets, attempt, stores.at);
		if (moved.length === 0) continue;
		if (attempt.takesBack !== null) await forgetTakenBack(stores, attempt.takesBack, group);
		await stores.landed.addChanges(service.name, group, keys, attempt, stores.at);
		for (const change of batch.changes)
			await stores.landed.markReverted(service.name, group, revertedNames(change), change.sha ?? change.id, stores.at);
		const about = {service: service.name, deploy: attempt.deploy, attempt: attempt.attempt, incident: attempt.incident};
		const text = `Live on ${group}: ${moved.map(({from, to}) => `${to.repository} ${short(to.sha)} (was ${short(from)})`).join(', ')}`;
		await stores.say({...about, kind: 'landed', source: 'gate', actor: gate, text, data: {group, moved}});
	}
}

async function forgetTakenBack(stores: Writing, takesBack: string, group: string): Promise<void> {
	const [deploy, attempt] = takesBack.split('/');
	if (deploy !== undefined && attempt !== undefined)
		await stores.landed.removeBroughtBy({deploy, attempt: Number(attempt)}, [group], stores.at);
}

/** A host says which commits it runs now: where the ledger says otherwise, the ledger is wrong, and the correction is an event. */
export async function correctLanded(stores: Writing, service: ServiceConfig, live: readonly Target[]): Promise<void> {
	if (live.length === 0) return;
	const heads = await stores.landed.heads(service.name);
	for (const group of service.groups) {
		// A repository that the ledger knows nothing of on this group is learnt; one that it knows otherwise is corrected.
		const moved = await stores.landed.moveHeads(service.name, group, live, null, stores.at);
		for (const {from, to} of moved) {
			const owner = heads.find(head => head.group === group && head.repository === to.repository && head.sha === from);
			const said =
				from === null
					? `${to.repository} ${short(to.sha)} is live on ${group}, as a host reports`
					: `Correction: ${to.repository} on ${group} is at ${short(to.sha)}, as a host reports; the ledger said ${short(from)}`;
			const deploy = owner?.deploy ?? null;
			if (owner?.deploy && owner.attempt !== null)
				await stores.landed.removeBroughtBy({deploy: owner.deploy, attempt: owner.attempt}, [group], stores.at);
			await stores.say({
				kind: 'landed',
				source: 'deployer',
				actor: gate,
				service: service.name,
				deploy,
				attempt: owner?.attempt ?? null,
				text: said,
				data: {group, from, to},
			});
		}
	}
}
