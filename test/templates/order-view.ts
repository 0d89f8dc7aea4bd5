/** The planner's page with five changes and with fifty: small enough, and the drawing with the same in tables beside it. */
import test from 'ava';
import {orderGraphView} from '../../templates/order-view.ts';
import {plannerPage} from '../../templates/planner-page.ts';
import {render} from '../../templates/render.ts';
import {fiftyInput, plannerInput} from '../helpers/list-samples.ts';
import {explainedFifty, explainedFive} from '../helpers/order-samples.ts';

test('with fifty changes the page is under 100 KB, and says what it left out', t => {
	const html = render('pages/planner.hbs', plannerPage(fiftyInput));
	t.true(Buffer.byteLength(html) < 95_000, `${Buffer.byteLength(html)} bytes`);
	t.regex(html, /<ol class="steps steps-many">/);
	t.regex(html, /\d+ more: signalbox order prints them\./);
	t.regex(html, /<h2 id="steps">The order that comes nearest<\/h2>/);
});

test('the drawing of a few is made twice, and the second fits a phone', t => {
	const view = orderGraphView(explainedFive);
	const widthOf = (svg: string): number => Number(/ width="(\d+)"/.exec(svg)?.[1]);
	t.true(widthOf(view?.wide.html ?? '') <= 1136);
	t.true(widthOf(view?.narrow?.html ?? '') <= 358, 'a phone of 390 pixels, less the margins');
	t.is(orderGraphView(explainedFifty)?.narrow, null);
});

test('each mark that a drawing uses is defined in it, and no name is defined twice on a page', t => {
	const html = render('pages/planner.hbs', plannerPage(plannerInput));
	const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id ?? '');
	t.deepEqual(
		ids.filter((id, at) => ids.indexOf(id) !== at),
		[],
	);
	const used = [...html.matchAll(/<use href="#([^"]+)"/g)].map(([, id]) => id ?? '');
	t.true(used.length > 8);
	t.deepEqual(
		used.filter(id => !ids.includes(id)),
		[],
	);
});

test('the tables say of each link and each change what the drawing shows', t => {
	const view = orderGraphView(explainedFive);
	t.deepEqual(view?.groups, ['testwikis', 'group0', 'group1', 'group2']);
	t.deepEqual(
		view?.links.map(({first, second, kind, state}) => [first, second, kind, state]),
		[
			['mediawiki-config 9c4a7f0', 'mediawiki-config 5b2e8d1', 'needs', 'not kept'],
			['CirrusSearch aaf6372', 'WikimediaEvents c0fd944', 'only one owner', 'not kept'],
		],
	);
	const removal = view?.rows.find(({name}) => name === 'CirrusSearch aaf6372');
	t.deepEqual(
		removal?.cells.map(({text}) => text),
		['live since 2015-10-13 19:48:00', 'live since 2015-10-13 19:48:00', 'merged on master, not live', 'merged on master, not live'],
	);
});

test('of many groups one column says where a change is, and the same is said once', t => {
	const groups = Array.from({length: 9}, (_, index) => `dc${index}`);
	const many = {
		...explainedFive,
		nodes: explainedFive.nodes.map(node => ({
			...node,
			standings: groups.map((group, index) => ({group, state: index < 7 ? ('absent' as const) : ('live' as const), since: null, by: null})),
		})),
	};
	const view = orderGraphView(many);
	t.deepEqual(view?.groups, ['Where it is']);
	t.is(view?.rows.at(-1)?.cells[0]?.text, 'dc0, dc1, dc2 and 4 more: merged on master, not live; dc7, dc8: live');
});
