/** The real service in a process of its own, with a SQLite file in a folder of its own. */
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

/** Top of the checkout, seen from dist/test/bench. */
export const top = fileURLToPath(new URL('../../../', import.meta.url));

/** The environment of every process that is started: nothing of ours slows node down or leads git astray. */
export function cleanEnvironment(folder: string): NodeJS.ProcessEnv {
	const env = {...process.env};
	for (const name of Object.keys(env))
		if (name.startsWith('GIT_') || name.startsWith('SIGNALBOX_') || name.startsWith('NODE_')) delete env[name];
	delete env['PORT'];
	delete env['DATABASE_URL'];
	return {...env, HOME: folder};
}

export type RunningService = {readonly url: string; readonly config: string; stop(): Promise<void>};

const startMs = 20_000;

/** Starts `signalbox serve` with this configuration, to which its address is added, and waits until it answers. On PostgreSQL where a database is named. */
export async function startServe(folder: string, services: readonly string[], databaseUrl: string | null = null): Promise<RunningService> {
	const config = path.join(folder, 'signalbox.yaml');
	writeFileSync(config, ['data: ./data', `spool: ${path.join(folder, 'spool')}`, ...services, ''].join('\n'));
	const child = spawn(process.execPath, [path.join(top, 'server/signalbox.mjs'), 'serve', '--config', config, '--port', '0'], {
		cwd: folder,
		env: {...cleanEnvironment(folder), ...(databaseUrl === null ? {} : {DATABASE_URL: databaseUrl})},
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let said = '';
	const url = await new Promise<string>((resolve, reject) => {
		const timer = setTimeout(() => reject(new Error(`the service did not start within ${startMs / 1000} s: ${said}`)), startMs);
		const take = (chunk: Buffer) => {
			said = `${said}${chunk.toString('utf8')}`.slice(-4000);
			const found = /Signalbox is at (\S+)\n/.exec(said)?.[1];
			if (found === undefined) return;
			clearTimeout(timer);
			resolve(found);
		};
		child.stdout.on('data', take);
		child.stderr.on('data', take);
		child.once('exit', code => reject(new Error(`the service ended with ${code}: ${said}`)));
	});
	// One file for both sides, as on a deploy host; the service need not know its own address.
	writeFileSync(config, ['data: ./data', `spool: ${path.join(folder, 'spool')}`, `url: ${url}`, ...services, ''].join('\n'));
	return {
		url,
		config,
		async stop() {
			if (child.exitCode !== null || child.signalCode !== null) return;
			const ended = once(child, 'exit');
			child.kill('SIGTERM');
			await ended;
		},
	};
}

/** Runs node to its end and says how long that took, in milliseconds. Fails where it exits with anything but 0. */
export function runNode(args: readonly string[], folder: string, env: NodeJS.ProcessEnv): number {
	const start = process.hrtime.bigint();
	const {status, stdout, stderr} = spawnSync(process.execPath, [...args], {cwd: folder, env, encoding: 'utf8', timeout: 60_000});
	const ms = Number(process.hrtime.bigint() - start) / 1e6;
	if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
	return ms;
}
