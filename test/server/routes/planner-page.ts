/** The order planner: pasted text in, the order that works and why out, and the text stays in its field. */
import test from 'ava';
import {browse} from '../../helpers/browse.ts';
import {batchTo, serviceUnderTest} from '../../helpers/service.ts';

const provider = `I${'e'.repeat(40)}`;
const log = `commit b1b2c3d4
    Use the new column

    Depends-On: ${provider}

commit a1b2c3d4
    Add the new column

    Change-Id: ${provider}
`;
const path = (text: string): string => `/order?${new URLSearchParams({service: 'app', changes: text})}`;

test('an empty planner asks for changes', async t => {
	const {status, html} = await browse((await serviceUnderTest(t)).url).open('/order');
	t.is(status, 200);
	t.regex(html, /<h1[^>]*>In which order may these changes go out\?<\/h1>/);
	t.regex(html, /<textarea[^>]*name="changes"/);
});

test('changes in the wrong order are put right, each with what it comes after and why', async t => {
	const {open} = browse((await serviceUnderTest(t)).url);
	const {status, html} = await open(path(log));
	t.is(status, 200);
	t.regex(html, /<h1[^>]*>This order works: 1 change in another place\.<\/h1>/);
	t.true(html.indexOf('>app a1b2c3d<') < html.indexOf('>app b1b2c3d<'));
	t.regex(html, /was 2nd/);
	t.regex(html, /after app a1b2c3d: Depends-On, line 3/);
	t.regex(html, /commit b1b2c3d4\n {4}Use the new column/, 'the text stays');
	t.regex(
		(
			await open(
				path(log.split('\n\ncommit ').reverse().join('\n\ncommit ').replace(/^a1/, 'commit a1').replace('commit commit', 'commit')),
			)
		).html,
		/The order works/,
	);
});

test('what is needed and known from earlier deploys is to be added, with the step that brings it', async t => {
	const service = await serviceUnderTest(t);
	await service.ask('before', batchTo('a1b2c3d', {changeId: provider, branch: 'master', subject: 'Add the new column'}));
	const {html} = await browse(service.url).open(path('b1b2c3d4 Use the new column\nDepends-On: I'.concat('e'.repeat(40))));
	t.regex(html, /<h1[^>]*>This order works: 1 to be added\.<\/h1>/);
	t.regex(html, /to be added, since it is not live on any group/);
	t.regex(html, /git cherry-pick a1b2c3d0/);
});

test('a change that is live already satisfies who needs it', async t => {
	const service = await serviceUnderTest(t);
	for (const stage of ['before', 'testservers', 'canaries', 'production'])
		await service.ask(stage, batchTo('a1b2c3d', {changeId: provider}));
	const {html} = await browse(service.url).open(path(`b1b2c3d4 Use it\nDepends-On: ${provider}`));
	t.regex(html, /<h1[^>]*>The order works as it was given\.<\/h1>/);
});

test('a ring is printed as a ring', async t => {
	const other = `I${'d'.repeat(40)}`;
	const text = `b1b2c3d One\nDepends-On: ${other}\nChange-Id: ${provider}\n\na1b2c3d Two\nDepends-On: ${provider}\nChange-Id: ${other}`;
	const {html} = await browse((await serviceUnderTest(t)).url).open(path(text));
	t.regex(html, /<h1[^>]*>Hold: no order works, 2 changes wait for each other in a ring\.<\/h1>/);
	t.regex(html, /app \w{7} \u2192 app \w{7} \u2192 app \w{7}/);
});

test('what was not read is said beside the answer: an order of what could be read is not the order of all', async t => {
	const {open} = browse((await serviceUnderTest(t)).url);
	const {html} = await open(path(`b1b2c3d4 One\nChange-Id: ${provider}\n\nnot a change`));
	t.regex(html, /<h1[^>]*tone-watch[^>]*>The order works[^<]*; line 4 was not read\.<\/h1>/);
	const bare = await open(path('b1b2c3d4'));
	t.regex(bare.html, /<h1[^>]*tone-watch[^>]*>The order works, as far as can be seen: app b1b2c3d came without a message/);
});

test('the order is said once: a finding that it mends does not repeat it', async t => {
	const {html} = await browse((await serviceUnderTest(t)).url).open(path(log));
	t.regex(html, /<h2 id="why">Why not as given<\/h2>/);
	t.false(html.includes('Deploy in this order:'));
});

test('footers that lead nowhere and lines that name no change are each named', async t => {
	const {html} = await browse((await serviceUnderTest(t)).url).open(
		path(`b1b2c3d One\nDepends-On: ${provider}\nDepends on: the other one\nnot a change`),
	);
	t.regex(html, /Line 4, “not a change”: names no commit and no Change-Id/);
	t.regex(html, /Footers that were not understood, or lead nowhere/);
	t.regex(html, /depends on Ie{40}, which no checkout and no group here knows/);
	t.regex(html, /makes no link/);
});

