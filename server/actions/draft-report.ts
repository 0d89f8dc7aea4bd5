/** Drafts an incident's report. Same state, same bytes; each text that was given out is kept. */
import {draftOf} from '../../reports/draft.ts';
import {reportJson} from '../../reports/report-json.ts';
import {reportMarkdown} from '../../templates/report-markdown.ts';
import {sha256} from '../canonical.ts';
import {readStory} from '../story.ts';
import {type Deps, writing} from './deps.ts';

/** How a report may be asked for, with the media type of each answer. */
export const reportMedia = {md: 'text/markdown; charset=utf-8', json: 'application/json; charset=utf-8'} as const;
export type ReportFormat = keyof typeof reportMedia;
export const reportFormats = Object.keys(reportMedia) as readonly ReportFormat[];

const template = 'wikimedia-2022';

export async function draftReport(deps: Deps, incident: string, format: ReportFormat): Promise<string> {
	const draft = draftOf(await readStory(deps, incident));
	const json = reportJson(draft);
	const [likeliest] = draft.trigger.content.hypotheses;
	const about = [...draft.summary.content, ...(likeliest === undefined ? [] : [likeliest.statement])].join(' ');
	await writing(deps, async stores => {
		await stores.incidents.keepReport(incident, template, json, sha256(json), stores.at);
		if (about !== '') await stores.incidents.setAbout(incident, about);
	});
	return format === 'json' ? json : reportMarkdown(draft);
}
