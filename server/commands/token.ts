import {parseDuration} from '../../gate/duration.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {makeToken} from '../actions/make-token.ts';
import {revokeToken} from '../actions/revoke-token.ts';
import {AppError} from '../app-error.ts';
import type {Token} from '../stores/tokens.ts';
import {type Command, type Io, need, parseCommand, personOf, printJson} from './command.ts';
import {onDatabase} from './on-database.ts';
import {roleNamed} from './user.ts';

const options = {role: {type: 'string'}, service: {type: 'string', multiple: true}, for: {type: 'string'}} as const;
const where = 'at the command line';
const verbs = ['list', 'create', 'revoke'] as const;

type Values = {readonly role?: string | undefined; readonly service?: readonly string[] | undefined; readonly for?: string | undefined};
type Asked = {readonly deps: Deps; readonly io: Io; readonly what: string; readonly json: boolean};

function stateOf({revokedAt, expiresAt}: Token, now: string): string {
	if (revokedAt !== null) return `revoked ${revokedAt.slice(0, 16)}Z`;
	if (expiresAt === null) return 'until revoked';
	return `${expiresAt <= now ? 'ended' : 'until'} ${expiresAt.slice(0, 16)}Z`;
}

async function list({deps, io, json}: Asked): Promise<void> {
	const tokens = await reading(deps).tokens.list();
	if (json) return printJson(io, {tokens});
	if (tokens.length === 0) io.out('No token yet. `signalbox token create NAME --role deployer` makes one.\n');
	for (const token of tokens) {
		const about = token.services === null ? 'every service' : token.services.join(', ');
		const seen = token.seenAt === null ? 'never seen' : `seen ${token.seenAt.slice(0, 16)}Z`;
		io.out(`${token.id} ${token.role.padEnd(9)} ${token.name}: ${about}; ${stateOf(token, deps.clock.now())}; ${seen}\n`);
	}
}

async function create({deps, io, what, json}: Asked, values: Values): Promise<void> {
	const forMs = values.for === undefined ? null : parseDuration(values.for);
	if (values.for !== undefined && forMs === null)
		throw new AppError('invalid', `--for ${JSON.stringify(values.for)} is no duration; write 90d or 12h.`);
	const role = roleNamed(need(values.role, '--role', '--role deployer'));
	const {token, text} = await makeToken(deps, {name: what, role, services: values.service ?? [], forMs, actor: personOf(io.env), where});
	if (json) return printJson(io, {token, text});
	// The token alone goes to standard output, so that it can be put into a file.
	io.err(`The token ${token.name} (${token.id}), ${token.role}, ${stateOf(token, deps.clock.now())}. It is shown only now:\n`);
	io.out(`${text}\n`);
}

async function revoke({deps, io, what, json}: Asked): Promise<void> {
	const token = await revokeToken(deps, {id: what, actor: personOf(io.env), where});
	if (json) return printJson(io, {token});
	io.out(`The token ${token.name} (${token.id}) opens nothing any more.\n`);
}

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, options);
	const [verb = 'list', what = '', ...more] = positionals;
	const known = verbs.find(each => each === verb);
	if (known === undefined) throw new AppError('invalid', `\`signalbox token\` knows ${verbs.join(', ')}, not ${JSON.stringify(verb)}.`);
	if (more.length > 0) throw new AppError('invalid', `One at a time: ${JSON.stringify(more[0])} is too many.`);
	if (known === 'create') need(what, 'A name', 'signalbox token create fleet --role deployer');
	if (known === 'revoke') need(what, "A token's id", 'signalbox token revoke 0123456789');
	await onDatabase(values, io, deps => {
		const asked = {deps, io, what, json: values.json === true};
		return known === 'list' ? list(asked) : known === 'create' ? create(asked, values) : revoke(asked);
	});
	return 0;
}

export const command: Command = {
	summary: 'make, list and revoke the tokens of programs',
	help: `Usage: signalbox token list | create NAME --role ROLE [--service S]... [--for 90d] | revoke ID

It works on the database itself: whoever may write there decides. create prints the token, once; only its sha256 is kept.

  --role ROLE     viewer, editor, deployer or admin; a hook needs deployer
  --service S     it may write about these services alone; several may be given; without it, about all
  --for TIME      when it ends by itself; without it, when it is revoked

A program shows it by \`token_file: FILE\` in its signalbox.yaml, or SIGNALBOX_TOKEN.

Example: signalbox token create fleet --role deployer --service mediawiki --for 90d > /etc/signalbox.token`,
	run,
};
