/** What belongs to taking a service back, as it is written in the configuration. */
import type {RollbackConfig} from '../config.ts';
import {knownGroups} from './names.ts';
import {fields, items, neededText, type Place, text, texts} from './place.ts';

const commandsMax = 50;

export function readRollback(place: Place, groups: readonly string[]): RollbackConfig {
	const at = fields(place, ['commands', 'side_effects', 'moves_too']);
	return {
		commands: texts(at('commands'), commandsMax),
		sideEffects: texts(at('side_effects'), commandsMax),
		movesToo: items(at('moves_too'), commandsMax).map(item => {
			const field = fields(item, ['group', 'also', 'text']);
			const group = neededText(field('group'));
			if (group !== '') knownGroups({...field('group'), value: [group]}, groups);
			const also = texts(field('also'), commandsMax);
			if (also.length === 0) item.complain(item.path, '«also» must name what moves too: groups of the service, or anything else');
			return {group, also, text: text(field('text'), '')};
		}),
	};
}
