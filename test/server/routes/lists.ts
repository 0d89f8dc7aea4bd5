/** The lists of deploys, incidents and events, as pages and for programs. */
import test from 'ava';
import {writing} from '../../../server/actions/deps.ts';
import {browse} from '../../helpers/browse.ts';
import {noteEvent} from '../../helpers/events.ts';
import {batchTo, type ServiceUnderTest, serviceUnderTest, usualService} from '../../helpers/service.ts';

const config = {services: {app: usualService, ores: usualService}};

async function get<Answer>({url}: ServiceUnderTest, path: string): Promise<{status: number; body: Answer}> {
	const response = await fetch(`${url}/api/v1${path}`);
	return {status: response.status, body: (await response.json()) as Answer};
}

type Deploys = {deploys: {deploy: string; attempt: number}[]; next: string | null};
type Incidents = {incidents: {id: string; title: string}[]; next: string | null};
type Problem = {detail: string; problems: string[]};

const addIncidents = (service: ServiceUnderTest, titles: readonly string[]): Promise<void> =>
	writing(service.deps, async ({incidents}) => {
		for (const [index, title] of titles.entries()) {
			const at = new Date(Date.parse('2026-03-01T00:00:00.000Z') + index * 60_000).toISOString();
			await incidents.open({service: 'app', key: null, title, status: index % 2 === 0 ? 'open' : 'resolved', openedBy: 'human', at});
		}
	});

test('without any deploy or incident the lists teach what brings the first one', async t => {
	const {open} = browse((await serviceUnderTest(t, {config})).url);
	for (const [path, command] of [
		['/deploys', 'signalbox check --service'],
		['/incidents', 'signalbox rollback --service'],
	] as const) {
		const {status, html} = await open(path);
		t.is(status, 200);
		t.true(html.includes(command), path);
		t.notRegex(html, /<form class="filter"/, 'there is nothing to filter yet');
	}
});

test('a deploy stands in its list with its state, its line and what the gate said', async t => {
	const service = await serviceUnderTest(t, {config});
	await service.ask('before', batchTo('a'));
	await service.ask('testservers', batchTo('a'));
	const {open} = browse(service.url);
	const {html} = await open('/deploys');
	t.regex(html, /<h1[^>]*>1 deploy is going out\.<\/h1>/);
	t.regex(html, /<th scope="row"><a href="\/deploys\/D-2026-0001">app /);
	t.regex(html, /testservers, \d\d:\d\d:\d\d: every check passed/);
	t.true(html.includes('before [GO] -- testservers [GO] -- canaries [\u00A0] -- production [\u00A0]'));
	t.regex((await open('/deploys?q=Change+A&service=app&outcome=open&since=24h')).html, /D-2026-0001/);
});

