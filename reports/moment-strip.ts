/** The strip of moments, to scale: how long the impact went unnoticed, how long until the rollback began, how long it took, how long until normal. */
import type {Instant} from '../gate/facts.ts';
import type {MomentKey, Moments} from './moments.ts';
import {msBetween, sayDuration, sayTime} from './say.ts';
import {svgText} from './svg-text.ts';

type Segment = {readonly kind: string; readonly label: string; readonly from: Instant; readonly to: Instant};

const steps: readonly {readonly from: MomentKey; readonly to: MomentKey; readonly kind: string; readonly label: string}[] = [
	{from: 'change_live', to: 'impact_start', kind: 'latent', label: 'live, no impact yet'},
	{from: 'impact_start', to: 'detected', kind: 'unnoticed', label: 'unnoticed'},
	{from: 'detected', to: 'rollback_start', kind: 'deciding', label: 'until the rollback began'},
	{from: 'rollback_start', to: 'rollback_done', kind: 'rollback', label: 'rollback'},
	{from: 'rollback_done', to: 'signals_normal', kind: 'recovering', label: 'until normal'},
];

/** The stretches whose two ends are both known. */
export const segmentsOf = (moments: Moments): readonly Segment[] =>
	steps.flatMap(({from, to, kind, label}) => {
		const start = moments[from]?.at;
		const end = moments[to]?.at;
		return start === undefined || end === undefined || end <= start ? [] : [{kind, label, from: start, to: end}];
	});

const width = 1120;
const characterWidth = 6.8;

/** The strip as SVG; null where fewer than two stretches are known, since one bar to scale says nothing. */
export function momentStripSvg(moments: Moments): string | null {
	const segments = segmentsOf(moments);
	const first = segments[0];
	const last = segments.at(-1);
	if (first === undefined || last === undefined || segments.length < 2) return null;
	const total = msBetween(first.from, last.to);
	const x = (at: Instant) => (msBetween(first.from, at) / total) * width;
	const taken: number[] = [];
	const placed = segments.map(segment => {
		const text = `${segment.label}: ${sayDuration(msBetween(segment.from, segment.to))}`;
		const place = Math.max(0, Math.min(x(segment.from), width - text.length * characterWidth));
		const row = [0, 1, 2, 3].find(candidate => (taken[candidate] ?? 0) <= place) ?? 3;
		taken[row] = place + text.length * characterWidth + 10;
		return {...segment, text, place, labelY: 12 + row * 16};
	});
	const barY = 22 + (taken.length - 1) * 16;
	const drawn = placed.map(({kind, text, place, labelY, from, to}) => {
		const start = x(from);
		return [
			`<g class="strip-part strip-${kind}"><rect x="${start.toFixed(1)}" y="${barY}" width="${Math.max(1, x(to) - start).toFixed(1)}" height="16"/>`,
			`<path d="M${start.toFixed(1)} ${labelY + 4}V${barY + 16}" stroke="currentColor" stroke-opacity="0.4"/>`,
			`<text class="chart-label" x="${(place + 3).toFixed(1)}" y="${labelY}">${svgText(text)}</text></g>`,
		].join('');
	});
	const height = barY + 38;
	const title = segments.map(({label, from, to}) => `${label} ${sayDuration(msBetween(from, to))}`).join(', ');
	return [
		`<svg class="strip" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="currentColor"><title>${svgText(title)}</title>`,
		...drawn,
		`<text class="chart-label" x="0" y="${height - 6}">${sayTime(first.from)}</text><text class="chart-label" x="${width}" y="${height - 6}" text-anchor="end">${sayTime(last.to)} UTC</text></svg>`,
	].join('');
}
