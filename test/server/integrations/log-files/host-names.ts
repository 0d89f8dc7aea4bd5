import test from 'ava';
import {hostNames} from '../../../../server/integrations/log-files/host-names.ts';

test('short and full names are one host, in capitals or not', t => {
	const names = hostNames({canaries: ['mw1017', 'mw1018.eqiad.wmnet'], baseline: ['mw1100']});
	t.deepEqual(names.place('mw1017.eqiad.wmnet'), {arm: 'canary', host: 'mw1017'});
	t.deepEqual(names.place('MW1017'), {arm: 'canary', host: 'mw1017'});
	t.deepEqual(names.place('mw1018'), {arm: 'canary', host: 'mw1018.eqiad.wmnet'});
	t.deepEqual(names.place('mw1100'), {arm: 'baseline', host: 'mw1100'});
	t.is(names.place('mw10'), null);
	t.is(names.place('mw1019.eqiad.wmnet'), null);
	t.deepEqual(names.ambiguous(), []);
});

test('a short name that two configured hosts have is neither', t => {
	const names = hostNames({canaries: ['web1.east.example'], baseline: ['web1.west.example']});
	t.is(names.place('web1'), null);
	t.regex(names.ambiguous()[0] ?? '', /"web1" may be/);
	t.deepEqual(names.place('web1.west.example'), {arm: 'baseline', host: 'web1.west.example'});
});

test('two machines that answer to one configured name are noticed', t => {
	const names = hostNames({canaries: ['web1'], baseline: ['web2']});
	names.place('web1.east.example');
	names.place('web1');
	t.deepEqual(names.ambiguous(), []);
	names.place('web1.west.example');
	t.regex(names.ambiguous()[0] ?? '', /"web1" is heard as web1.east.example and web1.west.example/);
});

test('addresses are the same only when equal', t => {
	const names = hostNames({canaries: ['10.64'], baseline: ['10.64.0.7']});
	t.is(names.place('10.64.0.1'), null);
	t.deepEqual(names.place('10.64.0.7'), {arm: 'baseline', host: '10.64.0.7'});
});
