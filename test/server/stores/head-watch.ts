import {appendEvents} from '../../../server/stores/timeline.ts';
import {notes} from '../../helpers/events.ts';
import {at, onEachDatabase} from '../../helpers/store.ts';

const until = async (condition: () => boolean): Promise<void> => {
	while (!condition()) await new Promise(resolve => setTimeout(resolve, 10));
};

onEachDatabase('whoever watches hears of events that this process writes, and of those of another one', async (t, database, {open}) => {
	const other = await open();
	const heard: number[] = [];
	const stop = database.watchHead(seq => void heard.push(seq));
	await new Promise(resolve => setTimeout(resolve, 50));
	await database.transact(transaction => appendEvents(transaction, notes(3), at));
	await until(() => heard.includes(3));
	await other.transact(transaction => appendEvents(transaction, notes(2), at));
	await until(() => heard.includes(5));
	stop();
	await database.transact(transaction => appendEvents(transaction, notes(1), at));
	t.deepEqual(heard, [3, 5]);
});
