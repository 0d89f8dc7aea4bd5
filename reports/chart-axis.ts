/** Axes that a person can read: round steps from zero, and round times. */
import {sayTime} from './say.ts';

export type Axis = {readonly max: number; readonly ticks: readonly {readonly value: number; readonly label: string}[]};

/** An axis from zero to at least `highest`, in four or five round steps. */
export function axisOf(highest: number): Axis {
	const top = highest > 0 && Number.isFinite(highest) ? highest : 1;
	const power = 10 ** Math.floor(Math.log10(top / 4));
	const step = [1, 2, 2.5, 5, 10].map(factor => factor * power).find(candidate => candidate * 5 >= top) ?? 10 * power;
	const steps = Math.ceil(top / step - 1e-9);
	return {
		max: step * steps,
		ticks: Array.from({length: steps + 1}, (_, index) => ({value: step * index, label: String(Number((step * index).toPrecision(6)))})),
	};
}

const roundSteps = [10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400].map(seconds => seconds * 1000);

/** At most `count` round times between two instants (ms), as `15:13` or, under a minute apart, `15:13:30`. */
export function timeTicks(fromMs: number, toMs: number, count: number): readonly {readonly ms: number; readonly label: string}[] {
	const step = roundSteps.find(candidate => (toMs - fromMs) / candidate <= count) ?? 86_400_000;
	const first = Math.ceil(fromMs / step) * step;
	const howMany = Math.min(count + 1, Math.floor((toMs - first) / step) + 1);
	return Array.from({length: Math.max(0, howMany)}, (_, index) => {
		const ms = first + index * step;
		const time = sayTime(new Date(ms).toISOString());
		return {ms, label: step < 60_000 ? time : time.slice(0, 5)};
	});
}
