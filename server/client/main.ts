/** What a hook runs: bundled to one file, `signalbox-check.cjs`. */
import {runCheck} from './check.ts';
import {processIo} from './process-io.ts';

// Everything was written when the promise settles, so nothing that still runs (a slow git, a socket) may keep the caller waiting.
void runCheck(process.argv.slice(2), processIo()).then(code => process.exit(code));
