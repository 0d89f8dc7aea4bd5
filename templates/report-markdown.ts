/** The report as Markdown: same state, same bytes. */
import type {Draft} from '../reports/draft.ts';
import {sayDateTime, sayTime} from '../reports/say.ts';
import {draftWords} from './incident-page.ts';
import {render} from './render.ts';
import {itemsMarkdown, saidMarkdown} from './said.ts';
import type {ReportView} from './views.ts';

export function reportView(draft: Draft): ReportView {
	return {
		draft,
		page: draftWords(draft),
		moments: draft.moments.content.map(({label, moment}) => ({
			label,
			at: moment === null ? 'not known' : sayDateTime(moment.at),
			note: moment === null ? '' : `${moment.note} (${moment.setBy}, ${moment.confidence} confidence)`,
		})),
		timeline: draft.timeline.content
			.filter(({importance}) => importance !== 'noise')
			.map(({at, until, approximate, source, actor, by, text, repeats}) => ({
				time: `${approximate ? sayDateTime(at).slice(0, 16) : sayDateTime(at)}${until === null ? '' : ` to ${sayTime(until)}`}`,
				who: actor === '' || by === 'machine' ? source.replaceAll('_', ' ') : `${source.replaceAll('_', ' ')}, ${actor}`,
				text: repeats > 1 ? `${text} (${repeats} times)` : text,
			})),
		said: saidMarkdown(draft),
		items: itemsMarkdown(draft),
		empty: {
			summary: draft.summary.content.length === 0,
			detection: draft.detection.content.length === 0,
			actions: draft.actions.content.length === 0,
			confounders: draft.trigger.content.confounders.length === 0,
		},
	};
}

export const reportMarkdown = (draft: Draft): string => render('reports/incident.md.hbs', reportView(draft));
