/**
 * Things outside git, gathered: what people ticked, and what probes say. A probe is asked at gathering time alone, its answer is remembered
 * for a few seconds, and nobody waits for it longer than they can: it answers whoever asks next.
 */

import {durationText} from '../gate/duration.ts';
import type {Missing, Prerequisite} from '../gate/facts.ts';
import {type Deps, reading} from './actions/deps.ts';
import type {Config, PrerequisiteConfig, ServiceConfig} from './config.ts';
import {askProbe, type ProbeAnswer} from './integrations/prerequisite-probe.ts';
import type {Tick} from './stores/prerequisites.ts';

/** How long whoever reads a page, or asks about an order, waits for probes. */
export const usualProbeMs = 2000;
const rememberedMs = 10_000;

type Asked = {readonly at: string; readonly askedMs: number; readonly answer: Promise<ProbeAnswer>; settled: ProbeAnswer | null};
const memories = new WeakMap<Config, Map<string, Asked>>();

function memoryOf({config}: Deps): Map<string, Asked> {
	const known = memories.get(config) ?? new Map<string, Asked>();
	memories.set(config, known);
	return known;
}

/** The question that is being asked, or was a few seconds ago; asked now where it was not, unless nobody may wait. */
function askedOf(
	deps: Deps,
	key: string,
	probe: NonNullable<PrerequisiteConfig['probe']>,
	group: string | null,
	mayAsk: boolean,
): Asked | null {
	const memory = memoryOf(deps);
	const known = memory.get(key);
	const nowMs = deps.clock.monotonicMs();
	// One that is still out is waited for, rather than asked beside it.
	if (known && (known.settled === null || nowMs - known.askedMs < rememberedMs)) return known;
	if (!mayAsk) return null;
	const asked: Asked = {at: deps.clock.now(), askedMs: nowMs, answer: askProbe(probe, group), settled: null};
	void asked.answer.then(answer => {
		asked.settled = answer;
	});
	memory.set(key, asked);
	return asked;
}

const withinMs = async (deps: Deps, {answer, settled}: Asked, waitMs: number): Promise<ProbeAnswer> => {
	if (settled !== null) return settled;
	const abort = new AbortController();
	const late = deps.clock.sleep(waitMs, abort.signal).then((): ProbeAnswer => ({missing: 'the probe has not answered yet'}));
	const first = await Promise.race([answer, late]);
	abort.abort();
	return first;
};

async function probed(deps: Deps, service: string, {name, probe}: PrerequisiteConfig, group: string | null, waitMs: number) {
	if (probe === null) return null;
	const asked = askedOf(deps, JSON.stringify([service, name, group]), probe, group, waitMs > 0);
	if (asked === null) return {met: {missing: 'the probe was not asked: nothing was waited for'}};
	const answer = await withinMs(deps, asked, waitMs);
	const about = {by: `probe of ${new URL(probe.url.replaceAll('{group}', 'group')).host}`, at: asked.at};
	return 'missing' in answer ? {met: {missing: answer.missing}, ...about} : {met: answer.met, reason: answer.said, ...about};
}

/** The newest tick that speaks of this group; of two at one time the one of the group itself. */
export function tickFor(ticks: readonly Tick[], name: string, group: string | null): Tick | null {
	const mine = ticks.filter(tick => tick.name === name && (tick.group === null || tick.group === group));
	return mine.toSorted((a, b) => (a.at === b.at ? Number(b.group !== null) - Number(a.group !== null) : a.at < b.at ? 1 : -1))[0] ?? null;
}

function ticked(ticks: readonly Tick[], {name, validForMs}: PrerequisiteConfig, group: string | null, now: string) {
	const tick = tickFor(ticks, name, group);
	if (tick === null) return {met: false};
	const {actor, reason, at} = tick;
	const isOver = tick.met && validForMs !== null && Date.parse(now) - Date.parse(at) >= validForMs;
	const met: boolean | Missing = isOver
		? {missing: `${actor.name} ticked it on ${at.slice(0, 10)}, and a tick counts for ${durationText(validForMs ?? 0)}`}
		: tick.met;
	return {met, by: actor.name, reason, at};
}

/** How every prerequisite of a service stands now, one for each group where they differ. Probes are waited for `waitMs` at most. */
export async function prerequisitesOf(deps: Deps, service: ServiceConfig, waitMs: number): Promise<Prerequisite[]> {
	if (service.prerequisites.length === 0) return [];
	const ticks = await reading(deps).prerequisites.of(service.name);
	const now = deps.clock.now();
	return Promise.all(
		service.prerequisites.flatMap(prerequisite => {
			const {name, text, groups} = prerequisite;
			return (groups ?? [null]).map(async group => ({
				...{name, text, ...(group === null ? {} : {group})},
				...((await probed(deps, service.name, prerequisite, group, waitMs)) ?? ticked(ticks, prerequisite, group, now)),
			}));
		}),
	);
}
