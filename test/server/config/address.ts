import test from 'ava';
import {isLoopback, parseAddress, parsePort} from '../../../server/config/address.ts';

test('an address is host:port, or a port alone on this machine', t => {
	t.deepEqual(parseAddress('127.0.0.1:8420'), {host: '127.0.0.1', port: 8420});
	t.deepEqual(parseAddress('[::1]:80'), {host: '::1', port: 80});
	t.deepEqual(parseAddress('localhost:0'), {host: 'localhost', port: 0});
	t.deepEqual(parseAddress('9200'), {host: '127.0.0.1', port: 9200});
	for (const wrong of ['', ':80', 'host', 'host:', 'host:65536', '::1:80', 'a b:80', 'http://x:80', 'host:8e3'])
		t.is(parseAddress(wrong), null, wrong);
});

test('a port is a whole number up to 65535', t => {
	t.deepEqual(['0', '65535', '65536', '-1', '1.5', '', 'x'].map(parsePort), [0, 65_535, null, null, null, null, null]);
});

test('loopback is this machine and nothing that only looks like it', t => {
	for (const here of ['127.0.0.1', '127.3.2.1', '::1', 'localhost']) t.true(isLoopback(here), here);
	for (const there of ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.org', 'localhost.example.org', ''])
		t.false(isLoopback(there), there);
});
