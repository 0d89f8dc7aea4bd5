/** One service, as it is written in the configuration: its groups, stages, hosts and the rest, and what must fit together among them. */
import type {Policy} from '../../gate/policy.ts';
import type {ServiceConfig, StageConfig} from '../config.ts';
import {readChanges} from './changes.ts';
import {readEnvironments} from './environments.ts';
import {checkName, knownGroups, namesMax} from './names.ts';
import {entryOf, fields, flag, isWritten, items, neededText, type Place, textOrNull, texts, wholeNumber} from './place.ts';
import {readPrerequisites} from './prerequisites.ts';
import {readRollback} from './rollback.ts';
import {readSignals} from './signals.ts';

const hostsMax = 10_000;
const usualStages = ['before', 'testservers', 'canaries', 'production'];
const serviceKeys = [
	'groups',
	'stages',
	'deploy_host',
	'announced_as',
	'atomic',
	'changes',
	'hosts',
	'quorum',
	'signals',
	'prerequisites',
	'policy',
	'rollback',
	'environments',
] as const;

function readNames(place: Place, usual: readonly string[], what: string): readonly string[] {
	if (!isWritten(place)) return usual;
	const names = texts(place, namesMax);
	if (names.length === 0) place.complain(place.path, `a service needs at least one ${what}`);
	for (const name of names) checkName(place, name, what);
	return names;
}

function readStage(place: Place, groups: readonly string[]): StageConfig & {readonly said: boolean} {
	if (typeof place.value === 'string') return {name: neededText(place), groups: [], said: false};
	const at = fields(place, ['name', 'groups']);
	return {name: neededText(at('name')), groups: knownGroups(at('groups'), groups), said: isWritten(at('groups'))};
}

/** A stage reaches the groups that are written; without any it reaches none, but the last one reaches them all. */
function readStages(place: Place, groups: readonly string[]): StageConfig[] {
	const written = isWritten(place) ? place : {...place, value: usualStages};
	const stages = items(written, namesMax).map(item => readStage(item, groups));
	if (stages.length === 0) place.complain(place.path, 'a service needs at least one stage');
	for (const [index, {name}] of stages.entries()) {
		if (stages.findIndex(other => other.name === name) < index)
			place.complain([...place.path, index], `the stage «${name}» stands here twice`);
		if (name !== '') checkName(entryOf(place, index, name), name, 'stage');
	}
	return stages.map(({name, groups: reached, said}, index) => ({
		name,
		groups: said || index < stages.length - 1 ? reached : groups,
	}));
}

function readHosts(place: Place): ServiceConfig['hosts'] {
	const at = fields(place, ['canaries', 'baseline']);
	const seen = new Map<string, string>();
	const read = (arm: 'canaries' | 'baseline'): string[] =>
		items(at(arm), hostsMax).flatMap(item => {
			const host = textOrNull(item);
			if (host === null) return [];
			const first = seen.get(host.toLowerCase());
			if (!/^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,252}$/.test(host)) item.complain(item.path, `«${host.slice(0, 60)}» is no host name`);
			else if (first === arm) item.complain(item.path, `the host «${host}» stands here twice`);
			else if (first !== undefined)
				item.complain(item.path, `the host «${host}» is a canary already; a host on both sides would be compared with itself`);
			seen.set(host.toLowerCase(), first ?? arm);
			return [host];
		});
	return {canaries: read('canaries'), baseline: read('baseline')};
}

function readQuorum(place: Place, canaries: number): number {
	if (canaries > 0) return wholeNumber(place, canaries, 1, canaries);
	if (isWritten(place)) place.complain(place.path, '«quorum» counts canaries, and «hosts» names none');
	return 0;
}

/** Reads the policy of a service, which may stand in a file of its own. */
export type ReadServicePolicy = (place: Place, stages: readonly string[]) => Policy;

/** One entry of `services`; paths are relative to `folder`. */
export function readService(place: Place, folder: string, readPolicyAt: ReadServicePolicy): ServiceConfig {
	const name = String(place.path.at(-1));
	checkName(place, name, 'service');
	const at = fields(place, serviceKeys);
	const groups = readNames(at('groups'), ['production'], 'group');
	const stages = readStages(at('stages'), groups);
	const hosts = readHosts(at('hosts'));
	return {
		name,
		groups,
		stages,
		deployHost: textOrNull(at('deploy_host')),
		announcedAs: isWritten(at('announced_as')) ? texts(at('announced_as'), namesMax, {single: true}) : [name],
		atomic: flag(at('atomic'), false),
		changes: readChanges(at('changes'), folder, groups),
		hosts,
		quorum: readQuorum(at('quorum'), hosts.canaries.length),
		signals: readSignals(at('signals'), folder),
		prerequisites: readPrerequisites(at('prerequisites'), folder, groups),
		policy: readPolicyAt(
			at('policy'),
			stages.map(stage => stage.name),
		),
		rollback: readRollback(at('rollback'), groups),
		environments: readEnvironments(at('environments')),
	};
}
