/** Who asks: this machine, this person, this question. */
import {readFileSync} from 'node:fs';
import {userInfo} from 'node:os';

function readLine(file: string): string | null {
	try {
		return readFileSync(file, 'utf8').trim() || null;
	} catch {
		// Not every system has it; the caller says null.
		return null;
	}
}

/**
 * A short sha256 of the machine's id and boot, which tells two machines of one name apart. The id itself stays secret, as machine-id(5)
 * asks for. Null where there is none.
 */
export function machineMark(): string | null {
	const id = readLine('/etc/machine-id');
	const boot = readLine('/proc/sys/kernel/random/boot_id');
	if (id === null && boot === null) return null;
	const {createHash} = process.getBuiltinModule('node:crypto');
	return createHash('sha256').update(`signalbox ${id} ${boot}`).digest('hex').slice(0, 16);
}

function loginName(): string {
	try {
		return userInfo().username;
	} catch {
		// A user id without an entry in passwd, as in containers.
		return 'unknown';
	}
}

/** The person behind sudo, else the user. */
export const actorOf = (env: Readonly<Record<string, string | undefined>>): string =>
	(env['SUDO_USER'] || env['USER'] || env['LOGNAME'] || loginName()).slice(0, 100);

/** A key that no other question has. */
export function newKey(): string {
	const {randomUUID} = process.getBuiltinModule('node:crypto');
	return randomUUID();
}
