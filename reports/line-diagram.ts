/**
 * Line diagram: a deploy drawn as a railway line. Stations are its stages, a signal stands before each, the train stands where the change is
 * live, a train turned back is a rollback. One text form and one SVG, the same words; a signal is shape, letter and word, never colour alone.
 */
import type {Instant} from '../gate/facts.ts';
import type {Verdict} from '../gate/verdict.ts';
import {sayTime} from './say.ts';
import type {DeployStory} from './story.ts';
import {svgText} from './svg-text.ts';

export type StationSignal = 'go' | 'watch' | 'hold' | 'rollback' | 'blind' | 'none';

export type Station = {
	readonly stage: string;
	readonly signal: StationSignal;
	/** When the signal was given; null: not yet. */
	readonly at: Instant | null;
	/** The change is live here now. */
	readonly train: boolean;
	/** The deploy was taken back from here. */
	readonly turnedBack: boolean;
};

export const signalWords: Readonly<Record<StationSignal, string>> = {
	go: 'GO',
	watch: 'WATCH',
	hold: 'HOLD',
	rollback: 'ROLL BACK',
	blind: 'BLIND',
	none: '',
};

const signalLetters: Readonly<Record<StationSignal, string>> = {go: 'G', watch: 'W', hold: 'H', rollback: 'R', blind: '?', none: ''};

function signalOf(last: Verdict | undefined): StationSignal {
	if (last === undefined) return 'none';
	return last.verdict === 'go' && last.undecided ? 'watch' : last.verdict;
}

/** The stations of a deploy, from its stages. */
export function stationsOf(story: Pick<DeployStory, 'stages' | 'deploy'>): readonly Station[] {
	const reached = story.stages.findLastIndex(({askedAt}) => askedAt !== null);
	const back = story.deploy?.outcome === 'rolled_back';
	const live = story.stages[reached]?.reach !== 'nothing';
	return story.stages.map(({name, verdicts}, index) => {
		const last = verdicts.at(-1);
		return {
			stage: name,
			signal: signalOf(last),
			at: last?.at ?? null,
			train: index === reached && !back && live,
			turnedBack: index === reached && back,
		};
	});
}

/** `before [GO] -- testservers [GO] -- canaries [ROLL BACK 15:14:02] -- production [ ]`: ASCII; the time stands where the deploy was stopped. */
export function lineDiagramText(stations: readonly Station[]): string {
	return stations
		.map(({stage, signal, at}) => {
			const stopped = signal === 'hold' || signal === 'rollback' || signal === 'blind';
			const word = signalWords[signal];
			return `${stage} [${word === '' ? ' ' : stopped && at !== null ? `${word} ${sayTime(at)}` : word}]`;
		})
		.join(' -- ');
}

/** The signal's shape around a centre: disc, ring with a bar, square, triangle, diamond. Told apart without colour. */
function signalShape(signal: StationSignal, x: number, y: number): string {
	const points = (...pairs: readonly (readonly [number, number])[]) => pairs.map(([dx, dy]) => `${x + dx},${y + dy}`).join(' ');
	const shapes: Readonly<Record<StationSignal, string>> = {
		go: `<circle cx="${x}" cy="${y}" r="11"/>`,
		watch: `<polygon points="${points([0, -16], [16, 11], [-16, 11])}"/>`,
		hold: `<rect x="${x - 10}" y="${y - 10}" width="20" height="20"/>`,
		rollback: `<polygon points="${points([-5, -12], [5, -12], [12, -5], [12, 5], [5, 12], [-5, 12], [-12, 5], [-12, -5])}"/>`,
		blind: `<polygon points="${points([0, -13], [13, 0], [0, 13], [-13, 0])}"/>`,
		none: `<circle cx="${x}" cy="${y}" r="7" fill="none" stroke="currentColor" stroke-width="2"/>`,
	};
	const letter = signalLetters[signal];
	const mark =
		letter === '' ? '' : `<text class="line-letter" x="${x}" y="${y + (signal === 'watch' ? 8 : 5)}" text-anchor="middle">${letter}</text>`;
	return `<g class="line-signal signal-${signal}">${shapes[signal]}${mark}</g>`;
}

