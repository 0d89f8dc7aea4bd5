import {readdirSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

/** The folder of the stories that come with the package. */
export const storiesFolder = (): string => fileURLToPath(import.meta.resolve('#stories/'));

/** Names of the stories that come with the package, in order. */
export const storyNames = (): string[] =>
	readdirSync(storiesFolder())
		.filter(file => file.endsWith('.yaml'))
		.map(file => file.slice(0, -'.yaml'.length))
		.sort();
