/** The steps of a story: each is one verb with what it needs. */
import {isMap, kindOf} from '../../gate/limits.ts';
import {suggestion} from '../../gate/nearest.ts';
import {eventKinds} from '../../reports/events.ts';
import {momentKeys} from '../../reports/moments.ts';
import {
	choice,
	entryOf,
	fields,
	flag,
	isWritten,
	items,
	neededText,
	type Place,
	text,
	textOrNull,
	texts,
	wholeNumber,
} from '../config/place.ts';
import type {ServiceConfig} from '../config.ts';
import {hosts, need, nothingExpected, number, said, textMap} from './read-values.ts';
import type {Action, Expectation, Pick, Step} from './story.ts';

const stepsMax = 500;

/** What steps may refer to. */
export type StepContext = {
	readonly service: ServiceConfig;
	readonly commits: ReadonlySet<string>;
	readonly repositories: readonly string[];
	readonly lineOf: (path: Place['path']) => number;
};

type Read = (place: Place, context: StepContext) => Action;

const commitNamed = (place: Place, name: string, {commits}: StepContext): string => {
	if (name !== '' && !commits.has(name))
		place.complain(place.path, `there is no commit «${name.slice(0, 60)}» in the story${suggestion(name, [...commits])}`);
	return name;
};

const armsOf = ({hosts: {canaries, baseline}}: ServiceConfig) => ({canaries, baseline, all: [...canaries, ...baseline]});

function readExpectation(place: Place): Expectation {
	if (!isWritten(place)) return nothingExpected;
	const at = fields(place, ['exit', 'says', 'says_not', 'within']);
	return {
		exit: isWritten(at('exit')) ? wholeNumber(at('exit'), 0, 0, 255) : null,
		...{says: said(at('says')), saysNot: said(at('says_not')), withinSeconds: number(at('within'), null, 0.1, 86_400)},
	};
}

function readPick(place: Place, context: StepContext): Pick {
	if (typeof place.value === 'string') return {commit: commitNamed(place, place.value, context), footers: {}};
	const at = fields(place, ['commit', 'footers']);
	return {commit: commitNamed(at('commit'), neededText(at('commit')), context), footers: textMap(at('footers'), 20)};
}

const readCheckout: Read = (place, context) => {
	const at = fields(place, ['from', 'picks']);
	return {
		do: 'checkout',
		from: choice(at('from'), ['start', 'head'], 'head') ?? 'head',
		picks: items(at('picks'), 100).map(item => readPick(item, context)),
	};
};

const readCheck: Read = (place, context) => {
	const at = fields(place, ['stage', 'hosts', 'changes', 'force', 'rollback', 'deadline', 'expect']);
	const {service} = context;
	const stage = neededText(at('stage'));
	const stages = service.stages.map(({name}) => name);
	if (stage !== '' && !stages.includes(stage))
		place.complain(at('stage').path, `there is no stage «${stage.slice(0, 60)}»${suggestion(stage, stages)}`);
	if (!isWritten(at('hosts')) && service.deployHost === null)
		place.complain(place.path, 'the service has no deploy_host, so «hosts» must say which hosts ask');
	const asking = isWritten(at('hosts'))
		? hosts(at('hosts'), {...armsOf(service), ...(service.deployHost === null ? {} : {deploy_host: [service.deployHost]})})
		: [service.deployHost ?? ''];
	if (asking.length > 20) place.complain(at('hosts').path, `${asking.length} hosts ask at once; at most 20 can here`);
	return {
		...{do: 'check', stage, hosts: asking, force: textOrNull(at('force')), rollback: flag(at('rollback'), false)},
		changes: texts(at('changes'), 100).map(name => commitNamed(at('changes'), name, context)),
		...{deadlineSeconds: wholeNumber(at('deadline'), 110, 2, 3600), expect: readExpectation(at('expect'))},
	};
};

const readDeployTo: Read = (place, context) => {
	const arms = armsOf(context.service);
	const isShort = typeof place.value === 'string' || Array.isArray(place.value);
	const at = isShort ? () => ({...place, value: undefined}) : fields(place, ['hosts', 'repositories']);
	const named = isShort ? place : at('hosts');
	need(named, 'which hosts get the code: canaries, all, or names');
	const repositories = texts(at('repositories'), 100);
	for (const name of repositories.filter(one => !context.repositories.includes(one)))
		place.complain(at('repositories').path, `there is no repository «${name.slice(0, 60)}»${suggestion(name, context.repositories)}`);
	return {do: 'deploy_to', hosts: hosts(named, arms), repositories: repositories.length > 0 ? repositories : context.repositories};
};

