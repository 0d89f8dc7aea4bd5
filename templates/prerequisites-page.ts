/** Things outside git that changes need: whether each is there, who said so, when and why, and the form to say it. */
import type {Instant, Prerequisite} from '../gate/facts.ts';
import {plainText} from '../reports/plain-text.ts';
import {msBetween, sayDateTime, sayDuration} from '../reports/say.ts';
import type {PostedAct} from './act-forms.ts';
import {typedText} from './list-parts.ts';
import type {PrerequisitesPage, PrerequisiteView} from './list-views.ts';
import type {Pill} from './views.ts';

export type PrerequisitesInput = {
	readonly now: Instant;
	/** Each service that is shown, with how its prerequisites stand. */
	readonly services: readonly {
		readonly name: string;
		readonly prerequisites: readonly (Prerequisite & {readonly probed: boolean})[];
	}[];
	/** A form that comes back, with the service that it is about. */
	readonly posted: (PostedAct & {readonly service: string}) | null;
	/** Made anew for each page. */
	readonly key: string;
};

const pills = {
	met: {tone: 'good', letter: 'M', word: 'Met'},
	unmet: {tone: 'bad', letter: 'N', word: 'Not met'},
	unknown: {tone: 'unknown', letter: '?', word: 'Not known'},
} as const satisfies Readonly<Record<string, Pill>>;

const example = `    prerequisites:
      events-table:
        text: The table events is filled
        valid_for: 30d
`;

const stateOf = ({met}: Prerequisite): keyof typeof pills => (typeof met === 'object' ? 'unknown' : met ? 'met' : 'unmet');

function saidOf({met, by, reason, at}: Prerequisite, now: Instant): readonly string[] {
	const who =
		by === undefined
			? 'Nobody has ticked it yet.'
			: `${by.replace(/^probe of/, 'Probe of')}, ${sayDateTime(at ?? now)} (${sayDuration(msBetween(at ?? now, now))} ago)`;
	return [
		...(typeof met === 'object' ? [plainText(`${met.missing.charAt(0).toUpperCase()}${met.missing.slice(1)}.`)] : []),
		plainText(by === undefined || reason === undefined ? who : `${who}: ${reason}`),
	];
}

type Row = PrerequisitesInput['services'][number]['prerequisites'][number];

/** What came back with a form, for the prerequisite that it is about. */
function postedOf({posted}: PrerequisitesInput, service: string, {name, group}: Row) {
	const isIt = posted?.service === service && posted.typed['name'] === name && (posted.typed['group'] ?? '') === (group ?? '');
	if (posted === null || !isIt) return {value: '', problem: null};
	const problem = posted.problems['reason'] ?? Object.values(posted.problems)[0];
	return {value: typedText(posted.typed['reason'] ?? ''), problem: problem === undefined ? null : plainText(problem)};
}

function rowView(input: PrerequisitesInput, service: string, row: Row, index: number): PrerequisiteView {
	const state = stateOf(row);
	return {
		id: `${service}-${index}`,
		name: plainText(row.name),
		group: row.group === undefined ? null : plainText(row.group),
		text: plainText(row.text),
		pill: pills[state],
		said: saidOf(row, input.now),
		probed: row.probed,
		form: row.probed
			? null
			: {
					action: `/prerequisites/${encodeURIComponent(service)}`,
					key: `${input.key}-${index}`,
					...{name: typedText(row.name), group: typedText(row.group ?? ''), reason: postedOf(input, service, row)},
				},
	};
}

function sentenceOf(rows: readonly Row[]): PrerequisitesPage['sentence'] {
	const count = (state: keyof typeof pills): number => rows.filter(row => stateOf(row) === state).length;
	const [unmet, unknown] = [count('unmet'), count('unknown')];
	if (rows.length === 0) return {tone: 'unknown', text: 'No prerequisite is configured yet.'};
	if (unmet === 0 && unknown === 0)
		return {tone: 'good', text: rows.length === 1 ? 'The one prerequisite is met.' : `All ${rows.length} prerequisites are met.`};
	const parts = [...(unmet > 0 ? [`${unmet} not met`] : []), ...(unknown > 0 ? [`${unknown} not known`] : [])];
	return {
		tone: unmet > 0 ? 'bad' : 'unknown',
		text: `Of ${rows.length} ${rows.length === 1 ? 'prerequisite' : 'prerequisites'}: ${parts.join(', ')}.`,
	};
}

export function prerequisitesPage(input: PrerequisitesInput): PrerequisitesPage {
	const shown = input.services.filter(({prerequisites}) => prerequisites.length > 0);
	const rows = shown.flatMap(({prerequisites}) => prerequisites);
	return {
		shell: {title: 'Prerequisites', refresh: false, madeAt: sayDateTime(input.now), at: 'landed'},
		sentence: sentenceOf(rows),
		example: rows.length === 0 ? example : null,
		services: shown.map(({name, prerequisites}) => ({
			name: plainText(name),
			id: `of-${name}`,
			rows: prerequisites.map((row, index) => rowView(input, name, row, index)),
			command: plainText(`signalbox prerequisite list --service ${name}`),
		})),
	};
}
