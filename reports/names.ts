/** Names of people in a story. They stand in the timeline, never in cause or impact. */
import type {DeployStory} from './story.ts';

/** Shorter names would hit ordinary words. */
const nameLengthMin = 3;

export function peopleOf(story: DeployStory): readonly string[] {
	// Who wrote in the meeting's form did nothing in the incident by that.
	const actors = story.events.filter(({actor, source}) => actor.kind === 'person' && source !== 'meeting').map(({actor}) => actor.name);
	const authors = story.changes.flatMap(({author}) => (author === undefined ? [] : author.split(/[<>]/)));
	const names = [...actors, ...authors, ...story.overrides.map(({by}) => by), ...story.rollbacks.map(({by}) => by)];
	// A program says for whom it acted, and its own name stands behind that.
	return [
		...new Set(names.map(name => name.replace(/ via (?:token .*|this machine)$/, '').trim()).filter(name => name.length >= nameLengthMin)),
	];
}

/** Whether a text names a person of the story, in any case. */
export function namesSomebody(text: string, people: readonly string[]): boolean {
	const lower = text.toLowerCase();
	return people.some(name => lower.includes(name.toLowerCase()));
}
