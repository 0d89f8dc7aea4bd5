/** `npm run evaluate:moves -- DIR… [--since DATE] [--sample N] [--json]`: prints the figures of docs/moves.md for any set of git repositories. */
import {parseArgs} from 'node:util';
import {evaluateMoves, evaluationText} from './evaluate-moves.ts';

const usage = `Usage: npm run evaluate:moves -- DIR... [--since DATE] [--sample N] [--json]

  DIR       git repositories, two or more; each is known by the name of its folder
  --since   only commits since then, as git reads dates
  --sample  how many of the links that nobody declared are printed, with their evidence (20)

Example: npm run evaluate:moves -- ~/src/CirrusSearch ~/src/WikimediaEvents --since 2015-01-01
`;

async function run(args: readonly string[]): Promise<number> {
	const options = {since: {type: 'string'}, sample: {type: 'string'}, json: {type: 'boolean'}, help: {type: 'boolean'}} as const;
	const {values, positionals} = parseArgs({args: [...args], options, allowPositionals: true});
	if (values.help || positionals.length === 0) {
		process.stdout.write(usage);
		return values.help ? 0 : 2;
	}
	const evaluation = await evaluateMoves(positionals, {since: values.since ?? null});
	process.stdout.write(values.json ? `${JSON.stringify(evaluation)}\n` : evaluationText(evaluation, Number(values.sample ?? 20)));
	return 0;
}

run(process.argv.slice(2)).then(
	exit => {
		process.exitCode = exit;
	},
	(error: unknown) => {
		process.stderr.write(`evaluate:moves: ${error instanceof Error ? error.message : String(error)}\n`);
		process.exitCode = 2;
	},
);
