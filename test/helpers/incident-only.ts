/** An incident of the newest attempt, as a rollback opens it, without the debts of one: for tests that count action items of their own. */
import type {Actor} from '../../reports/events.ts';
import {type Deps, writing} from '../../server/actions/deps.ts';
import {openIncident} from '../../server/actions/open-incident.ts';
import {attemptToTakeBack} from '../../server/actions/plan-take-back.ts';
import type {ServiceConfig} from '../../server/config.ts';

export function incidentOnly(deps: Deps, {service: name, reason, actor}: {service: string; reason: string; actor: Actor}): Promise<string> {
	return writing(deps, async stores => {
		const service = deps.config.services.get(name) as ServiceConfig;
		const attempt = await attemptToTakeBack(stores, service, null);
		const back = `${attempt.deploy}/${attempt.attempt}`;
		const by = {by: 'human', status: 'open', source: 'human', actor} as const;
		const incident = await openIncident(stores, attempt, {...by, what: reason, text: `${back} is taken back: ${reason}`});
		stores.say({
			...{service: name, deploy: attempt.deploy, attempt: attempt.attempt, incident},
			...{kind: 'decision', source: 'human', actor, text: `Decided to take ${back} back: ${reason}`},
		});
		return incident;
	});
}
