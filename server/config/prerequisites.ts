/** Things outside git that changes of a service may need (a filled table, an applied network policy), as they are written in the configuration. */
import {resolve} from 'node:path';
import type {PrerequisiteConfig, PrerequisiteProbe} from '../config.ts';
import {checkName, knownGroups} from './names.ts';
import {duration, entries, fields, isWritten, neededText, type Place, textOrNull, wholeNumber} from './place.ts';

const prerequisitesMax = 50;
const dayMs = 86_400_000;
const groupMark = '{group}';

/** An address of http or https without name and password. `{group}` in it stands for the name of the group. */
function readUrl(place: Place, hasGroups: boolean): string {
	const written = neededText(place);
	if (written === '') return '';
	const tried = written.replaceAll(groupMark, 'group');
	const url = URL.canParse(tried) ? new URL(tried) : null;
	if (url === null || !['http:', 'https:'].includes(url.protocol))
		place.complain(place.path, `«url» must be an address such as https://tables.example/ready, not «${written.slice(0, 60)}»`);
	else if (url.username !== '' || url.password !== '')
		place.complain(place.path, '«url» holds a name or password, which must not stand here');
	else if (written.includes(groupMark) && !hasGroups)
		place.complain(place.path, '«url» has {group} in it, and the prerequisite names no «groups»');
	else return written;
	return '';
}

function readProbe(place: Place, folder: string, hasGroups: boolean): PrerequisiteProbe {
	const at = fields(place, ['url', 'expect', 'ca_file', 'timeout']);
	const expectAt = fields(at('expect'), ['status', 'contains']);
	const caFile = textOrNull(at('ca_file'));
	return {
		url: readUrl(at('url'), hasGroups),
		status: wholeNumber(expectAt('status'), 200, 100, 599),
		contains: textOrNull(expectAt('contains')),
		caFile: caFile === null ? null : resolve(folder, caFile),
		timeoutMs: duration(at('timeout'), 2000, 100, 10_000),
	};
}

function readOne(place: Place, folder: string, groups: readonly string[]): PrerequisiteConfig {
	const name = String(place.path.at(-1));
	checkName(place, name, 'prerequisite');
	const at = fields(place, ['text', 'groups', 'probe', 'valid_for']);
	const own = isWritten(at('groups')) ? (at('groups').value === 'each' ? groups : knownGroups(at('groups'), groups)) : null;
	const probe = isWritten(at('probe')) ? readProbe(at('probe'), folder, own !== null) : null;
	if (probe !== null && isWritten(at('valid_for')))
		place.complain([...place.path, 'valid_for'], '«valid_for» is for what people tick; a probe is asked each time');
	return {
		...{name, text: neededText(at('text')), groups: own, probe},
		validForMs: isWritten(at('valid_for')) ? duration(at('valid_for'), 30 * dayMs, 60_000, 3660 * dayMs) : null,
	};
}

/** Reads `prerequisites` of a service; `folder` is where relative paths begin. */
export const readPrerequisites = (place: Place, folder: string, groups: readonly string[]): PrerequisiteConfig[] =>
	entries(place, prerequisitesMax).map(entry => readOne(entry, folder, groups));
