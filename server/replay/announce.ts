/** Says something as scap does to the IRC relay: one TCP connection a message, no newline at its end, no answer. */
import {connect} from 'node:net';

const limitMs = 5000;

/** Resolves when the message is out and the other side has hung up. */
export function announce(address: {readonly host: string; readonly port: number}, line: string): Promise<void> {
	return new Promise((resolve, reject) => {
		const socket = connect(address);
		socket.setTimeout(limitMs, () => socket.destroy(new Error(`nobody took the announcement within ${limitMs / 1000} s`)));
		socket.once('error', reject);
		socket.once('close', () => resolve());
		socket.once('connect', () => socket.end(line));
		socket.resume();
	});
}
