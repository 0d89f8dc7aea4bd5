/** The report as a program and a person get it: the same words in every format, by both addresses. */
import test, {type ExecutionContext} from 'ava';
import {reportFormats, reportMedia} from '../../../server/actions/draft-report.ts';
import {call} from '../../helpers/cli.ts';
import {serviceUnderTest} from '../../helpers/service.ts';

/** A service with one incident: a deploy that was taken back. */
async function withIncident(t: ExecutionContext) {
	const service = await serviceUnderTest(t);
	await service.ask('before');
	await service.ask('canaries');
	const actor = {kind: 'person', name: 'Robin'};
	await service.post('/api/v1/rollbacks', {service: 'app', reason: 'errors [[x]] <b>', actor, idempotencyKey: 'taken back'});
	const [incident] = await service.stores().incidents.list(1);
	if (!incident) throw new Error('no incident was opened');
	return {...service, id: incident.id};
}

test('every format is served by both addresses, and printed by the command, with the same bytes', async t => {
	const {url, id, folder} = await withIncident(t);
	for (const format of reportFormats) {
		const {media, ending} = reportMedia[format];
		const asked = await fetch(`${url}/api/v1/incidents/${id}/report?format=${format}`);
		const text = await asked.text();
		t.is(asked.status, 200, format);
		t.is(asked.headers.get('content-type'), media);
		t.regex(text, /errors/, format);
		t.is(await (await fetch(`${url}/incidents/${id}.${ending}`)).text(), text, ending);
		t.is((await call(['report', id, '--format', format, '--url', url], folder)).stdout, text, `signalbox report --format ${format}`);
	}
	t.is((await fetch(`${url}/api/v1/incidents/${id}/report`)).headers.get('content-type'), reportMedia.md.media);
	const wrong = await fetch(`${url}/api/v1/incidents/${id}/report?format=pdf`);
	t.is(wrong.status, 422);
	t.regex(await wrong.text(), /format: must be md or wikitext or html or json, not «pdf»/);
	t.is((await fetch(`${url}/incidents/INC-1999-0001.html`)).status, 404);
});

test('the HTML report is allowed its own style and nothing else, whoever shows it', async t => {
	const {url, id} = await withIncident(t);
	const answer = await fetch(`${url}/incidents/${id}.html`);
	const policy = answer.headers.get('content-security-policy') ?? '';
	t.regex(policy, /^default-src 'none'; style-src 'sha256-[\w+/]+=*'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/);
	t.notRegex(policy, /unsafe/);
	t.true((await answer.text()).includes(policy.split(';')[1]?.trim().replaceAll("'", '&#x27;').replaceAll('=', '&#x3D;') ?? 'no style'));
	t.is(answer.headers.get('x-content-type-options'), 'nosniff');
});

test('the page of the incident leads to every format', async t => {
	const {url, id} = await withIncident(t);
	const page = await (await fetch(`${url}/incidents/${id}`)).text();
	for (const [, ending] of page.matchAll(/href="\/incidents\/INC-[\d-]+\.(\w+)"/g))
		t.is((await fetch(`${url}/incidents/${id}.${ending}`)).status, 200);
	for (const words of ['Print or save as PDF', 'Markdown', 'Wikitext', 'HTML', 'JSON']) t.regex(page, new RegExp(`>${words}</a>`));
});
