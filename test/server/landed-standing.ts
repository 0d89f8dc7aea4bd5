/** How one change stands on each group, where the ledger and the commits of checkouts both know something of it. */
import test from 'ava';
import {standingsOf} from '../../server/landed-standing.ts';

const of = {service: 'app', groups: ['east'], seen: new Set(['east']), versions: new Map<string, string>()};
const sha = 'a'.repeat(40);
const about = {service: 'app', group: 'east', since: '2026-03-02T10:00:00.000Z', deploy: 'D-2026-0001', attempt: 1};
const change = {id: 'a', repository: 'lib', sha};

test('a change that was reverted stands as reverted, although the checkout went on from its commit later', t => {
	const place = {...about, until: '2026-03-02T11:00:00.000Z', revertedBy: 'b'.repeat(40)};
	const head = {...about, repository: 'lib', sha, until: '2026-03-02T11:00:01.000Z'};
	const found = {
		changes: [{change, named: 'commit' as const, places: [place], deploys: ['D-2026-0001'], batches: ['app']}],
		heads: [head],
	};
	const [standing] = standingsOf(found, [of]);
	t.is(standing?.state, 'reverted');
	t.is(standing?.because, 'reverted by bbbbbbb');
	t.is(standingsOf({...found, changes: []}, [of])[0]?.state, 'gone', 'where only the commit is known');
});
