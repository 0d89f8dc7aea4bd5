/**
 * Which arm a host of a log belongs to. Logs write `mw1017` where a configuration says `mw1017.eqiad.wmnet`, or the other
 * way about: they are one host where only one configured host can be meant.
 */

export type ArmHosts = {readonly canaries: readonly string[]; readonly baseline: readonly string[]};

export type Arm = 'canary' | 'baseline';

export type Place = {readonly arm: Arm; readonly host: string};

export type HostNames = {
	/** The configured host that a log means; null for a host of neither arm. */
	place(name: string): Place | null;
	/** Sentences about names that may mean more than one machine. */
	ambiguous(): readonly string[];
};

/** A log is hostile input, so the names it brings are remembered only up to here. */
const rememberedNamesMax = 10_000;
const addressPattern = /^[\d.]+$|:/;

export function hostNames(hosts: ArmHosts): HostNames {
	const places = new Map<string, Place>();
	for (const host of hosts.baseline) places.set(host.toLowerCase(), {arm: 'baseline', host});
	for (const host of hosts.canaries) places.set(host.toLowerCase(), {arm: 'canary', host});
	const configured = [...places.keys()];
	const remembered = new Map<string, Place | null>();
	/** Under which full names each configured short name was heard. */
	const heardAs = new Map<string, Set<string>>();
	const unclear = new Map<string, string>();

	const find = (name: string): Place | null => {
		const exact = places.get(name);
		if (exact) return exact;
		const alike = configured.filter(other => sameHost(other, name));
		if (alike.length > 1) {
			unclear.set(name, `"${name}" may be ${alike.slice(0, 3).join(' or ')}: let the log write full names.`);
			return null;
		}
		const only = alike[0];
		if (only === undefined) return null;
		const names = heardAs.get(only) ?? new Set<string>();
		heardAs.set(only, names.add(name));
		const full = [...names].filter(heard => heard.length > only.length);
		if (full.length > 1) unclear.set(only, `"${only}" is heard as ${full.slice(0, 3).join(' and ')}: configure full names.`);
		return places.get(only) ?? null;
	};
	return {
		place(name) {
			const lower = name.toLowerCase();
			const known = remembered.get(lower);
			if (known !== undefined) return known;
			const found = find(lower);
			if (remembered.size < rememberedNamesMax) remembered.set(lower, found);
			return found;
		},
		ambiguous: () => [...unclear.values()],
	};
}

/** `mw1017`, `mw1017.eqiad` and `mw1017.eqiad.wmnet` are the same; addresses are the same only when equal. */
export function sameHost(one: string, other: string): boolean {
	const a = one.toLowerCase();
	const b = other.toLowerCase();
	if (a === b) return true;
	if (addressPattern.test(a) || addressPattern.test(b)) return false;
	return a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}

/** The same first label, or the same name but for what separates its parts. */
export function looksAlike(host: string, other: string): boolean {
	const bare = (name: string) => (name.split('.')[0] ?? '').toLowerCase().replace(/[^a-z0-9]/g, '');
	return sameHost(host, other) || bare(host) === bare(other);
}
