/** Secrets come from files that the configuration names, never from the configuration itself. */
import {readTextFile} from './load.ts';

const secretBytesMax = 64 * 1024;

/** What stands in the file, without the line's end that an editor adds. Throws AppError `invalid` where it cannot be read or is empty. */
export const readSecret = (path: string, name: string): string => readTextFile(path, name, secretBytesMax).trimEnd();
