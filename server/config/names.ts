/** Names that people choose in a configuration, and references to them. */
import {suggestion} from '../../gate/nearest.ts';
import {type Place, texts} from './place.ts';

export const namesMax = 100;

/** Complains of a name that could not stand in a command line, an address or a file name. */
export function checkName(place: Place, name: string, what: string): void {
	if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name))
		place.complain(
			place.path,
			`«${name.slice(0, 60)}» cannot be the name of a ${what}: it takes letters, digits, dots, _ and -, 64 at most, a letter or digit first`,
		);
}

/** A list of groups of the service; others are complained of. */
export function knownGroups(place: Place, groups: readonly string[]): string[] {
	const named = texts(place, namesMax);
	for (const name of named) {
		if (!groups.includes(name)) place.complain(place.path, `there is no group «${name.slice(0, 60)}»${suggestion(name, groups)}`);
	}
	return named;
}
