/**
 * Who asks: a person who signed in, a program with a token, this machine itself, or nobody known. What each may do is one ladder of
 * roles; every route names the lowest one that it answers.
 */
import type {Response} from 'express';
import type {Actor} from '../reports/events.ts';
import {AppError} from './app-error.ts';

/** From the least to the most: each may do what those before it may. */
export const roles = ['viewer', 'editor', 'deployer', 'admin'] as const;
export type Role = (typeof roles)[number];

/** `anyone` needs no sign-in: the health check, the stylesheet, the sign-in page itself. */
export type Access = Role | 'anyone';

export type Caller = {
	readonly kind: 'person' | 'token' | 'machine' | 'nobody';
	/** What stands in the timeline when they act, and on the page when they look. */
	readonly name: string;
	/** Null: may see only what anyone may. */
	readonly role: Role | null;
	/** Services that they may write about; null: all of them. */
	readonly services: readonly string[] | null;
	/** What a form of theirs must bring back, so that no other site's form can act for them; null: no form is theirs. */
	readonly csrf: string | null;
	/** What is said beside the name that they give for whoever acts, since they could give any; null: nothing is. */
	readonly via: string | null;
};

export const nobody: Caller = {kind: 'nobody', name: 'nobody', role: null, services: null, csrf: null, via: null};

export function may({role}: Caller, access: Access): boolean {
	if (access === 'anyone') return true;
	return role !== null && roles.indexOf(role) >= roles.indexOf(access);
}

/** Whether they may write about a service; what belongs to no service is beyond whoever is limited to some. */
export const callerMayWrite = ({services}: Caller, service: string | null): boolean =>
	services === null || (service !== null && services.includes(service));

/** Whether they may read the words of a service's security patches: whoever deploys it must see what they deploy. */
export const mayReadKeptBack = (caller: Caller, service: string): boolean => may(caller, 'deployer') && callerMayWrite(caller, service);

/** Throws AppError `forbidden` where the caller may not write about the service. */
export function needMayWrite(caller: Caller, service: string | null): void {
	if (callerMayWrite(caller, service)) return;
	const what = service === null ? 'This names no service' : `This is about ${service.slice(0, 100)}`;
	throw new AppError('forbidden', `${what}; ${caller.name} may write about ${caller.services?.join(', ') || 'no service'} only.`);
}

/** Throws AppError `forbidden` where somebody would let anyone do more than they may themselves. */
export function needMayGive(caller: Caller, role: Role): void {
	if (may(caller, role)) return;
	throw new AppError('forbidden', `${caller.name} is ${caller.role ?? 'nobody'}, and gives nobody the role ${role}: it may do more.`);
}

/** Who may come in belongs to no service: whoever is limited to some has no part in it, not even to read. Throws AppError `forbidden`. */
export function needAllServices({name, services}: Caller): void {
	if (services !== null) throw new AppError('forbidden', `${name} is limited to some services, and who may come in belongs to none.`);
}

const claimedNameMax = 150;

/**
 * Who stands in the timeline. A person is themselves, whatever the request claims; a program may say for whom it acts, and its own name
 * stands beside that: nobody writes as somebody else unnoticed.
 */
export function actorOf({kind, name, via}: Caller, claimed: Actor | null = null): Actor {
	if (kind === 'person') return {kind: 'person', name};
	if (claimed === null) return {kind: 'system', name};
	return via === null ? claimed : {...claimed, name: `${claimed.name.slice(0, claimedNameMax)} via ${via}`};
}

/** The caller that the door found out, before any route was asked. */
export function callerOf(response: Response): Caller {
	const caller: unknown = response.locals['caller'];
	return (caller as Caller | undefined) ?? nobody;
}

export function setCaller(response: Response, caller: Caller): void {
	response.locals['caller'] = caller;
}
