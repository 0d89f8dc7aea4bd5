/** A page with every fault that the other tests look for: each is seen. */
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {ExecutionContext} from 'ava';
import {fits, inBrowser, pageUnderTest, troublesOf, violations} from '../helpers/browser.ts';

async function served(t: ExecutionContext, body: string): Promise<string> {
	const server = createServer((request, response) => {
		response.statusCode = request.url === '/' ? 200 : 404;
		response.setHeader('content-type', 'text/html');
		response.end(`<!doctype html><html lang="en"><head><title>T</title><link rel="icon" href="data:,"></head><body>${body}</body></html>`);
	});
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	t.teardown(() => server.close());
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const calm = '<main><h1>Calm</h1><p>Nothing is wrong here.</p></main>';

inBrowser('a page in order has no fault', async t => {
	const page = await pageUnderTest(t, await served(t, calm), {width: 390});
	t.is(await fits(page), null);
	t.deepEqual(await violations(page), []);
	t.deepEqual(troublesOf(page), []);
});

inBrowser('pale text and a nameless picture are seen', async t => {
	const page = await pageUnderTest(
		t,
		await served(t, `${calm}<p style="color: #ccc">pale</p><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">`),
	);
	const found = (await violations(page)).join('\n');
	t.regex(found, /color-contrast/);
	t.regex(found, /image-alt/);
});

inBrowser('what overflows is named', async t => {
	const page = await pageUnderTest(t, await served(t, `${calm}<div class="wide" style="width: 900px">wide</div>`), {width: 390});
	t.regex((await fits(page)) ?? '', /in 390: .*class="wide"/);
});

inBrowser('an error, a missing file and a request to elsewhere are told', async t => {
	const script = '<script>fetch("http://localhost:9/x").catch(() => {}); setTimeout(() => { throw new Error("broke") })</script>';
	const page = await pageUnderTest(t, await served(t, `${calm}<img alt="gone" src="/gone.png">${script}`));
	await page.waitForTimeout(300);
	const told = troublesOf(page).join('\n');
	t.regex(told, /script: broke/);
	t.regex(told, /404 for .*gone\.png/);
	t.regex(told, /asked elsewhere: http:\/\/localhost:9\/x/);
});

inBrowser('without JavaScript no script runs', async t => {
	const page = await pageUnderTest(t, await served(t, `${calm}<script>document.title = "ran"</script>`), {script: false});
	t.is(await page.title(), 'T');
});
