/** An override ahead of the hook, whose command line nobody can change at 3 a.m.: always recorded, always with an end. */

import {nearest} from '../../gate/nearest.ts';
import type {Actor} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import {plus} from './choose-look.ts';
import {type Deps, writing} from './deps.ts';
import {nameService} from './name-service.ts';
import {asked, madeBefore} from './once.ts';

const longestMs = 24 * 60 * 60 * 1000;

export type AllowRequest = {
	readonly service: string;
	readonly rule: string | null;
	readonly forMs: number;
	readonly reason: string;
	readonly actor: Actor;
	readonly idempotencyKey: string;
};
export type Allowed = {readonly service: string; readonly rule: string | null; readonly until: string};

export function allow(deps: Deps, request: AllowRequest): Promise<Allowed> {
	const service = nameService(deps.config, request.service);
	const rules = service.policy.rules.map(({rule}) => rule.name);
	if (request.rule !== null && !rules.includes(request.rule)) {
		const near = nearest(request.rule, rules);
		throw new AppError(
			'invalid',
			`The policy of ${service.name} has no rule ${JSON.stringify(request.rule)}.${near === null ? '' : ` Did you mean ${near}?`} Its rules are: ${rules.join(', ')}.`,
		);
	}
	if (request.forMs < 60_000 || request.forMs > longestMs)
		throw new AppError('invalid', 'An override lasts from one minute to 24 hours: --for 30m.');
	return writing(deps, async stores => {
		const {idempotencyKey, ...question} = request;
		const before = await madeBefore(stores, idempotencyKey, 'override', question);
		// Asked again, it is the override of the first time: its end does not move.
		if (before !== null) return {service: service.name, rule: request.rule, until: String(before.data['until'])};
		const until = plus(stores.at, request.forMs);
		const what = request.rule === null ? 'every rule' : request.rule;
		stores.say({
			...{kind: 'gate_overridden', source: 'human', actor: request.actor, service: service.name, idempotencyKey},
			text: `${what} of ${service.name} may not stop a deploy until ${until.slice(11, 19)}: ${request.reason}`,
			data: {rule: request.rule, until, reason: request.reason, ...asked('override', question)},
		});
		await stores.overrides.add({
			id: deps.newId(),
			service: service.name,
			rule: request.rule,
			by: request.actor.name,
			reason: request.reason,
			since: stores.at,
			until,
		});
		return {service: service.name, rule: request.rule, until};
	});
}
