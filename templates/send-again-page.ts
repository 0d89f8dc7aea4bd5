/** What somebody typed into a form that could not be taken, so that nothing of it is lost: to be looked over, and sent again. */
import type {Instant} from '../gate/facts.ts';
import {plainText} from '../reports/plain-text.ts';
import {sayDateTime} from '../reports/say.ts';
import type {SendAgainPage} from './people-views.ts';

export type PostedField = {readonly name: string; readonly value: string};

const shortMax = 80;
const rowsMax = 16;

const rowsOf = (value: string): number => Math.min(rowsMax, Math.max(3, value.split('\n').length + Math.floor(value.length / 100)));

/** `person` is who is signed in now; `why` is the sentence of who may not send it, and null where the form was only stale. */
export function sendAgainPage(input: {
	readonly now: Instant;
	readonly person: string | null;
	readonly why: string | null;
	readonly action: string;
	readonly fields: readonly PostedField[];
}): SendAgainPage {
	const {now, person, why, action, fields} = input;
	const nothing = fields.length === 0 ? 'Nothing was written in it.' : 'What was written is below, and nothing of it was stored.';
	const lead =
		person === null
			? [nothing, 'Open your sign-in link in another tab, then come back here and press Send again.']
			: [nothing, `Look it over: it is sent as ${plainText(person)}. If you did not write it, close this page.`];
	return {
		shell: {title: 'Not sent yet', refresh: false, madeAt: sayDateTime(now), at: 'send-again'},
		heading: plainText(
			person === null ? 'Not sent yet: nobody is signed in here any more.' : (why ?? 'Not sent yet: the page was older than your sign-in.'),
		),
		lead,
		action,
		fields: fields.map(({name, value}, index) => ({
			...{id: `field-${index}`, name, label: plainText(name.replaceAll(/[_-]+/g, ' ')), value, rows: rowsOf(value)},
			shape: {
				empty: value === '',
				short: value !== '' && value.length <= shortMax && !/[\r\n]/.test(value),
				long: value.length > shortMax || /[\r\n]/.test(value),
			},
		})),
		canSend: person === null || why === null,
	};
}
