/** A person says that a thing outside git is there, or no longer is, and why. */
import {nearest} from '../../gate/nearest.ts';
import type {Actor} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import type {PrerequisiteConfig, ServiceConfig} from '../config.ts';
import {type Deps, writing} from './deps.ts';
import {nameService} from './name-service.ts';
import {asked, madeBefore} from './once.ts';
import {recheckLanded} from './recheck-landed.ts';

export type TickRequest = {
	readonly service: string;
	readonly name: string;
	/** Null: of all its groups. */
	readonly group: string | null;
	readonly met: boolean;
	readonly reason: string;
	readonly actor: Actor;
	readonly idempotencyKey: string;
};

export type Ticked = {
	readonly service: string;
	readonly name: string;
	readonly group: string | null;
	readonly met: boolean;
	readonly at: string;
};

const hint = (word: string, words: readonly string[]): string => {
	const near = nearest(word, words);
	return near === null ? '' : ` Did you mean ${near}?`;
};

function namePrerequisite(service: ServiceConfig, name: string): PrerequisiteConfig {
	const found = service.prerequisites.find(one => one.name === name);
	if (found) return found;
	const names = service.prerequisites.map(one => one.name);
	const there = names.length === 0 ? 'The configuration names none for it.' : `There are: ${names.join(', ')}.`;
	throw new AppError('not-found', `${service.name} has no prerequisite ${JSON.stringify(name)}.${hint(name, names)} ${there}`);
}

/** Throws AppError where nobody ticks this prerequisite, or not of this group. */
function mayTick(service: ServiceConfig, {name, groups, probe}: PrerequisiteConfig, group: string | null): void {
	if (probe !== null)
		throw new AppError(
			'invalid',
			`${name} is probed, so nobody ticks it. Where the probe is wrong, \`signalbox allow --service ${service.name}\` lets a deploy pass.`,
		);
	if (group === null) return;
	if (groups === null) throw new AppError('invalid', `${name} is the same for all groups of ${service.name}: leave the group out.`);
	if (!groups.includes(group))
		throw new AppError(
			'invalid',
			`${name} is not asked of a group ${JSON.stringify(group)}.${hint(group, groups)} Its groups are: ${groups.join(', ')}.`,
		);
}

export function tickPrerequisite(deps: Deps, request: TickRequest): Promise<Ticked> {
	const service = nameService(deps.config, request.service);
	const {name, group, met, reason, actor, idempotencyKey} = request;
	const prerequisite = namePrerequisite(service, name);
	mayTick(service, prerequisite, group);
	return writing(deps, async stores => {
		const question = {service: service.name, name, group, met, reason, actor};
		const before = await madeBefore(stores, idempotencyKey, 'prerequisite', question);
		const answer = {service: service.name, name, group, met};
		if (before !== null) return {...answer, at: before.happenedAt};
		const where = group === null ? '' : ` on ${group}`;
		stores.say({
			...{kind: 'prerequisite', source: 'human', actor, service: service.name, idempotencyKey},
			text: `${name} of ${service.name} is ${met ? 'met' : 'not met'}${where}: ${reason}`,
			data: {name, group, met, reason, ...asked('prerequisite', question)},
		});
		await stores.prerequisites.set(service.name, {name, group, met, actor, reason, at: stores.at});
		// What stands on it may be live: said once, and said again when it is met.
		await recheckLanded(stores, service);
		return {...answer, at: stores.at};
	});
}
