/** What is around every page: the way to the other pages, who is signed in, and what a form must bring back. */
import {plainText} from '../reports/plain-text.ts';
import type {Chrome, Shell} from './views.ts';

export type ChromeInput = {
	/** Null: nobody is signed in, and this is a page that anyone may see. */
	readonly person: {readonly name: string; readonly role: string; readonly isPerson: boolean} | null;
	/** What each form brings back in its hidden field `csrf`. */
	readonly csrf: string | null;
	/** The roles that whoever looks fulfils. */
	readonly may: readonly string[];
	readonly at: Shell['at'];
	/** Whether whoever looks could sign in, or out. */
	readonly canSignIn: boolean;
	readonly canSignOut: boolean;
};

type Place = {readonly at: Shell['at']; readonly href: string; readonly text: string; readonly role: string};

const places: readonly Place[] = [
	{at: 'board', href: '/', text: 'Board', role: 'viewer'},
	{at: 'deploys', href: '/deploys', text: 'Deploys', role: 'viewer'},
	{at: 'incidents', href: '/incidents', text: 'Incidents', role: 'viewer'},
	{at: 'signals', href: '/signals', text: 'Signals', role: 'viewer'},
	{at: 'landed', href: '/landed', text: 'Landed', role: 'viewer'},
	{at: 'order', href: '/order', text: 'Order', role: 'viewer'},
	{at: 'notices', href: '/notices', text: 'Notices', role: 'admin'},
	{at: 'people', href: '/people', text: 'People', role: 'admin'},
];

/** Pages of the nav that change while one looks. What somebody pastes into the order planner does not. */
const moving: readonly Shell['at'][] = ['board', 'deploys', 'incidents', 'signals', 'landed', 'notices'];

const navFor = (may: readonly string[], at: Shell['at']): Chrome['nav'] =>
	places.filter(({role}) => may.includes(role)).map(place => ({href: place.href, text: place.text, current: place.at === at}));

export const chromeFor = ({person, csrf, may, at, canSignIn, canSignOut}: ChromeInput): Chrome => ({
	nav: person === null ? [] : navFor(may, at),
	person: person === null ? null : {name: plainText(person.name), role: person.role, isPerson: person.isPerson},
	csrf,
	canSignIn,
	canSignOut,
	topic: person !== null && moving.includes(at) ? at : null,
	may: {edit: may.includes('editor'), deploy: may.includes('deployer'), administer: may.includes('admin')},
});

/** For a page that is rendered without anybody looking: samples, and files to keep. */
export const noChrome: Chrome = chromeFor({person: null, csrf: null, may: [], at: 'board', canSignIn: false, canSignOut: false});
