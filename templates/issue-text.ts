/** What stands in the issue of an action item. People's words call nobody there and hide nothing. */
import {plainText} from '../reports/plain-text.ts';
import type {IssueView} from './notice-views.ts';
import {render} from './render.ts';

export type IssueInput = {
	readonly item: string;
	readonly incident: {readonly id: string; readonly title: string};
	readonly text: string;
	readonly owner: string | null;
	readonly due: string | null;
	readonly doneWhen: string | null;
	/** Where the service is reached, without a slash at the end; null where nobody said. */
	readonly base: string | null;
};

const titleMax = 200;

/** By which an issue is known as that of an action item. In Markdown it shows nothing. */
export const markerOf = (incident: string, item: string): string => `<!-- signalbox:${incident}/${item} -->`;

/** GitHub calls people by an @ even where it is escaped, since it looks for them in what was rendered. */
const quiet = (text: string): string => text.replaceAll(/@(?=\w)/g, '\uFF20');
const quietOrNull = (text: string | null): string | null => (text === null ? null : quiet(text));

export const issueView = ({item, incident, text, owner, due, doneWhen, base}: IssueInput): IssueView => ({
	...{text: quiet(text), owner: quietOrNull(owner), due, doneWhen: quietOrNull(doneWhen)},
	...{item, incident: `${incident.id} ${quiet(incident.title)}`, marker: markerOf(incident.id, item)},
	link: base === null ? null : `${base}/incidents/${encodeURIComponent(incident.id)}`,
});

export const issueText = (input: IssueInput): {readonly title: string; readonly body: string} => ({
	title: plainText(`${quiet(input.text)} (${input.incident.id})`, titleMax),
	body: render('notices/issue.md.hbs', issueView(input)),
});