for (const [what, query, status, sentence] of [
	['an unknown service', {service: 'ap', changes: 'b1b2c3d'}, 404, /Did you mean app\?/],
	['no change at all', {service: 'app', changes: 'nothing to read'}, 422, /No change could be read/],
	['a repository with a line break', {service: 'app', changes: 'b1b2c3d', repository: 'a\u0007b'}, 422, /Repository: /],
] as const)
	test(`${what} is said, and the text stays`, async t => {
		const page = await browse((await serviceUnderTest(t)).url).open(`/order?${new URLSearchParams(query)}`);
		t.is(page.status, status);
		t.regex(page.html, sentence);
		t.true(page.html.includes(`>${query.changes}</textarea>`));
	});

test('a short text becomes an address that can be sent; a long one is planned where it is posted', async t => {
	const {open, submit} = browse((await serviceUnderTest(t)).url);
	await open('/order');
	const short = await submit('/order', {service: 'app', changes: 'b1b2c3d\na1b2c3d', repository: ''});
	t.is(short.status, 303);
	t.is(short.location, '/order?service=app&changes=b1b2c3d%0Aa1b2c3d');
	const many = Array.from({length: 200}, (_, index) => `${(index + 4096).toString(16)}abc9 Change ${index}`).join('\n');
	await open('/order');
	const long = await submit('/order', {service: 'app', changes: many});
	t.is(long.status, 200);
	t.true(long.bytes < 100_000, `${long.bytes} bytes`);
	t.regex(long.html, /The order works/);
});

test('more than is planned at a time is refused, and the text stays', async t => {
	const {open, submit} = browse((await serviceUnderTest(t)).url);
	await open('/order');
	const many = Array.from({length: 201}, (_, index) => `${(index + 4096).toString(16)}abc9`).join('\n');
	const refused = await submit('/order', {service: 'app', changes: many});
	t.is(refused.status, 413);
	t.regex(refused.html, /names 201 changes; at most 200/);
	t.true(refused.html.includes(many));
	const large = 'x'.repeat(262_145);
	const tooLarge = await submit('/order', {service: 'app', changes: large});
	t.is(tooLarge.status, 413);
	t.true(tooLarge.html.includes(large));
});

test('groups are chosen by boxes: those alone are judged, and the address says which', async t => {
	const service = await serviceUnderTest(t);
	await service.ask('before', batchTo('a1b2c3d', {changeId: provider, branch: 'master', subject: 'Add the new column'}));
	const {open, submit} = browse(service.url);
	const blank = await open('/order');
	for (const group of ['test', 'canary', 'default'])
		t.regex(blank.html, new RegExp(`<input type="checkbox" name="group" value="${group}" checked>`));
	const text = `b1b2c3d4 Use it\nDepends-On: ${provider}`;
	const posted = await submit('/order', {service: 'app', groups_of: 'app', changes: text, repository: '', group: ['canary']});
	t.is(posted.status, 303);
	t.regex(posted.location ?? '', /&group=canary$/);
	const {html} = await open(posted.location ?? '');
	t.regex(html, /to be added, since it is not live on canary/);
	t.regex(html, /judged for canary alone/);
	t.regex(html, /signalbox order --service app --group canary a1b2c3d b1b2c3d4/);
	t.regex(html, /value="canary" checked>/);
	t.regex(html, /value="test">/);
	t.false(html.includes('not live on test'));
});

test('all boxes ticked say no more than none, and boxes of another service do not count', async t => {
	const {open, submit} = browse((await serviceUnderTest(t)).url);
	await open('/order');
	const all = {service: 'app', groups_of: 'app', changes: 'b1b2c3d', repository: '', group: ['test', 'canary', 'default']};
	t.is((await submit('/order', all)).location, '/order?service=app&changes=b1b2c3d');
	t.is((await submit('/order', {...all, groups_of: 'other', group: ['east']})).location, '/order?service=app&changes=b1b2c3d');
	const wrong = await open('/order?service=app&changes=b1b2c3d&group=canari');
	t.is(wrong.status, 404);
	t.regex(wrong.html, /has no group &quot;canari&quot;\. Did you mean canary\?/);
	t.true(wrong.html.includes('>b1b2c3d</textarea>'));
});

test('planning records nothing', async t => {
	const service = await serviceUnderTest(t);
	const {open, submit} = browse(service.url);
	await open('/order');
	await submit('/order', {service: 'app', changes: `${log}${'\n'.repeat(2000)}`});
	t.deepEqual(await service.events(), []);
	t.deepEqual(service.logged, []);
});
