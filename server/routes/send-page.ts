/** Sends a page with what is around every page: who is signed in, what they may do, and where else to go. */
import type {Response} from 'express';
import {chromeFor} from '../../templates/chrome.ts';
import {render} from '../../templates/render.ts';
import type {PageName, Views} from '../../templates/views.ts';
import {callerOf, may, roles} from '../caller.ts';
import {foundOf} from '../door/find-caller.ts';

export function sendPage<Name extends PageName>(response: Response, name: Name, view: Views[Name], status = 200): void {
	const caller = callerOf(response);
	const {session, canSignIn} = foundOf(response);
	const chrome = chromeFor({
		person:
			caller.kind === 'nobody' || caller.role === null ? null : {name: caller.name, role: caller.role, isPerson: caller.kind === 'person'},
		csrf: caller.csrf,
		may: roles.filter(role => may(caller, role)),
		at: view.shell.at,
		canSignIn: canSignIn && caller.kind !== 'person' && view.shell.at !== 'sign-in',
		canSignOut: session !== null,
	});
	// What a page shows depends on who looks, and on now; what shows a secret has said already that it is kept nowhere.
	if (!response.hasHeader('cache-control')) response.set('cache-control', 'private, no-cache');
	response
		.status(status)
		.vary('cookie')
		.type('html')
		.send(render(name, view, chrome));
}
