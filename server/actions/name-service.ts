import {nearest} from '../../gate/nearest.ts';
import {AppError} from '../app-error.ts';
import type {Config, ServiceConfig, StageConfig} from '../config.ts';

const listed = (words: readonly string[]): string => (words.length === 0 ? 'none' : words.join(', '));
const hint = (word: string, words: readonly string[]): string => {
	const near = nearest(word, words);
	return near === null ? '' : ` Did you mean ${near}?`;
};

/** The service of that name, or a sentence that lists those there are. */
export function nameService(config: Config, name: string): ServiceConfig {
	const found = config.services.get(name);
	if (found) return found;
	const names = [...config.services.keys()];
	const where =
		config.file === null
			? 'No configuration file was found, so no service is known; write signalbox.yaml.'
			: `${config.file} has: ${listed(names)}.`;
	throw new AppError('not-found', `There is no service ${JSON.stringify(name)}.${hint(name, names)} ${where}`);
}

/** The stage of that name, or a sentence that lists those there are. */
export function nameStage(service: ServiceConfig, name: string): StageConfig {
	const found = service.stages.find(stage => stage.name === name);
	if (found) return found;
	const names = service.stages.map(stage => stage.name);
	throw new AppError(
		'not-found',
		`Service ${service.name} has no stage ${JSON.stringify(name)}.${hint(name, names)} Its stages are: ${listed(names)}.`,
	);
}

/** The groups of those names, in the service's own order, each once; all of them where none is named. */
export function nameGroups(service: ServiceConfig, names: readonly string[]): readonly string[] {
	const wrong = names.find(name => !service.groups.includes(name));
	if (wrong !== undefined)
		throw new AppError(
			'not-found',
			`Service ${service.name} has no group ${JSON.stringify(wrong)}.${hint(wrong, service.groups)} Its groups are: ${listed(service.groups)}.`,
		);
	return names.length === 0 ? service.groups : service.groups.filter(group => names.includes(group));
}
