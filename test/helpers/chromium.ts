/**
 * Where a real Chromium is: the system's, else the one inside the npm package, so that a machine with nothing but `npm ci` looks at pages
 * too. The package's is unpacked once per machine, with the libraries and fonts that it brings.
 */
import {execFileSync} from 'node:child_process';
import {accessSync, constants, existsSync, mkdtempSync, renameSync, rmSync, statSync} from 'node:fs';
import {tmpdir, userInfo} from 'node:os';
import path from 'node:path';
import {type Browser, chromium} from 'playwright-core';

type Candidate = {readonly file: string; readonly env: Readonly<Record<string, string>>};

const systemNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
/** The package's version: another one is unpacked beside it. */
const packaged = 'signalbox-chromium-141.0.0';
const unpackMs = 60_000;

function isRunnable(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return statSync(file).isFile();
	} catch {
		// What is not there cannot be started.
		return false;
	}
}

const system = (): readonly Candidate[] => {
	const named = process.env['CHROMIUM'];
	if (named !== undefined && named !== '') return [{file: named, env: {}}];
	const folders = (process.env['PATH'] ?? '').split(path.delimiter);
	const found = systemNames.flatMap(name => folders.map(folder => path.join(folder, name))).find(isRunnable);
	return found === undefined ? [] : [{file: found, env: {}}];
};

/** Unpacks into a folder of its own and moves it into place, so that nobody starts a browser that is half there. */
function unpack(folder: string): void {
	const half = mkdtempSync(path.join(tmpdir(), `${packaged}-`));
	const script = "import('@sparticuz/chromium').then(async all => void (await all.default.executablePath()))";
	// The second variable makes the package unpack its libraries as well, which a bare machine lacks.
	const env = {...process.env, TMPDIR: half, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x'};
	execFileSync(process.execPath, ['-e', script], {cwd: process.cwd(), env, timeout: unpackMs, stdio: 'pipe'});
	try {
		renameSync(half, folder);
	} catch (error) {
		rmSync(half, {recursive: true, force: true});
		// Another test was quicker.
		if (!existsSync(folder)) throw error;
	}
}

function fromPackage(): readonly Candidate[] {
	const {uid} = userInfo();
	const folder = path.join(tmpdir(), `${packaged}-of-${uid}`);
	if (!existsSync(folder)) unpack(folder);
	if (uid >= 0 && statSync(folder).uid !== uid) throw new Error(`${folder} is somebody else's`);
	const libraries = [path.join(folder, 'al2023', 'lib'), process.env['LD_LIBRARY_PATH'] ?? ''].filter(name => name !== '').join(':');
	const fonts = {FONTCONFIG_PATH: path.join(folder, 'fonts')};
	const file = path.join(folder, 'chromium');
	return [
		{file, env: {}},
		{file, env: {...fonts, LD_LIBRARY_PATH: libraries}},
	];
}

const switches = [
	...['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update'],
	...['--disable-sync', '--hide-scrollbars', '--font-render-hinting=none'],
	// Chromium's own sandbox does not start as root.
	...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

async function tryOne({file, env}: Candidate): Promise<Browser> {
	const ours = Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
	const browser = await chromium.launch({executablePath: file, args: switches, env: {...ours, ...env}, timeout: 30_000});
	try {
		// One that starts and cannot draw is none.
		const page = await browser.newPage();
		await page.setContent('<p>here</p>');
		await page.close();
		return browser;
	} catch (error) {
		await browser.close();
		throw error;
	}
}

/** Starts the first that starts, or says why none does. `SIGNALBOX_CHROMIUM=package` leaves the system's out. */
export async function startChromium(): Promise<Browser | {readonly missing: string}> {
	const problems: string[] = [];
	const kinds = process.env['SIGNALBOX_CHROMIUM'] === 'package' ? [fromPackage] : [system, fromPackage];
	for (const kind of kinds) {
		try {
			for (const candidate of kind()) {
				try {
					return await tryOne(candidate);
				} catch (error) {
					problems.push(`${candidate.file}: ${String(error).slice(0, 600)}`);
				}
			}
		} catch (error) {
			problems.push(String(error).slice(0, 600));
		}
	}
	return {missing: problems.join('\n') || 'there is no Chromium here'};
}
