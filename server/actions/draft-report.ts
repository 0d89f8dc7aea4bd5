/** Drafts an incident's report. Same state, same bytes; each text that was given out is kept. */
import {draftOf} from '../../reports/draft.ts';
import {reportJson} from '../../reports/report-json.ts';
import {reportHtml} from '../../templates/report-html.ts';
import {reportMarkdown} from '../../templates/report-markdown.ts';
import {reportWikitext} from '../../templates/report-wikitext.ts';
import {sha256} from '../canonical.ts';
import {readStory} from '../story.ts';
import {type Deps, writing} from './deps.ts';

/** How a report may be asked for, with the media type of each answer and the ending of its file. */
export const reportMedia = {
	md: {media: 'text/markdown; charset=utf-8', ending: 'md'},
	// No media type is registered for wikitext; as plain text a browser shows it, ready to be copied.
	wikitext: {media: 'text/plain; charset=utf-8', ending: 'wiki'},
	html: {media: 'text/html; charset=utf-8', ending: 'html'},
	json: {media: 'application/json; charset=utf-8', ending: 'json'},
} as const;
export type ReportFormat = keyof typeof reportMedia;
export const reportFormats = Object.keys(reportMedia) as readonly ReportFormat[];

const template = 'wikimedia-2022';

export async function draftReport(deps: Deps, incident: string, format: ReportFormat): Promise<string> {
	const story = await readStory(deps, incident);
	const draft = draftOf(story);
	const json = reportJson(draft);
	const [likeliest] = draft.trigger.content.hypotheses;
	const about = [...draft.summary.content, ...(likeliest === undefined ? [] : [likeliest.statement])].join(' ');
	await writing(deps, async stores => {
		await stores.incidents.keepReport(incident, template, json, sha256(json), stores.at);
		if (about !== '') await stores.incidents.setAbout(incident, about);
	});
	switch (format) {
		case 'md':
			return reportMarkdown(draft);
		case 'wikitext':
			return reportWikitext(draft);
		case 'html':
			return reportHtml(story);
		case 'json':
			return json;
	}
}
