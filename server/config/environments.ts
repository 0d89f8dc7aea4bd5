/** The earlier environments of a service: other services of this installation, or groups of them, whose ledger says what was there. */
import {suggestion} from '../../gate/nearest.ts';
import type {EnvironmentConfig, ServiceConfig} from '../config.ts';
import {checkName, namesMax} from './names.ts';
import {entryOf, fields, items, neededText, type Place, texts} from './place.ts';

/** `[{name: beta, service: mediawiki-beta, groups: [deployment-prep]}]`; no groups are all of that service. */
export function readEnvironments(place: Place): EnvironmentConfig[] {
	const read = items(place, namesMax).map(item => {
		const at = fields(item, ['name', 'service', 'groups']);
		const name = neededText(at('name'));
		if (name !== '') checkName(at('name'), name, 'environment');
		return {name, service: neededText(at('service')), groups: texts(at('groups'), namesMax)};
	});
	for (const [index, {name}] of read.entries())
		if (read.findIndex(other => other.name === name) < index)
			place.complain([...place.path, index], `the environment «${name}» stands here twice`);
	return read;
}

/** Complains of an environment that names a service, or a group of it, which is not there; once all services are read. */
export function checkEnvironments(place: Place, services: ReadonlyMap<string, ServiceConfig>): void {
	for (const {name, environments} of services.values()) {
		for (const [index, {service, groups}] of environments.entries()) {
			const at = entryOf({...place, path: [...place.path, name, 'environments']}, index, null);
			const other = services.get(service);
			if (other === undefined) {
				if (service !== '')
					at.complain([...at.path, 'service'], `there is no service «${service.slice(0, 60)}»${suggestion(service, [...services.keys()])}`);
				continue;
			}
			for (const group of groups)
				if (!other.groups.includes(group))
					at.complain([...at.path, 'groups'], `${service} has no group «${group.slice(0, 60)}»${suggestion(group, other.groups)}`);
			if (service === name && groups.length === 0)
				at.complain(at.path, `an environment of ${name} itself needs «groups»: those that come first`);
		}
	}
}