test('a filter that matches nothing is said in words and can be cleared', async t => {
	const service = await serviceUnderTest(t, {config});
	await service.ask('before', batchTo('a'));
	const {status, html} = await browse(service.url).open('/deploys?service=ores&outcome=rolled_back&q=%25_%27%22%5C');
	t.is(status, 200);
	t.regex(html, /<h1[^>]*>No deploy of ores, taken back, with “%_&#x27;&quot;\\”\.<\/h1>/);
	t.regex(html, /<a href="\/deploys">Clear the filter<\/a>/);
	t.regex(html, /name="q" value="%_&#x27;&quot;\\"/, 'what was typed stays');
	t.regex(html, /<option value="ores" selected>/);
});

const wrong: readonly (readonly [string, RegExp, RegExp])[] = [
	['/deploys?outcome=gone', /Outcome: must be open or finished/, /<option value="gone" selected>/],
	['/deploys?since=yesterday', /Since: must be a day such as 2026-03-02/, /name="since" value="yesterday"[^>]*aria-invalid="true"/],
	['/deploys?until=2026-02-30', /Until: must be a day/, /value="2026-02-30"/],
	['/deploys?service=ap', /Service: there is none called &quot;ap&quot;; did you mean app\?/, /<option value="ap" selected>/],
	['/deploys?q=a&q=b', /Search: must be text/, /name="q" value=""/],
	['/deploys?servise=app', /servise: there is no such field; did you mean «service»/, /<form class="filter"/],
	['/deploys?after=x', /after: this is no place in the list/, /<form class="filter"/],
	['/incidents?status=burning', /Status: must be suspected or open/, /<option value="burning" selected>/],
	['/incidents?since=7', /Since: must be a day/, /value="7"/],
	[`/incidents?q=${'x'.repeat(201)}`, /Search: /, /value="x{201}"/],
	['/incidents?q=%07', /Search: must be without control characters/, /name="q" value="\uFFFD"/],
];
for (const [path, problem, kept] of wrong) {
	test(`${path.slice(0, 40)} is refused above the list, which keeps what was typed`, async t => {
		const service = await serviceUnderTest(t, {config});
		await service.ask('before', batchTo('a'));
		await addIncidents(service, ['Blank pages']);
		const {status, html} = await browse(service.url).open(path);
		t.is(status, 422);
		t.regex(html, problem);
		t.regex(html, kept);
		t.notRegex(html, /<table/);
		t.deepEqual(service.logged, []);
	});
}

test('pages lead on to the older and back to the newer, and keep the filter', async t => {
	const service = await serviceUnderTest(t, {config});
	await addIncidents(
		service,
		Array.from({length: 120}, (_, index) => `Incident ${index}`),
	);
	const {open} = browse(service.url);
	const link = (html: string, rel: string): string =>
		(new RegExp(`<a href="([^"]*)" rel="${rel}">`).exec(html)?.[1] ?? '').replaceAll('&amp;', '&').replaceAll('&#x3D;', '=');
	const titles = (html: string): string[] => [...html.matchAll(/>Incident (\d+)</g)].map(([, number = '']) => number);
	const first = await open('/incidents?q=incident');
	const second = await open(link(first.html, 'next'));
	const third = await open(link(second.html, 'next'));
	t.deepEqual(
		[first, second, third].flatMap(({html}) => titles(html)),
		Array.from({length: 120}, (_, index) => String(119 - index)),
	);
	t.is(link(third.html, 'next'), '');
	t.is(link(first.html, 'prev'), '');
	t.regex(link(second.html, 'next'), /^\/incidents\?q=incident&after=/);
	t.deepEqual(titles((await open(link(third.html, 'prev'))).html), titles(second.html));
	t.is(link(third.html, 'start'), '/incidents?q=incident');
});

test('a program walks a list with limit and after to its end', async t => {
	const service = await serviceUnderTest(t, {config});
	await addIncidents(service, ['one', 'two', 'three', 'four', 'five']);
	const seen: string[] = [];
	let after = '';
	for (;;) {
		const {status, body} = await get<Incidents>(service, `/incidents?limit=2${after}`);
		t.is(status, 200);
		seen.push(...body.incidents.map(({title}) => title));
		if (body.next === null) break;
		after = `&after=${encodeURIComponent(body.next)}`;
	}
	t.deepEqual(seen, ['five', 'four', 'three', 'two', 'one']);
	t.like((await get<Incidents>(service, '/incidents')).body, {next: null});
});

test('each attempt of a deploy is a row of its own', async t => {
	const service = await serviceUnderTest(t, {config});
	for (const letters of ['a', 'b', 'a']) await service.ask('before', batchTo(letters));
	const {body} = await get<Deploys>(service, '/deploys?limit=200');
	t.deepEqual(
		body.deploys.map(({deploy, attempt}) => `${deploy}/${attempt}`),
		['D-2026-0001/2', 'D-2026-0002/1', 'D-2026-0001/1'],
	);
	t.regex(
		(await browse(service.url).open('/deploys')).html,
		/href="\/deploys\/D-2026-0001\?attempt&#x3D;2"|href="\/deploys\/D-2026-0001\?attempt=2"/,
	);
});

for (const [path, sentence] of [
	['/deploys?limit=201', /limit: /],
	['/deploys?limit=0', /limit: /],
	['/deploys?limit=many', /limit: /],
	['/incidents?limit=201', /limit: /],
	['/events?limit=1001', /limit: /],
	['/deploys?after=e30', /after: this is no place/],
	['/events?after=e30', /after: this is no place/],
	['/incidents?titel=x', /titel: there is no such field/],
] as const)
	test(`GET ${path} is refused with its place`, async t => {
		const service = await serviceUnderTest(t, {config});
		const {status, body} = await get<Problem>(service, path);
		t.is(status, 422);
		t.regex([body.detail, ...body.problems].join('\n'), sentence);
	});

test('events come a page at a time, and what the cursor of another list names is refused', async t => {
	const service = await serviceUnderTest(t, {config});
	await service.post('/api/v1/events', {events: Array.from({length: 5}, (_, index) => noteEvent({text: `event ${index}`}))});
	await addIncidents(service, ['one', 'two']);
	type Events = {events: {text: string}[]; next: string | null};
	const first = await get<Events>(service, '/events?limit=3');
	t.is(first.body.events.length, 3);
	const rest = await get<Events>(service, `/events?limit=3&after=${encodeURIComponent(first.body.next ?? '')}`);
	t.deepEqual(
		[...first.body.events, ...rest.body.events].map(({text}) => text),
		[0, 1, 2, 3, 4].map(index => `event ${index}`),
	);
	t.is(rest.body.next, null);
	const {next} = (await get<Incidents>(service, '/incidents?limit=1')).body;
	t.is((await get<Problem>(service, `/events?after=${encodeURIComponent(next ?? '')}`)).status, 422);
});

test('a list stays small with five hundred rows to show', async t => {
	const service = await serviceUnderTest(t, {config});
	await addIncidents(
		service,
		Array.from({length: 500}, (_, index) => `Incident ${index} ${'x'.repeat(230)}`),
	);
	await writing(service.deps, async ({incidents}) => {
		for (let index = 450; index <= 500; index += 1) await incidents.setAbout(`INC-2026-0${index}`, 'y'.repeat(1000));
	});
	const {bytes} = await browse(service.url).open('/incidents');
	t.true(bytes < 100_000, `${bytes} bytes`);
});
