import {readdirSync} from 'node:fs';
import {dirname} from 'node:path';
import {fileURLToPath} from 'node:url';

/** The folder of the stories that come with the package: the same from source and from a build. */
export const storiesFolder = (): string => dirname(fileURLToPath(import.meta.resolve('#stories/any.yaml')));

/** Names of the stories that come with the package, in order. */
export const storyNames = (): string[] =>
	readdirSync(storiesFolder())
		.filter(file => file.endsWith('.yaml'))
		.map(file => file.slice(0, -'.yaml'.length))
		.sort();
