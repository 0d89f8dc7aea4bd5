/** What a hook runs: bundled to one file, `signalbox-check.cjs`. */
import {AppError, statusOf} from '../app-error.ts';
import type {Embedded} from '../commands/check.ts';
import {type CheckOptions, runCheck} from './check.ts';
import type {Settings} from './config.ts';
import {httpTransport} from './http.ts';
import {processIo} from './process-io.ts';

/** The full command's module, where this file comes with one: it alone can work on an embedded store. */
const full = process.env['SIGNALBOX_FULL_CHECK'];
// It is meant for us, and not for what we start.
delete process.env['SIGNALBOX_FULL_CHECK'];

type FullCheck = {openEmbedded(settings: Pick<Settings, 'file'>): Promise<Embedded>};

/** The full command has classes of its own: its refusals must become ours to be told as refusals. */
function ours(error: unknown): unknown {
	if (!(error instanceof Error) || error.name !== 'AppError' || !('code' in error)) return error;
	const code = (Object.keys(statusOf) as (keyof typeof statusOf)[]).find(each => each === error.code);
	const problems = 'problems' in error && Array.isArray(error.problems) ? error.problems.map(String) : [];
	return new AppError(code ?? 'invalid', error.message, problems);
}

const opened: Embedded[] = [];

/** Loads nothing of the full command before a configuration asks for it. */
const options: CheckOptions =
	full === undefined
		? {}
		: {
				async transport(settings) {
					if (settings.url !== null) return httpTransport(settings.url, settings.token);
					const {openEmbedded}: FullCheck = await import(full);
					const embedded = await openEmbedded(settings).catch((error: unknown) => Promise.reject(ours(error)));
					opened.push(embedded);
					return httpTransport(embedded.url, {value: embedded.token});
				},
			};

// Everything was written when the promise settles, so nothing that still runs (a slow git, a socket) may keep the caller waiting.
void runCheck(process.argv.slice(2), processIo(), options).then(async code => {
	for (const {close} of opened) await close();
	process.exit(code);
});
