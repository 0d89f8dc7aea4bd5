import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {systemClock} from '../../../server/clock.ts';
import type {DatabasePlace} from '../../../server/config.ts';
import {openDatabase} from '../../../server/stores/database.ts';
import {newestEvents, verifyChain} from '../../../server/stores/timeline.ts';
import {noteEvent} from '../../helpers/events.ts';
import {postgresUnderTest} from '../../helpers/postgres.ts';
import {serve, start} from '../../helpers/processes.ts';
import {temporaryFolder} from '../../helpers/service.ts';
import {type Engine, engines} from '../../helpers/store.ts';

const perCommand = 80;
const overHttp = 60;
const linesOf = (name: string, count: number): string => Array.from({length: count}, (_, index) => `${name} line ${index + 1}\n`).join('');

/** The texts in the database, each with how often it stands there, and what the chain says. */
async function stored(place: DatabasePlace) {
	const database = await openDatabase(place, systemClock);
	try {
		const events = await newestEvents(database.read, 100_000);
		return {texts: events.map(({text}) => text), report: await verifyChain(database.read)};
	} finally {
		await database.close();
	}
}

/** Where all of them write, with what they need to be told of it. */
async function meeting(t: ExecutionContext, engine: Engine, folder: string): Promise<{place: DatabasePlace; env: Record<string, string>}> {
	const data = path.join(folder, 'data');
	if (engine === 'sqlite') return {place: {engine, folder: data}, env: {SIGNALBOX_DATA: data}};
	const url = await postgresUnderTest(t, {empty: true});
	return {place: {engine, url}, env: {DATABASE_URL: url}};
}

for (const engine of engines) {
	test.serial(
		`the service and three command lines write one new database at once: all is stored, none twice, the chain holds (${engine})`,
		async t => {
			const folder = temporaryFolder(t);
			const {place, env} = await meeting(t, engine, folder);
			writeFileSync(path.join(folder, 'embedded.yaml'), 'store: embedded\ndata: data\n');
			const names = ['first', 'second', 'third'];
			// All four find no database and make it: that race is part of what is tried.
			const commands = names.map(name =>
				start(t, ['record', '-', '--config', 'embedded.yaml'], {folder, env, input: linesOf(name, perCommand)}),
			);
			const service = await serve(t, {folder, env});
			const send = async (index: number): Promise<number> => {
				const event = noteEvent({text: `http line ${index + 1}`});
				const response = await fetch(`${service.url}/api/v1/events`, {
					method: 'POST',
					headers: {'content-type': 'application/json'},
					body: JSON.stringify({events: [event, event]}),
				});
				return response.status;
			};
			const statuses = await Promise.all(Array.from({length: overHttp}, (_, index) => send(index)));
			t.deepEqual([...new Set(statuses)], [201]);
			for (const {code, stdout, stderr} of await Promise.all(commands.map(({done}) => done))) {
				t.is(code, 0, stderr);
				t.is(stdout.match(/^Recorded as event \d+\.$/gm)?.length, perCommand);
				t.notRegex(stderr, /SQLITE_BUSY|locked|held/);
			}
			service.child.kill('SIGTERM');
			t.is((await service.done).code, 0);
			const {texts, report} = await stored(place);
			const expected = [
				...names.flatMap(name => linesOf(name, perCommand).trim().split('\n')),
				...statuses.map((_, index) => `http line ${index + 1}`),
			];
			t.deepEqual([...texts].sort(), [...expected].sort());
			t.like(report, {intact: true, events: perCommand * 3 + overHttp});
		},
	);

	test.serial(`a writer that is killed in the middle leaves a whole chain with everything that it acknowledged (${engine})`, async t => {
		const folder = temporaryFolder(t);
		const {place, env} = await meeting(t, engine, folder);
		writeFileSync(path.join(folder, 'signalbox.yaml'), 'store: embedded\ndata: data\n');
		const bystander = start(t, ['record', '-'], {folder, env, input: linesOf('bystander', perCommand)});
		const victim = start(t, ['record', '-'], {folder, env, input: linesOf('victim', 5000)});
		await victim.until(/(?:Recorded as event \d+\.\s+){20}/);
		victim.child.kill('SIGKILL');
		const {stdout} = await victim.done;
		t.is((await bystander.done).code, 0);
		const acknowledged = stdout.match(/Recorded as event \d+\.$/gm)?.length ?? 0;
		const {texts, report} = await stored(place);
		const victims = texts.filter(text => text.startsWith('victim'));
		t.true(report.intact);
		// One more may be stored than was acknowledged: the kill came between.
		t.true(
			victims.length === acknowledged || victims.length === acknowledged + 1,
			`${victims.length} stored, ${acknowledged} acknowledged`,
		);
		t.is(texts.filter(text => text.startsWith('bystander')).length, perCommand);
		t.true(victims.length < 5000);
	});
}
