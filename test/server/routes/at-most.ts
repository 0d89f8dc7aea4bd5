import test from 'ava';
import {AppError} from '../../../server/app-error.ts';
import {atMost} from '../../../server/routes/at-most.ts';

test('what is more than the limit is refused in words, and a place is free again after an end or a failure', async t => {
	const answering = atMost(2);
	const ends: (() => void)[] = [];
	const long = () => new Promise<string>(resolve => ends.push(() => resolve('done')));
	const [one, two] = [answering(long), answering(long)];
	const refused = await t.throwsAsync(answering(long), {instanceOf: AppError});
	t.is(refused?.code, 'unavailable');
	t.regex(refused?.message ?? '', /Over 2 questions .* ask again/);
	ends[0]?.();
	t.is(await one, 'done');
	await t.throwsAsync(
		answering(() => Promise.reject(new Error('broken'))),
		{message: 'broken'},
	);
	const three = answering(long);
	for (const end of ends) end();
	t.deepEqual(await Promise.all([two, three]), ['done', 'done']);
});
