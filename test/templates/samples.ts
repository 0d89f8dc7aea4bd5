import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {boardPage} from '../../templates/board-page.ts';
import {render} from '../../templates/render.ts';
import type {Views} from '../../templates/views.ts';
import {boardInput, emptyBoard, samples} from '../helpers/view-samples.ts';

const names = Object.keys(samples) as (keyof Views)[];

/** What each view printed when it was last looked at; `UPDATE_SAMPLES=1` writes it anew, and the difference is reviewed like code. */
for (const name of names) {
	test(`${name} prints its sample`, t => {
		const kept = path.join(process.cwd(), 'test/fixtures/templates', name.replace(/\.hbs$/, '').replace(/^pages\/(.*)$/, 'pages/$1.html'));
		const printed = render(name, samples[name]);
		if (process.env['UPDATE_SAMPLES'] === '1') {
			mkdirSync(path.dirname(kept), {recursive: true});
			writeFileSync(kept, printed);
		}
		t.is(printed, readFileSync(kept, 'utf8'));
	});
}

test('every page, report and notice on disk is a view with a sample', t => {
	const onDisk = ['pages', 'reports', 'notices'].flatMap(folder =>
		readdirSync(path.join(process.cwd(), 'templates', folder))
			.filter(file => file.endsWith('.hbs'))
			.map(file => `${folder}/${file}`),
	);
	t.deepEqual(onDisk.toSorted(), [...names].toSorted());
});

test('a name that the view lacks is an error, not an empty place', t => {
	const {sentence: _sentence, ...lacking} = samples['pages/board.hbs'];
	t.throws(() => render('pages/board.hbs', lacking as Views['pages/board.hbs']), {any: true, message: /not defined/});
});

test('without a service the board teaches', t => {
	const html = render('pages/board.hbs', boardPage(emptyBoard));
	t.regex(html, /No service is configured yet/);
	t.regex(html, /signalbox replay/);
	t.notRegex(html, /http-equiv/);
});

test('the board reloads only while something moves', t => {
	t.regex(render('pages/board.hbs', boardPage(boardInput)), /<meta http-equiv="refresh" content="10">/);
	const quiet = boardPage({...boardInput, deploys: boardInput.deploys.filter(({outcome}) => outcome !== 'open')});
	t.notRegex(render('pages/board.hbs', quiet), /http-equiv/);
});

test('the board asks its four questions in order, and says what is worst first', t => {
	const html = render('pages/board.hbs', boardPage(boardInput));
	const places = ['on fire?', 'going out, and how far', 'signals be trusted', 'still owed'].map(text => html.indexOf(text));
	t.deepEqual(
		places,
		places.toSorted((a, b) => a - b),
	);
	t.false(places.includes(-1));
	const sentence = (difference: Partial<typeof boardInput>) => boardPage({...boardInput, broken: [], ...difference}).sentence.text;
	t.regex(sentence({broken: boardInput.broken}), /^WikimediaEvents c0fd944 is live on group1 and needs CirrusSearch aaf6372/);
	t.regex(sentence({}), /^Blind: mediawiki fatals/);
	t.regex(sentence({incidents: boardInput.incidents.map(incident => ({...incident, status: 'open' as const}))}), /^On fire: /);
	t.regex(sentence({signals: []}), /^Going out: ores ores-2c81/);
	t.regex(sentence({signals: [], deploys: boardInput.deploys.slice(1)}), /^All is quiet\. Last was mediawiki mw-7f3a, taken back/);
});
