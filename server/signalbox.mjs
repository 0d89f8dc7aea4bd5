#!/usr/bin/env node
// The `signalbox` command. `check` is what hooks run, so it takes the small bundle, which loads the rest only for `store: embedded`.
import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';

const built = name => new URL(`../dist/${name}`, import.meta.url);
if (!existsSync(built('server/cli.js'))) {
	process.stderr.write('signalbox: not built yet; run `npm run build` in the checkout first.\n');
	process.exit(2);
}
if (process.argv[2] === 'check') {
	process.env.SIGNALBOX_FULL_CHECK = built('server/commands/check.js').href;
	createRequire(import.meta.url)(fileURLToPath(built('signalbox-check.cjs')));
} else await import('../dist/server/cli.js');
