import type {Note} from '../../gate/facts.ts';
import type {Reading} from './changes/read.ts';
import type {LandedAnswer} from './contract.ts';

/** What stands for the service's answer while nobody knows what is live. */
export const unknownLanded = (service: string): LandedAnswer => ({
	service,
	stages: [],
	groups: [],
	landed: [],
	history: [],
	probes: [],
	changes: null,
});

/** What stands for the changes where they cannot be read: nothing, and why. */
export const noReading = (notes: readonly Note[]): Reading => ({
	targets: [],
	changes: [],
	known: [],
	landedChanges: [],
	holdings: [],
	beside: {},
	live: [],
	notes,
	places: [],
});
