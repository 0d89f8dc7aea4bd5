/** The life of a deploy, told in scenes against the real service and its file: one sentence, one scene. */
import test from 'ava';
import {batchTo, serviceUnderTest} from '../../helpers/service.ts';

test('a deploy is known again without an id, by its service and its target commits', async t => {
	const {ask} = await serviceUnderTest(t);
	const before = await ask('before');
	const canaries = await ask('canaries');
	t.is(before.deploy, canaries.deploy);
	t.is(canaries.attempt, 1);
	t.not((await ask('before', batchTo('b'))).deploy, before.deploy);
});