/** The train on the line, or the arrow of one that was turned back. */
function trainShape({train, turnedBack}: Station, x: number, y: number): string {
	if (train) return `<path class="line-train" d="M${x - 14} ${y - 6}h22q8 0 10 12h-32z"/>`;
	if (!turnedBack) return '';
	return `<path class="line-back" d="M${x + 10} ${y - 6}q10 0 10 9t-10 9h-26m7 -7l-7 7l7 7" fill="none" stroke="currentColor" stroke-width="2"/>`;
}

const sayStation = ({stage, signal, at, train, turnedBack}: Station): string => {
	const word = signal === 'none' ? 'not asked' : signalWords[signal].toLowerCase();
	return `${stage}: ${word}${at === null ? '' : ` at ${sayTime(at)}`}${train ? ', live here' : ''}${turnedBack ? ', taken back from here' : ''}`;
};

const stationWidth = 180;
const stationHeight = 64;
const nameMax = 20;

function acrossStation(station: Station, index: number): string {
	const x = stationWidth * index + stationWidth / 2;
	const name = station.stage.length > nameMax ? `${station.stage.slice(0, nameMax - 1)}…` : station.stage;
	const word = signalWords[station.signal] === '' ? 'not asked' : signalWords[station.signal];
	return [
		signalShape(station.signal, x, 40),
		trainShape(station, x + 44, 40),
		`<text class="line-stage" x="${x}" y="18" text-anchor="middle">${svgText(name)}</text>`,
		`<text class="line-word" x="${x}" y="72" text-anchor="middle">${word}</text>`,
		station.at === null ? '' : `<text class="line-time" x="${x}" y="88" text-anchor="middle">${sayTime(station.at)}</text>`,
	].join('');
}

function downStation(station: Station, index: number): string {
	const y = stationHeight * index + stationHeight / 2;
	const name = station.stage.length > nameMax ? `${station.stage.slice(0, nameMax - 1)}…` : station.stage;
	const word = signalWords[station.signal] === '' ? 'not asked' : signalWords[station.signal];
	return [
		signalShape(station.signal, 24, y),
		trainShape(station, 222, y - 4),
		`<text class="line-stage" x="52" y="${y - 3}">${svgText(name)}</text>`,
		`<text class="line-word" x="52" y="${y + 15}">${word}${station.at === null ? '' : ` ${sayTime(station.at)}`}</text>`,
	].join('');
}

const smallStep = 32;

/** Signals alone, for a row in a list; the words are in the title. */
function smallStation({signal, turnedBack, train}: Station, index: number): string {
	const x = smallStep * index + smallStep / 2;
	const below = train
		? `<path class="line-train" d="M${x - 7} 22h11q4 0 5 5h-16z"/>`
		: turnedBack
			? `<path class="line-back" d="M${x + 7} 25h-14m4 -3l-4 3l4 3" fill="none" stroke="currentColor" stroke-width="1.5"/>`
			: '';
	return `<g transform="translate(${x} 11) scale(0.75)">${signalShape(signal, 0, 0)}</g>${below}`;
}

const sizes = {
	across: (count: number) => ({width: stationWidth * count, height: 96, step: stationWidth}),
	down: (count: number) => ({width: 300, height: stationHeight * count, step: stationHeight}),
	small: (count: number) => ({width: smallStep * count, height: 30, step: smallStep}),
};

const draws = {across: acrossStation, down: downStation, small: smallStation};

/** The line on which the signals stand, from the first to the last. */
function railPath(direction: keyof typeof draws, first: number, last: number): string {
	if (direction === 'down') return `M24 ${first}V${last}`;
	return `M${first} ${direction === 'across' ? 40 : 11}H${last}`;
}

/**
 * The diagram as SVG text: `across` for wide pages, `down` for a phone, `small` for a row in a list. Colours come from the page's classes and
 * `currentColor`.
 */
export function lineDiagramSvg(stations: readonly Station[], direction: keyof typeof draws = 'across'): string {
	const {width, height, step} = sizes[direction](Math.max(1, stations.length));
	const title = stations.length === 0 ? 'No stage is configured' : stations.map(sayStation).join('; ');
	const last = stations.length - 1;
	return [
		`<svg class="line line-${direction}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${svgText(title)}">`,
		`<title>${svgText(title)}</title>`,
		last > 0 ? `<path class="line-rail" d="${railPath(direction, step / 2, step * last + step / 2)}"/>` : '',
		...stations.map(draws[direction]),
		'</svg>',
	].join('');
}
