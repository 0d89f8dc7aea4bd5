/** What git tells of a change on this host, beside the service's ledger: git knows what came before any deploy was seen, the ledger since when. */
import type {HereAnswer, LandedHere} from './client/changes/landed-here.ts';
import type {Standing} from './landed-standing.ts';

/** `git`: the history of what the group runs, as it lies on this host. */
export type SourcedStanding = Standing & {readonly source: 'ledger' | 'git'};

const lastPart = (repository: string): string => repository.split('/').at(-1) ?? repository;
const runs = ({group, head}: LandedHere): string => `${lastPart(head.repository)} ${head.sha.slice(0, 7)}, which ${group} runs`;

/** What several checkouts say of one group: there in one of them is there. */
function wordOf(all: readonly LandedHere[]): LandedHere | null {
	const of = (state: LandedHere['state']) => all.find(each => each.state === state);
	return of('live') ?? of('reverted') ?? of('not-live') ?? null;
}

/** The history of what runs weighs more than the ledger of deploys; where both agree, the ledger says since when and through what. */
function withWord(standing: Standing, word: LandedHere | null): SourcedStanding {
	if (word === null) return {...standing, source: 'ledger'};
	const ofGit = {...standing, at: null, deploy: null, source: 'git'} as const;
	if (word.state === 'live') {
		const known = standing.state === 'live' ? standing : {at: null, deploy: null};
		return {...ofGit, at: known.at, deploy: known.deploy, state: 'live', because: `in ${runs(word)}`};
	}
	if (word.state === 'reverted') {
		if (standing.state === 'reverted') return {...standing, source: 'git'};
		return {...ofGit, state: 'reverted', because: `reverted by ${word.revertedBy?.slice(0, 7) ?? 'a later commit'} in ${runs(word)}`};
	}
	if (standing.state === 'reverted' || standing.state === 'gone') return {...standing, source: 'git'};
	return {...ofGit, state: 'not-live', because: `not in ${runs(word)}`};
}

/** The standings of the service with what git adds to them, and what git could not tell. */
export function withGit(standings: readonly Standing[], here: HereAnswer): SourcedStanding[] {
	return standings.map(standing => withWord(standing, wordOf(here.standings.filter(({group}) => group === standing.group))));
}
