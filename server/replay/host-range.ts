/** Many hosts in few words: `mw[1017-1020]` is four of them. */
const pattern = /^([A-Za-z0-9_.:-]*)\[(\d{1,9})-(\d{1,9})\]([A-Za-z0-9_.:-]*)$/;
const hostsMax = 10_000;

/** The hosts that a name with a range stands for; a name without one stands for itself. Null: a range that is backwards or too long. */
export function expandHosts(name: string): readonly string[] | null {
	const [, before = '', first = '', last = '', after = ''] = pattern.exec(name) ?? [];
	if (first === '') return [name];
	const count = Number(last) - Number(first) + 1;
	if (count < 1 || count > hostsMax) return null;
	return Array.from({length: count}, (_, index) => `${before}${String(Number(first) + index).padStart(first.length, '0')}${after}`);
}
