/** The question with what the systems of review know of it: GitHub, then Gerrit, in the time that a check can spare. */
import type {Deps} from '../actions/deps.ts';
import type {ServiceConfig} from '../config.ts';
import {withPullRequests} from '../pull-requests.ts';
import {type WithReviews, withGerrit} from './with-gerrit.ts';

const lookupMs = 2000;

/** `limitMs`: for both together. `footers`: whether what the footers need is looked up too. */
export async function withReviews<Request extends WithReviews>(
	deps: Deps,
	service: ServiceConfig,
	request: Request,
	{limitMs = 2 * lookupMs, footers = true}: {limitMs?: number; footers?: boolean} = {},
): Promise<Request> {
	const startedMs = deps.clock.monotonicMs();
	const hasGerrit = deps.config.gerrits.length > 0;
	const pulled = await withPullRequests(deps, service, request, {limitMs: hasGerrit ? limitMs / 2 : limitMs, footers});
	const leftMs = limitMs - (deps.clock.monotonicMs() - startedMs);
	return withGerrit(deps, service, pulled, {limitMs: Math.min(lookupMs, leftMs), footers});
}
