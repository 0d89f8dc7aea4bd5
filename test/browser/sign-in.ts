/** Coming in with a real browser: its own cookies, its own Origin, its own idea of where a form may go. */
import {fits, inBrowser, pageUnderTest, troublesOf, violations} from '../helpers/browser.ts';
import {serviceUnderTest, usualService} from '../helpers/service.ts';
import {linkFor, tokenHeader} from '../helpers/visitor.ts';

const config = {sign_in: {links: true}, services: {app: usualService, other: usualService}};

inBrowser('somebody opens their link, comes in, invites somebody, makes a token, and goes out again', async t => {
	const {deps, url} = await serviceUnderTest(t, {config});
	const page = await pageUnderTest(t, `${url}/people`);
	t.is(new URL(page.url()).pathname, '/sign-in');
	await page.getByLabel('Your sign-in link').fill(`${url}/sign-in/${await linkFor(deps, 'Riley Deployer', 'admin')}`);
	await page.getByRole('button', {name: 'Open it'}).click();
	await page.getByRole('button', {name: 'Sign in as Riley Deployer'}).click();
	t.is(new URL(page.url()).pathname, '/people', 'back where they wanted to go');
	await page.getByLabel('Name, as it stands in the timeline').fill('Sam');
	await page.getByRole('button', {name: 'Invite'}).click();
	t.regex((await page.locator('.made-once').textContent()) ?? '', /The sign-in link of Sam\s+http:\/\/\S+\/sign-in\/[\w-]{43}/);
	await page.getByLabel('Name: whose it is').fill('fleet');
	await page.getByLabel('other').check();
	await page.getByLabel('app').check();
	await page.getByRole('button', {name: 'Make it'}).click();
	t.regex((await page.locator('.made-once').textContent()) ?? '', /sbx_[0-9a-f]{10}_[\w-]{43}/);
	t.regex((await page.locator('main').textContent()) ?? '', /app, other/);
	await page.getByRole('button', {name: 'Sign out'}).click();
	t.is(new URL(page.url()).pathname, '/sign-in');
	await page.goto(`${url}/people`);
	t.is(new URL(page.url()).pathname, '/sign-in');
	t.deepEqual(troublesOf(page), []);
});

inBrowser('a session that ends in the middle of a form: a link in another tab, and one more look, and it is sent', async t => {
	const {deps, url, clock} = await serviceUnderTest(t, {config});
	const page = await pageUnderTest(t, `${url}/sign-in/${await linkFor(deps, 'Riley', 'admin')}`);
	await page.getByRole('button', {name: 'Sign in as Riley'}).click();
	await page.goto(`${url}/people`);
	await page.getByLabel('Name, as it stands in the timeline').fill('Sam “the <i>long</i>” O’Neil');
	clock.push(31 * 86_400_000);
	await page.getByRole('button', {name: 'Invite'}).click();
	t.regex((await page.locator('h1').textContent()) ?? '', /nobody is signed in here any more/);
	t.is(await page.getByLabel('name').inputValue(), 'Sam “the <i>long</i>” O’Neil');
	t.deepEqual(await violations(page), []);
	const tab = await page.context().newPage();
	await tab.goto(`${url}/sign-in/${await linkFor(deps, 'Riley', null)}`);
	await tab.getByRole('button', {name: 'Sign in as Riley'}).click();
	await page.getByRole('button', {name: 'Send again'}).click();
	t.regex((await page.locator('main').textContent()) ?? '', /it is sent as Riley/);
	await page.getByRole('button', {name: 'Send again'}).click();
	t.regex((await page.locator('.made-once').textContent()) ?? '', /The sign-in link of Sam “the <i>long<\/i>” O’Neil/);
});

for (const scheme of ['light', 'dark'] as const) {
	inBrowser(`the page People and the way in, ${scheme}: nothing for axe to find, nothing sideways`, async t => {
		const {deps, url} = await serviceUnderTest(t, {config});
		await tokenHeader(deps, 'a-token-with-a-rather-long-name-for-a-narrow-page', 'deployer', {services: ['app', 'other']});
		await linkFor(deps, 'Somebody With A Rather Long Name For A Narrow Page', 'viewer');
		for (const width of [1280, 768, 390]) {
			const link = await linkFor(deps, `Riley ${width}`, 'admin');
			const page = await pageUnderTest(t, `${url}/sign-in/${link}`, {width, scheme});
			const look = async (where: string) => {
				t.is(await fits(page), null, `${where}, ${width} px`);
				t.deepEqual(await violations(page), [], `${where}, ${width} px`);
			};
			await look('the link');
			await page.getByRole('button', {name: /^Sign in as/}).click();
			await page.goto(`${url}/people`);
			await look('People');
			t.deepEqual(troublesOf(page), []);
		}
	});
}

inBrowser('a page of another site can neither send a form nor be sent one', async t => {
	const {deps, url} = await serviceUnderTest(t, {config});
	const page = await pageUnderTest(t, `${url}/sign-in/${await linkFor(deps, 'Riley', 'admin')}`);
	await page.getByRole('button', {name: 'Sign in as Riley'}).click();
	// The same machine by its other name is another site, and the browser sends Lax cookies nowhere it should not.
	const elsewhere = url.replace('localhost', '127.0.0.1');
	t.not(elsewhere, url);
	await page.context().route(`${elsewhere}/evil`, route =>
		route.fulfill({
			contentType: 'text/html',
			body: `<form method="post" action="${url}/people"><input name="name" value="Mallory"><input name="role" value="admin"><button>Go</button></form>`,
		}),
	);
	await page.goto(`${elsewhere}/evil`);
	await page.getByRole('button', {name: 'Go'}).click();
	t.regex((await page.locator('main').textContent()) ?? '', /A page of another site may not write here/);
	t.is((await deps.database.read('people')).length, 1);
});
