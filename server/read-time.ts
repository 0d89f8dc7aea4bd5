/** Times as people type them. */

export type ReadTime = {readonly at: string; readonly precision: 'ms' | 's' | 'min'};

/** `15:13`, `15:13:07`, or a whole time with its zone; a bare time is of the day given, `2026-03-02`, UTC. Null: it is no time. */
export function readTime(text: string, day: string): ReadTime | null {
	const bare = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
	const whole = bare ? `${day}T${(bare[1] ?? '').padStart(2, '0')}:${bare[2]}:${bare[3] ?? '00'}Z` : text;
	const hasZone = /^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})$/i.test(whole);
	if (!hasZone || Number.isNaN(Date.parse(whole))) return null;
	return {at: new Date(Date.parse(whole)).toISOString(), precision: bare && bare[3] === undefined ? 'min' : 's'};
}
