/** Sends the page of one incident: as it is, or with a form that came back. */
import type {Response} from 'express';
import {incidentAct, type PostedAct} from '../../templates/act-forms.ts';
import {incidentPage} from '../../templates/incident-page.ts';
import type {Deps} from '../actions/deps.ts';
import {planRollback} from '../actions/take-back.ts';
import {AppError} from '../app-error.ts';
import {recordedKinds} from '../schemas/acts.ts';
import {readStory} from '../story.ts';
import {sendPage} from './send-page.ts';

/** What to run to take the incident's deploy back; null where nothing is known to run, or it is back already. */
async function rollbackOf(deps: Deps, service: string, deploy: string | null) {
	if (deploy === null) return null;
	try {
		const {steps, sideEffects, warnings} = await planRollback(deps, service, deploy, 'rollback');
		return steps.length === 0 ? null : {commands: steps.map(({command}) => command), sideEffects, warnings};
	} catch (error) {
		if (error instanceof AppError) return null;
		throw error;
	}
}

export async function showIncident(
	deps: Deps,
	response: Response,
	id: string,
	{posted, status}: {readonly posted: PostedAct | null; readonly status: number},
): Promise<void> {
	const story = await readStory(deps, id);
	const isBack = story.deploy?.outcome === 'rolled_back';
	const rollback = isBack ? null : await rollbackOf(deps, story.service, story.deploy?.id ?? null);
	const page = incidentPage(story, {now: deps.clock.now(), rollback});
	const {incident} = story;
	const about = {incident: incident.id, status: incident.status, openedAt: incident.openedAt};
	const act = incidentAct({...about, key: deps.newId(), kinds: recordedKinds, posted});
	sendPage(response, 'pages/incident.hbs', {...page, act}, status);
}