const readTakeBack: Read = (place, {service}) => {
	const at = fields(place, ['reason', 'how', 'expect']);
	const how = choice(at('how'), ['plan', 'run', 'say'], null) ?? 'plan';
	const args = ['--service', service.name, '--reason', neededText(at('reason')), ...(how === 'say' ? [] : [`--${how}`])];
	return {do: 'command', name: 'rollback', args, expect: readExpectation(at('expect'))};
};

const readAllow: Read = (place, {service}) => {
	const at = fields(place, ['rule', 'for', 'reason', 'expect']);
	const rule = textOrNull(at('rule'));
	const args = [
		'--service',
		service.name,
		'--for',
		text(at('for'), '30m'),
		'--reason',
		neededText(at('reason')),
		...(rule === null ? [] : ['--rule', rule]),
	];
	return {do: 'command', name: 'allow', args, expect: readExpectation(at('expect'))};
};

const readRecord: Read = (place, {service}) => {
	const at = fields(place, ['text', 'kind', 'expect']);
	const kind = text(at('kind'), 'note');
	if (!eventKinds.some(known => known === kind))
		place.complain(at('kind').path, `there is no kind «${kind.slice(0, 60)}»${suggestion(kind, eventKinds)}`);
	// The command would take the machine's time; the story has its own.
	const args = [neededText(at('text')), '--service', service.name, '--kind', kind, '--at', '{now}'];
	return {do: 'command', name: 'record', args, expect: readExpectation(at('expect'))};
};

const readRun: Read = place => {
	const at = fields(place, ['command', 'args', 'expect']);
	const name =
		choice(at('command'), ['order', 'finish', 'doctor', 'verify', 'watch', 'report', 'allow', 'record', 'rollback'], null) ?? 'doctor';
	return {do: 'command', name, args: items(at('args'), 50).map(neededText), expect: readExpectation(at('expect'))};
};

const readWait: Read = (place, context) => {
	if (typeof place.value === 'number') return {do: 'wait', seconds: number(place, 1, 0.1, 7200)};
	const at = fields(place, ['event', 'says', 'at_most']);
	const event = neededText(at('event'));
	if (event !== '' && !eventKinds.some(known => known === event))
		context.service &&
			place.complain(at('event').path, `there is no kind of event «${event.slice(0, 60)}»${suggestion(event, eventKinds)}`);
	return {do: 'wait_for', event, says: said(at('says')), atMostSeconds: number(at('at_most'), 300, 1, 7200)};
};

const readReport: Read = place => {
	const at = fields(place, ['moments', 'says', 'says_not']);
	const moments = texts(at('moments'), 50);
	for (const name of moments.filter(one => !momentKeys.some(known => known === one)))
		place.complain(at('moments').path, `there is no moment «${name.slice(0, 60)}»${suggestion(name, momentKeys)}`);
	return {do: 'report', moments, says: said(at('says')), saysNot: said(at('says_not'))};
};

const readBoard: Read = place => {
	const at = fields(place, ['says', 'says_not']);
	return {do: 'board', says: said(at('says')), saysNot: said(at('says_not'))};
};

const verbs: Readonly<Record<string, Read>> = {
	...{say: place => ({do: 'say', text: neededText(place)}), checkout: readCheckout, check: readCheck, deploy_to: readDeployTo},
	...{take_back: readTakeBack, allow: readAllow, record: readRecord, run: readRun, wait: readWait, report: readReport, board: readBoard},
	announce: place => ({do: 'announce', line: neededText(place)}),
};

function readStep(place: Place, context: StepContext): Step[] {
	const names = Object.keys(verbs);
	if (!isMap(place.value)) {
		place.complain(place.path, `a step is one verb and what it needs, such as «check: {stage: before}», not ${kindOf(place.value)}`);
		return [];
	}
	const [name = '', ...more] = Object.keys(place.value);
	const read = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
	if (!read) place.complain([...place.path, name], `there is no step «${name.slice(0, 60)}»${suggestion(name, names)}`);
	for (const other of more) place.complain([...place.path, other], `a step has one verb; begin a new step for «${other.slice(0, 60)}»`);
	if (!read) return [];
	const inner = entryOf(place, name, place.value[name]);
	return [{line: context.lineOf(place.path), action: read(inner, context)}];
}

/** A list of maps with one key each. */
export function readSteps(place: Place, context: StepContext): Step[] {
	if (!isWritten(place)) need(place, 'what happens, one verb after another');
	return items(place, stepsMax).flatMap(item => readStep(item, context));
}
