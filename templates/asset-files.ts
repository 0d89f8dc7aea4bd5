/** The files that pages ask for: the stylesheet, the icon, the browser code. Each has a version, so that an upgrade is seen at once. */
import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

export type Asset = {readonly body: Buffer; readonly type: string; readonly version: string};

/** What the layout names. */
export type AssetLinks = {readonly style: string; readonly icon: string; readonly scripts: readonly string[]};

/** The modules that a page loads; what they import they ask for themselves. */
const entries = ['copies.js', 'live.js', 'times.js'] as const;

const types: Readonly<Record<string, string>> = {
	'.css': 'text/css; charset=utf-8',
	'.svg': 'image/svg+xml',
	'.js': 'text/javascript; charset=utf-8',
};

/** Where the stylesheet lies: in the source, since nothing is copied. */
export const assetsFolder = (): string => path.dirname(fileURLToPath(import.meta.resolve('#templates/assets/style.css')));

/** Where the compiler leaves the browser code: beside this file in `dist`. */
const scriptsFolder = (): string => fileURLToPath(new URL('assets', import.meta.url));

function read(folder: string, ending: RegExp): readonly (readonly [string, Asset])[] {
	if (!existsSync(folder)) return [];
	return readdirSync(folder)
		.filter(name => ending.test(name))
		.toSorted()
		.map(name => {
			const text = readFileSync(path.join(folder, name), 'utf8');
			// The compiler indents by four spaces, a fifth of all it writes; no text in the browser code goes over several lines.
			const body = Buffer.from(name.endsWith('.js') ? text.replaceAll(/^ +/gm, '') : text);
			const version = createHash('sha256').update(body).digest('hex').slice(0, 12);
			return [name, {body, version, type: types[path.extname(name)] ?? 'application/octet-stream'}];
		});
}

let known: ReadonlyMap<string, Asset> | null = null;

/** Every file by its name, read once. */
export function assetFiles(): ReadonlyMap<string, Asset> {
	known ??= new Map([...read(assetsFolder(), /\.(?:css|svg)$/), ...read(scriptsFolder(), /\.js$/)]);
	return known;
}

/** Addresses with the version of what they name: what they answer never changes. */
export function assetLinks(): AssetLinks {
	const files = assetFiles();
	const link = (name: string) => `/assets/${name}?v=${files.get(name)?.version ?? ''}`;
	return {style: link('style.css'), icon: link('icon.svg'), scripts: entries.map(link)};
}

/** For a page that is kept as a file to compare with: a version would change it with every colour. */
export const plainLinks: AssetLinks = {
	style: '/assets/style.css',
	icon: '/assets/icon.svg',
	scripts: entries.map(name => `/assets/${name}`),
};
