/** Sends an incident's report in one of its formats. */
import type {Response} from 'express';
import {reportPolicy} from '../../templates/report-html.ts';
import type {Deps} from '../actions/deps.ts';
import {draftReport, type ReportFormat, reportMedia} from '../actions/draft-report.ts';

export async function sendReport(deps: Deps, response: Response, incident: string, format: ReportFormat): Promise<void> {
	const text = await draftReport(deps, incident, format);
	// The one file carries its style within, which no other answer of the service may.
	if (format === 'html') response.set('content-security-policy', `${reportPolicy()}; frame-ancestors 'none'`);
	response.set('cache-control', 'private, no-cache').type(reportMedia[format].media).send(text);
}
