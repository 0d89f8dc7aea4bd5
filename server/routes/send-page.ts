/** Sends a page with what is around every page: who is signed in, what they may do, and where else to go. */
import type {Response} from 'express';
import {chromeFor} from '../../templates/chrome.ts';
import {render} from '../../templates/render.ts';
import type {PageName, Views} from '../../templates/views.ts';
import {callerOf, may, roles} from '../caller.ts';

export function sendPage<Name extends PageName>(response: Response, name: Name, view: Views[Name], status = 200): void {
	const caller = callerOf(response);
	const chrome = chromeFor({
		person:
			caller.kind === 'nobody' || caller.role === null ? null : {name: caller.name, role: caller.role, isPerson: caller.kind === 'person'},
		csrf: caller.csrf,
		may: roles.filter(role => may(caller, role)),
		at: view.shell.at,
	});
	// What a page shows depends on who looks, and on now.
	response
		.status(status)
		.set('cache-control', 'private, no-cache')
		.vary('cookie')
		.type('html')
		.send(render(name, view, chrome));
}
