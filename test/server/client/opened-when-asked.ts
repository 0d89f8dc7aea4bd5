import test from 'ava';
import {AppError} from '../../../server/app-error.ts';
import {type Transport, Trouble} from '../../../server/client/contract.ts';
import {openedWhenAsked} from '../../../server/client/opened-when-asked.ts';

const failing = (error: Error): Transport => openedWhenAsked(() => Promise.reject(error));

test('a store that cannot be opened is a service that is away, with the reason, at every question', async t => {
	for (const code of ['unavailable', 'conflict'] as const) {
		const transport = failing(new AppError(code, 'the file is no SQLite database'));
		for (const ask of [() => transport.landed('app'), () => transport.landed('app'), () => transport.record([])])
			await t.throwsAsync(ask, {instanceOf: Trouble, message: 'the file is no SQLite database'});
	}
});

test('a wrong configuration stays one, and a bug stays a bug', async t => {
	await t.throwsAsync(() => failing(new AppError('invalid', 'no such key')).landed('app'), {instanceOf: AppError});
	await t.throwsAsync(() => failing(new TypeError('a bug')).landed('app'), {instanceOf: TypeError});
});

test('it is opened at the first question, and once', async t => {
	let opened = 0;
	const transport = openedWhenAsked(async () => {
		opened += 1;
		return failing(new AppError('not-found', 'nothing'));
	});
	t.is(opened, 0);
	await t.throwsAsync(() => transport.landed('app'));
	await t.throwsAsync(() => transport.record([]));
	t.is(opened, 1);
});
