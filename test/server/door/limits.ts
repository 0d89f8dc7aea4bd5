/** How often one may ask; and that a fleet is never kept from the gate. */
import test from 'ava';
import {usualLimits} from '../../../server/door/limits.ts';
import {question, serviceUnderTest, usualService} from '../../helpers/service.ts';
import {formHeaders, serveApp, signedIn, tokenHeader, visitor} from '../../helpers/visitor.ts';

const config = {sign_in: {proxy: {from: ['127.0.0.1']}}, services: {app: usualService}};
const post = {method: 'POST', headers: formHeaders, body: ''};

test('attempts to sign in are counted by address: the one behind the proxy that is believed', async t => {
	const {deps} = await serviceUnderTest(t, {config});
	const url = await serveApp(t, deps, {limits: {...usualLimits, signIns: 5}});
	const attempt = (address: string) =>
		visitor(url, {'x-forwarded-for': address}).ask(`/sign-in/${'A'.repeat(43)}`, {...post, headers: {accept: 'text/html', ...formHeaders}});
	for (let tries = 0; tries < 5; tries += 1) t.is((await attempt('10.0.0.7')).status, 404);
	const refused = await attempt('10.0.0.7');
	t.is(refused.status, 429);
	t.is(refused.headers['retry-after'], '60');
	t.regex(refused.text, /Too many attempts to sign in from this address/);
	t.is((await attempt('1.2.3.4, 10.0.0.7')).status, 429, 'what stands before the last hop, anybody wrote');
	t.is((await attempt('10.0.0.8')).status, 404);
});

test('an address that nobody vouches for cannot be made up', async t => {
	const {deps} = await serviceUnderTest(t, {config: {sign_in: {}, services: {app: usualService}}});
	const url = await serveApp(t, deps, {limits: {...usualLimits, strangers: 5}});
	const statuses = [];
	for (let tries = 0; tries < 8; tries += 1)
		statuses.push((await visitor(url, {'x-forwarded-for': `10.0.0.${tries}`}).ask('/api/v1/deploys')).status);
	t.deepEqual(statuses, [401, 401, 401, 401, 401, 429, 429, 429]);
	const bad = await visitor(url, {authorization: 'Bearer wrong'}).ask('/api/v1/deploys');
	t.is(bad.status, 429, 'tokens that are tried count too');
	t.regex(String(bad.headers['content-type']), /^application\/problem\+json/);
	t.is(JSON.parse(bad.text).status, 429);
	t.is(
		(await visitor(url, await tokenHeader(deps, 'good', 'viewer')).ask('/api/v1/deploys')).status,
		200,
		'and whoever is known is not kept out by them',
	);
});

test('writes and pages are counted by caller, and the gate is not', async t => {
	const {deps} = await serviceUnderTest(t, {config: {sign_in: {}, services: {app: usualService}}});
	const url = await serveApp(t, deps, {limits: {...usualLimits, writes: 3, pages: 6, strangers: 3}});
	const riley = await signedIn(t, {deps, url}, 'Riley', 'admin');
	const csrf = await riley.csrf();
	const write = () => riley.ask('/people', {method: 'POST', headers: {accept: 'text/html', ...formHeaders}, body: `csrf=${csrf}`});
	t.deepEqual([(await write()).status, (await write()).status, (await write()).status, (await write()).status], [422, 422, 422, 429]);
	const sam = await signedIn(t, {deps, url}, 'Sam', 'admin');
	const pages = [];
	for (let tries = 0; tries < 8; tries += 1) pages.push((await sam.ask('/')).status);
	t.deepEqual(pages, [200, 200, 200, 200, 200, 200, 429, 429]);
	t.is((await riley.ask('/')).status, 200);
	const fleet = visitor(url, await tokenHeader(deps, 'fleet', 'deployer'));
	const asked = await Promise.all(
		Array.from({length: 40}, (_, index) =>
			fleet.ask('/api/v1/checks', {
				method: 'POST',
				headers: {'content-type': 'application/json'},
				body: JSON.stringify(question('before', {host: `h${index}`})),
			}),
		),
	);
	t.true(asked.every(({status}) => status === 200));
	const shutOut = await Promise.all(
		Array.from({length: 20}, () =>
			visitor(url, {authorization: 'Bearer wrong'}).ask('/api/v1/checks', {
				method: 'POST',
				headers: {'content-type': 'application/json'},
				body: '{}',
			}),
		),
	);
	t.true(
		shutOut.every(({status}) => status === 401),
		'a fleet with a token that was revoked is told so, each host of it',
	);
});
