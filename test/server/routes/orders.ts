/** The API's order, its bounds, and the page of a deploy that an order held. */
import test from 'ava';
import type {OrderAnswer} from '../../../server/actions/explain-order.ts';
import {browse} from '../../helpers/browse.ts';
import {batchTo, changeOf, serviceUnderTest, target} from '../../helpers/service.ts';

const provider = `I${'e'.repeat(40)}`;
const reader = changeOf('b1b2c3d', {message: `Use the table\n\nDepends-On: ${provider}\n`});
const adds = changeOf('a1b2c3d', {changeId: provider, subject: 'Add the table', message: `Add the table\n\nChange-Id: ${provider}\n`});

const post = (url: string, body: object): Promise<Response> =>
	fetch(`${url}/api/v1/orders`, {method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(body)});
const question = (more: object = {}): object => ({
	service: 'app',
	batch: {targets: [target('b1b2c3d')], changes: [reader, adds]},
	...more,
});

test('an order is explained for the groups that are named alone, in the order of the service', async t => {
	const {url} = await serviceUnderTest(t);
	const groupsOf = async (more: object) => {
		const {explained} = (await (await post(url, question(more))).json()) as OrderAnswer;
		return explained.nodes[0]?.standings.map(({group}) => group);
	};
	t.deepEqual(await groupsOf({}), ['test', 'canary', 'default']);
	t.deepEqual(await groupsOf({groups: ['default', 'test', 'test']}), ['test', 'default']);
});

test('a group that is not there is answered with the nearest, and an empty list is refused', async t => {
	const {url} = await serviceUnderTest(t);
	const wrong = await post(url, question({groups: ['defualt']}));
	t.is(wrong.status, 404);
	t.regex(
		((await wrong.json()) as {detail: string}).detail,
		/has no group "defualt"\. Did you mean default\? Its groups are: test, canary, default\./,
	);
	t.is((await post(url, question({groups: []}))).status, 422);
});

test('more changes than are judged at a time are refused with a sentence, before any is judged', async t => {
	const {url} = await serviceUnderTest(t);
	const changes = Array.from({length: 2001}, (_, index) => ({id: `c${index}`, repository: 'app'}));
	const refused = await post(url, question({batch: {targets: [], changes}}));
	t.is(refused.status, 413);
	t.regex(((await refused.json()) as {detail: string}).detail, /The batch has 2001 changes; an order is explained for at most 2000/);
	const taken = await post(url, question({batch: {targets: [], changes: changes.slice(0, 2000)}}));
	t.is(taken.status, 200);
});

test('a body over 8 MB is refused with a sentence', async t => {
	const {url} = await serviceUnderTest(t);
	const message = 'x'.repeat(250_000);
	const changes = Array.from({length: 40}, (_, index) => ({id: `c${index}`, repository: 'app', message}));
	const refused = await post(url, question({batch: {targets: [], changes}}));
	t.is(refused.status, 413);
	t.regex(((await refused.json()) as {detail: string}).detail, /larger than this address takes/);
});

test('the page of a deploy that an order held shows it drawn, and as tables', async t => {
	const service = await serviceUnderTest(t);
	const {deploy, verdict} = await service.ask('before', {batch: {targets: [target('b1b2c3d')], changes: [reader, adds]}});
	t.is(verdict, 'hold');
	const {html, bytes} = await browse(service.url).open(`/deploys/${deploy}`);
	t.regex(html, /<h2 id="order">What must come before what<\/h2>/);
	t.regex(html, /<figcaption>2 changes and 1 link between them: 1 not kept by the order as given\./);
	t.regex(html, /<svg class="line order-graph"[^>]*role="img"/);
	t.regex(html, /<th scope="row" class="mono">app a1b2c3d<\/th><td class="mono" data-label="Then">app b1b2c3d<\/td>/);
	t.true(bytes < 100_000);
});

test('the page of a deploy that went through shows no order', async t => {
	const service = await serviceUnderTest(t);
	const {deploy} = await service.ask('before', batchTo('a1b2c3d'));
	t.notRegex((await browse(service.url).open(`/deploys/${deploy}`)).html, /order-graph/);
});

test('a deploy held by an order of 200 changes has a page under 100 KB', async t => {
	const service = await serviceUnderTest(t);
	const idOf = (index: number): string => `I${index.toString(16).padStart(40, 'c')}`;
	const shaOf = (index: number): string => (index + 0xa00).toString(16).padEnd(8, 'b');
	// Each needs the one behind it: none stands where it should.
	const changes = Array.from({length: 200}, (_, index) =>
		changeOf(shaOf(index), {
			changeId: idOf(index),
			message: `Change ${index}\n\nDepends-On: ${idOf(index + 1)}\nChange-Id: ${idOf(index)}\n`,
		}),
	);
	const {deploy} = await service.ask('before', {batch: {targets: [target(shaOf(199))], changes}});
	const {html, bytes} = await browse(service.url).open(`/deploys/${deploy}`);
	t.regex(html, /order-graph/);
	t.regex(html, /further off/);
	t.log(`${bytes} bytes`);
	t.true(bytes < 100_000, `${bytes} bytes`);
});
