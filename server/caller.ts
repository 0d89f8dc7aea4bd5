/**
 * Who asks: a person who signed in, a program with a token, this machine itself, or nobody known. What each may do is one ladder of
 * roles; every route names the lowest one that it answers.
 */
import type {Response} from 'express';
import type {Actor} from '../reports/events.ts';

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
};

export const nobody: Caller = {kind: 'nobody', name: 'nobody', role: null, services: null, csrf: null};

export function may({role}: Caller, access: Access): boolean {
	if (access === 'anyone') return true;
	return role !== null && roles.indexOf(role) >= roles.indexOf(access);
}

/** Who stands in the timeline. */
export const actorOf = ({kind, name}: Caller): Actor => ({kind: kind === 'person' ? 'person' : 'system', name});

/** The caller that the door found out, before any route was asked. */
export function callerOf(response: Response): Caller {
	const caller: unknown = response.locals['caller'];
	return (caller as Caller | undefined) ?? nobody;
}

export function setCaller(response: Response, caller: Caller): void {
	response.locals['caller'] = caller;
}
