/** Reads a story file strictly: every key that is wrong is named with its line and the nearest right one, all problems at once. */
import {isMap} from '../../gate/limits.ts';
import {suggestion} from '../../gate/nearest.ts';
import {type Policy, readPolicy} from '../../gate/policy.ts';
import {rules} from '../../gate/rules/all.ts';
import {logFileSignals} from '../config/describe-signal.ts';
import {policySentence} from '../config/load.ts';
import {entries, entryOf, fields, isWritten, items, neededText, type Place, text, textOrNull, texts, wholeNumber} from '../config/place.ts';
import {readService} from '../config/service.ts';
import type {ServiceConfig} from '../config.ts';
import {inputError, type Problem, parseYaml, sentencesOf} from '../yaml.ts';
import {readRepositories} from './read-repositories.ts';
import {readSteps} from './read-steps.ts';
import {hosts, moment, need, number, withHostsWrittenOut} from './read-values.ts';
import type {Condition, DeployTool, Fault, Story, Traffic} from './story.ts';

const nothingJudged: Policy = {unknown: 'blind', undecided: {default: 'hold', stages: {}}, rules: []};

function readPolicyAt(place: Place, stages: readonly string[]): Policy {
	if (typeof place.value === 'string') place.complain(place.path, 'the policy of a story is written in the story itself');
	const read = readPolicy(typeof place.value === 'string' ? null : place.value, rules, stages);
	if ('policy' in read) return read.policy;
	for (const problem of read.problems) place.complain([...place.path, ...problem.path], policySentence(problem));
	return nothingJudged;
}

type ReadServiceResult = {readonly service: ServiceConfig; readonly serviceText: Readonly<Record<string, unknown>>};

/** The service is written as in signalbox.yaml, but for its name and for its changes, which the story's repositories are. */
function readStoryService(place: Place, folder: string): ReadServiceResult {
	need(place, 'the service as signalbox.yaml has it, and its name');
	const {name: writtenName, ...body}: Record<string, unknown> = isMap(place.value) ? place.value : {};
	const name = neededText(entryOf(place, 'name', writtenName));
	if ('changes' in body) place.complain([...place.path, 'changes'], 'the changes of a story are its repositories; take «changes» out');
	const serviceText: Record<string, unknown> = {...body};
	if ('hosts' in body) serviceText['hosts'] = withHostsWrittenOut(body['hosts']);
	// The service's own reader takes the name from the end of the path; here it stands beside the rest.
	const complain: Place['complain'] = (path, what) => place.complain([...place.path, ...path.slice(1)], what);
	const service = readService({value: serviceText, path: [name], complain}, folder, readPolicyAt);
	if (service.signals.length === 0) place.complain(place.path, 'a story needs a signal, or its errors are seen by nobody');
	if (service.signals.some(({source}) => source !== 'log-file'))
		place.complain([...place.path, 'signals'], 'a story writes logs: its signals are read from log files');
	for (const {log, exposure} of logFileSignals(service.signals))
		for (const {path} of [log, ...(exposure ? [exposure] : [])])
			if (!path.startsWith(`${folder}/`))
				place.complain([...place.path, 'signals'], 'the logs of a story are written below its own folder: give them relative paths');
	return {service, serviceText};
}

function readCondition(place: Place, repositories: readonly string[]): Condition {
	const at = fields(place, ['repository', 'path', 'contains', 'not']);
	const repository = neededText(at('repository'));
	if (repository !== '' && !repositories.includes(repository))
		place.complain(at('repository').path, `there is no repository «${repository.slice(0, 60)}»${suggestion(repository, repositories)}`);
	return {repository, path: neededText(at('path')), contains: textOrNull(at('contains')), not: at('not').value === true};
}

