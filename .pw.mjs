import {chromium} from 'playwright-core';

const [, , url, out, w = '390', scheme = 'light', full = '1', media = 'screen'] = process.argv;
const b = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu']});
const c = await b.newContext({viewport: {width: +w, height: 900}, colorScheme: scheme});
const p = await c.newPage();
if (media === 'print') await p.emulateMedia({media: 'print'});
await p.goto(url);
const cl = (process.env.CLIP ?? '').split(',').map(Number);
await p.screenshot({
	path: out,
	fullPage: full === '1',
	...(cl.length === 4 ? {clip: {x: cl[0], y: cl[1], width: cl[2], height: cl[3]}} : {}),
});
if (media === 'print') await p.pdf({path: out.replace('.png', '.pdf'), format: 'A4'});
await b.close();
