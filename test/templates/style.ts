import {readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {assetsFolder} from '../../templates/asset-files.ts';

const css = readFileSync(path.join(assetsFolder(), 'style.css'), 'utf8');

/** The colours of one scheme: those of `:root`, then those that dark changes. */
function colours(scheme: 'light' | 'dark'): ReadonlyMap<string, string> {
	const [light = '', dark = ''] = css.split('@media (prefers-color-scheme: dark)');
	const read = (text: string) => [
		...text.slice(0, text.indexOf('*::before') < 0 ? undefined : text.indexOf('*::before')).matchAll(/--([\w-]+): (#[\da-f]{6})/g),
	];
	return new Map([...read(light), ...(scheme === 'dark' ? read(dark) : [])].map(([, name = '', value = '']) => [name, value]));
}

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(hex: string): number {
	const [red = 0, green = 0, blue = 0] = [1, 3, 5]
		.map(start => Number.parseInt(hex.slice(start, start + 2), 16) / 255)
		.map(part => (part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
	const [low = 0, high = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
	return (high + 0.05) / (low + 0.05);
}

for (const scheme of ['light', 'dark'] as const) {
	test(`every ink reads on every ground it is used on, ${scheme}`, t => {
		const of = colours(scheme);
		const pair = (ink: string, ground: string) => {
			const ratio = contrast(of.get(ink) ?? '#000000', of.get(ground) ?? '#000000');
			t.true(ratio >= 4.5, `${ink} on ${ground}: ${ratio.toFixed(2)}`);
		};
		for (const ground of ['paper', 'sheet', 'code']) for (const ink of ['ink', 'soft', 'link']) pair(ink, ground);
		for (const meaning of ['good', 'watch', 'bad', 'unknown']) {
			for (const ground of ['paper', 'sheet', `${meaning}-wash`]) pair(meaning, ground);
			pair('sheet', meaning);
		}
		pair('paper', 'ink');
		for (const ground of ['paper', 'sheet']) {
			const ratio = contrast(of.get('edge') ?? '#000000', of.get(ground) ?? '#000000');
			t.true(ratio >= 3, `the edge of a control on ${ground}: ${ratio.toFixed(2)}`);
		}
	});
}

test('the stylesheet is small, asks for nothing from elsewhere and moves nothing', t => {
	t.true(Buffer.byteLength(css) < 30_000);
	t.notRegex(css, /url\(|@import|animation|keyframes|transition/);
});

test('five sizes and two weights', t => {
	const sizes = [...css.matchAll(/font-size: ([^;]+);/g)].map(([, size = '']) => size).filter(size => size.startsWith('var('));
	t.deepEqual([...new Set(sizes)].toSorted(), ['var(--body)', 'var(--head)', 'var(--lead)', 'var(--loud)', 'var(--small)']);
	const weights = [...css.matchAll(/font(?:-weight)?: (\d00|\d50)\b/g)].map(([, weight]) => weight);
	t.deepEqual([...new Set(weights)].toSorted(), ['400', '650']);
});
