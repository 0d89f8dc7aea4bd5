/** How people write a length of time in a policy, a configuration and on the command line: `30s`, `5m`, `2h`, `1d`. */

const unitMs: Readonly<Record<string, number>> = {ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000};

/** Milliseconds, or null where the text is no duration. A number without a unit is none: nobody can tell its unit. */
export function parseDuration(text: string): number | null {
	const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text);
	const unit = unitMs[match?.[2] ?? ''];
	return unit === undefined ? null : Math.round(Number(match?.[1]) * unit);
}

/** The shortest way to write it that loses nothing: 90000 is `90s`, 3600000 is `1h`. */
export function durationText(durationMs: number): string {
	for (const unit of ['d', 'h', 'm', 's']) {
		const size = unitMs[unit] ?? 1;
		if (durationMs >= size && durationMs % size === 0) return `${durationMs / size}${unit}`;
	}
	return durationMs === 0 ? '0s' : `${durationMs}ms`;
}
