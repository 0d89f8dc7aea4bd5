import {rules} from '../../gate/rules/all.ts';
import type {Command} from './command.ts';
import {tryCommand} from './try.ts';

export const command: Command = {
	summary: 'judge facts from a file, without a service or a database',
	help: `Usage: signalbox try FACTS.json [--policy FILE] [--json]
       signalbox try --schema

Example: signalbox try facts.json --policy policy.yaml`,
	run: (args, io) => tryCommand([...args], {out: io.out, err: io.err, isTty: io.isTerminal, cwd: io.cwd}, rules),
};
