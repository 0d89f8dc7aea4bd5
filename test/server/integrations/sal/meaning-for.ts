import test from 'ava';
import {meaningFor} from '../../../../server/integrations/sal/meaning-for.ts';
import {parseAnnouncement, parseChannelLine} from '../../../../server/integrations/sal/parse-line.ts';

const services = new Map([
	['sync-world', 'mediawiki'],
	['example/deploy', 'example'],
]);

const meaning = (message: string) => {
	const parse = parseAnnouncement(`!log deployer1@deploy2002 ${message}`, '2026-06-02T08:04:17.250Z');
	if ('refused' in parse) throw new Error(parse.refused);
	return meaningFor(parse.line, services);
};

for (const [message, what] of [
	['Started scap sync-world: x', 'started'],
	['Started scap: x', 'started'],
	['Finished scap sync-world: x (duration: 12m 38s)', 'finished'],
	['Synchronized wmf-config/a.php: x (duration: 00m 18s)', 'finished'],
	['rebuilt and synchronized wikiversions files: group0 to 1.47.0-wmf.18  refs T400018', 'finished'],
	['a: x synced to the testservers (see https://example.org). Changes can now be verified there.', 'synced-testservers'],
	['a, b: Continuing with deployment', 'continued'],
	['a, b: Rolling back deployment', 'rolled-back-by-person'],
	['Rolling back deployment', 'rolling-back'],
	['Scap cancelled without rolling back.', 'cancelled'],
	['Stopping before sync operations', 'aborted'],
	['sync-world aborted: x (duration: 00m 41s)', 'aborted'],
	['sync-world failed: <CalledProcessError> x (scap version: 4.188.0) (duration: 01m 58s)', 'failed'],
	['scap failed: average error rate on 6/11 canaries increased by 10x (rerun with --force)', 'failed'],
] as const) {
	test(`"${message}" says ${what} of MediaWiki`, t => t.deepEqual(meaning(message), {service: 'mediawiki', what, user: 'deployer1'}));
}

test('a scap3 deploy is known by its repository and names its commit', t => {
	const common = {service: 'example', sha7: '0a1b2c3', repository: 'example/deploy', user: 'deployer1'};
	t.deepEqual(meaning('Started deploy [example/deploy@0a1b2c3]: x'), {...common, what: 'started'});
	t.deepEqual(meaning('Finished deploy [example/deploy@0a1b2c3] (thin): x (duration: 00m 07s)'), {...common, what: 'finished'});
	t.deepEqual(meaning('Started restart [example/deploy@0a1b2c3]: x'), {...common, what: null});
});

test('a repository that nobody configured has no service', t => {
	t.is(meaning('Started deploy [other/deploy@0a1b2c3]: x').service, null);
	t.is(meaningFor({...lineOf('Started scap sync-world: x')}, new Map()).service, null);
});

function lineOf(message: string) {
	const parse = parseAnnouncement(`!log deployer1@deploy2002 ${message}`, '2026-06-02T08:04:17.250Z');
	if ('refused' in parse) throw new Error(parse.refused);
	return parse.line;
}

for (const message of [
	'clean aborted:  (duration: 00m 33s)',
	'Started scap build-images: x',
	'conftool action : set/pooled=no; selector: name=mw2301.codfw.wmnet',
	'Locking from deployment [MediaWiki]: x',
	'rolling back in a moment',
]) {
	test(`"${message}" says nothing of a deploy`, t => t.deepEqual(meaning(message), {service: null, what: null, user: 'deployer1'}));
}

test('what a person types says nothing of a deploy, whatever the words', t => {
	const parse = parseChannelLine('[2026-06-02 08:17:00] <sre1> !log Finished scap sync-world: x (duration: 00m 10s)');
	t.true('line' in parse && meaningFor(parse.line, services).what === null);
});