function readFault(place: Place, service: ServiceConfig, repositories: readonly string[]): Fault {
	const at = fields(place, ['where', 'hosts', 'signal', 'message', 'share']);
	const where = items(at('where'), 20).map(item => readCondition(item, repositories));
	if (where.length === 0) place.complain(place.path, 'a fault needs «where»: what the code on a host must say for it to show');
	const signal = textOrNull(at('signal'));
	const signals = service.signals.map(({name}) => name);
	if (signal !== null && !signals.includes(signal))
		place.complain(at('signal').path, `there is no signal «${signal.slice(0, 60)}»${suggestion(signal, signals)}`);
	const {canaries, baseline} = service.hosts;
	return {
		...{name: String(place.path.at(-1)), where, signal, message: neededText(at('message'))},
		hosts: isWritten(at('hosts')) ? hosts(at('hosts'), {canaries, baseline, all: [...canaries, ...baseline]}) : null,
		share: number(at('share'), 1, 0, 1),
	};
}

function readTraffic(place: Place): Traffic {
	const keys = ['requests', 'error_share', 'error_messages', 'notices', 'notice_message', 'history', 'wiki', 'version', 'seed'] as const;
	const at = fields(place, keys);
	const messages = texts(at('error_messages'), 50);
	return {
		requestsPer10Seconds: number(at('requests'), 20, 0, 1000),
		errorShare: number(at('error_share'), 0.001, 0, 1),
		errorMessages: messages.length > 0 ? messages : ['Request timed out'],
		noticesPer10Seconds: number(at('notices'), 4, 0, 1000),
		noticeMessage: text(at('notice_message'), 'slow query'),
		historySeconds: number(at('history'), 300, 0, 3600),
		...{wiki: text(at('wiki'), 'main'), version: text(at('version'), '1.0'), seed: wholeNumber(at('seed'), 1, 0, 2 ** 31)},
	};
}

function readTool(place: Place, service: ServiceConfig): DeployTool | null {
	if (!isWritten(place)) return null;
	const at = fields(place, ['name', 'hosts', 'announces']);
	const name = neededText(at('name'));
	if (name !== '' && !/^[a-z][a-z0-9-]{0,39}$/.test(name))
		place.complain(at('name').path, `«${name.slice(0, 60)}» is no name of a command`);
	const {canaries, baseline} = service.hosts;
	const arms = {canaries, baseline, all: [...canaries, ...baseline]};
	return {name, hosts: isWritten(at('hosts')) ? hosts(at('hosts'), arms) : arms.all, announces: textOrNull(at('announces'))};
}

/** Reads a story; `folder` is where it will be played. Throws AppError `invalid` with every problem. */
export function readStory(content: string, file: string, folder: string): Story {
	const parsed = parseYaml(content, file);
	const problems: Problem[] = [];
	const complain: Place['complain'] = (path, what) => void problems.push({line: parsed.lineOf(path), text: what});
	const root: Place = {value: parsed.value, path: [], complain};
	const at = fields(root, ['name', 'title', 'start', 'speed', 'repositories', 'service', 'traffic', 'faults', 'tool', 'steps', 'shared']);
	need(at('start'), 'the time at which the story begins, such as "2026-03-02T09:30:00Z"');
	const repositories = readRepositories(at('repositories'));
	const names = repositories.map(({name}) => name);
	const {service, serviceText} = readStoryService(at('service'), folder);
	const commits = new Set(repositories.flatMap(repository => repository.commits.map(({id}) => id)));
	const story: Story = {
		...{file, name: neededText(at('name')), title: neededText(at('title')), start: moment(at('start'), '2000-01-01T00:00:00.000Z')},
		...{speed: number(at('speed'), 20, 0.1, 100), repositories, service, serviceText, traffic: readTraffic(at('traffic'))},
		faults: entries(at('faults'), 50).map(entry => readFault(entry, service, names)),
		tool: readTool(at('tool'), service),
		steps: readSteps(at('steps'), {service, commits, repositories: names, lineOf: parsed.lineOf}),
	};
	if (story.name !== '' && !/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(story.name))
		complain(['name'], `«${story.name.slice(0, 60)}» cannot be the name of a story`);
	if (problems.length > 0) throw inputError(file, sentencesOf(file, problems));
	return story;
}
