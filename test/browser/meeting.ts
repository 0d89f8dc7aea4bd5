/** The post-mortem form in a real browser: filled without JavaScript by two people, and looked at as it stands then. */
import {fits, inBrowser, pageUnderTest, troublesOf, violations} from '../helpers/browser.ts';
import {meetingUnderTest} from '../helpers/meeting-world.ts';

inBrowser('two people fill the form, one without JavaScript, meet in one field, and put their texts together', async t => {
	const {url, path, incident} = await meetingUnderTest(t);
	const form = (page: {locator(selector: string): unknown}, field: string) =>
		(page as Awaited<ReturnType<typeof pageUnderTest>>).locator(`form[action="${path}/fields/${field}"]`);
	const one = await pageUnderTest(t, `${url}${path}`, {script: false});
	const two = await pageUnderTest(t, `${url}${path}`);
	// Both write before either saves: a form that nobody has begun to fill takes over what others saved.
	await form(two, 'introduced.beta').locator('textarea[name="text"]').fill('- Beta is no mirror of production');
	await form(one, 'introduced.beta').locator('textarea[name="text"]').fill('- Beta has both patches at once');
	await form(one, 'introduced.beta').getByRole('button').click();
	t.regex(one.url(), /done=introduced\.beta#field-introduced\.beta$/);
	t.regex((await one.locator('[id="field-introduced.beta"]').textContent()) ?? '', /Saved\..*Beta has both patches at once.*version 1/s);
	await form(two, 'introduced.beta').getByRole('button').click();
	t.is(await two.locator('h1').textContent(), 'Somebody else saved this field while you wrote.');
	t.regex((await two.locator('.sides').textContent()) ?? '', /Beta has both patches at once.*Beta is no mirror of production/s);
	t.deepEqual(await violations(two), []);
	await form(two, 'introduced.beta')
		.locator('textarea[name="text"]')
		.fill('- Beta has both patches at once\n- Beta is no mirror of production');
	await form(two, 'introduced.beta').getByRole('button').click();
	t.regex((await two.locator('[id="field-introduced.beta"]').textContent()) ?? '', /version 2/);
	await two.locator('#add-items').fill('(task T182731) greg/JR: reviews of extensions\n- greg: send a note (done)');
	await two.getByRole('button', {name: 'Add', exact: true}).click();
	await two.locator(`[id="item-${incident}-A1"] summary`).click();
	await two.locator(`[id="item-${incident}-A1"] input[name="due"]`).fill('2026-03-20');
	await two.locator(`[id="item-${incident}-A1"]`).getByRole('button', {name: 'Save'}).click();
	t.regex(
		(await two.locator(`[id="item-${incident}-A1"]`).textContent()) ?? '',
		/Agreed.*T182731.*greg\/JR, by 2026-03-20:.*reviews of extensions/s,
	);
	const report = await pageUnderTest(t, `${url}/incidents/${incident}`, {script: false});
	t.regex((await report.locator('main').textContent()) ?? '', /Beta has both patches at once.*From the data/s);
});

inBrowser(
	'what somebody types stays while others save, in the same field, in another, and where the question itself goes away',
	async t => {
		const {url, path, fill, api, post, incident, clock} = await meetingUnderTest(t);
		const page = await pageUnderTest(t, `${url}${path}`);
		const box = (field: string) => page.locator(`form[action="${path}/fields/${field}"] textarea[name="text"]`);
		await page.locator('[id="field-residue"] summary').click();
		await page.locator('[id="field-moment-rollback_done"] summary').click();
		const typed = {
			discovered: 'half a sen',
			residue: 'caches, unt',
			'moment-rollback_done': 'about ten, by the gr',
			'learned.avoided': 'by look',
		};
		for (const [field, text] of Object.entries(typed)) await box(field).fill(text);
		await page.locator('#add-items').fill('greg: half an it');
		await fill(`${path}/fields/discovered`, {text: 'somebody else was quicker'});
		await fill(`${path}/fields/residue`, {text: 'none'});
		await api('POST', '/action-items', {text: 'the first item of all', idempotencyKey: 'the-first-one'});
		const done = {kind: 'note', source: 'human', actor: {kind: 'person', name: 'Bob'}, text: 'all back', data: {moment: 'rollback_done'}};
		await post('/api/v1/events', {events: [{...done, happenedAt: clock.now(), incident, idempotencyKey: 'it-is-all-back'}]});
		await page.getByText('somebody else was quicker').first().waitFor();
		await page.getByText('the first item of all').first().waitFor();
		await page.locator('.evidence-title').first().waitFor();
		await page.waitForTimeout(3000);
		for (const [field, text] of Object.entries(typed)) t.is(await box(field).inputValue(), text, field);
		t.is(await page.locator('#add-items').inputValue(), 'greg: half an it');
		await page.locator(`form[action="${path}/fields/discovered"]`).getByRole('button').click();
		t.is(await page.locator('h1').textContent(), 'Somebody else saved this field while you wrote.');
		t.is(await box('discovered').inputValue(), 'half a sen');
	},
);

for (const scheme of ['light', 'dark'] as const)
	inBrowser(`a form with answers and action items has nothing for axe to find and fits, ${scheme}`, async t => {
		const {url, path, fill} = await meetingUnderTest(t);
		await fill(`${path}/fields/discovered`, {text: '# A heading\n\n- one should have seen it\n\n| a | b |\n|---|---|\n| 1 | 2 |'});
		await fill(`${path}/action-items`, {lines: '(task T1) greg/JR: reviews\n- greg: a note (done)\nnobody yet'});
		for (const width of [1280, 390]) {
			const page = await pageUnderTest(t, `${url}${path}`, {width, scheme});
			t.is(await fits(page), null, `${width} px`);
			t.deepEqual(await violations(page), [], `${width} px`);
			t.deepEqual(troublesOf(page), []);
			await page.context().close();
		}
	});
