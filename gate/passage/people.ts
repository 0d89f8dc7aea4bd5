/**
 * Whether two names mean one person. Systems name people differently: `robin`, `Robin Doe`, `Robin Doe <robin@example.org>`. The policy's
 * `accounts` says which are one; beyond it, names, mails and the part of a mail before the @ are compared, and what was alike is said.
 */

/** `{account, person}`: what a system calls somebody, and who that is. */
export type Accounts = readonly Readonly<Record<string, string>>[];

/** Parts of mail addresses and names that many share: being alike in them says nothing. */
const shared: ReadonlySet<string> = new Set([
	...['admin', 'bot', 'ci', 'deploy', 'deployer', 'dev', 'gerrit', 'git', 'github', 'gitlab', 'hook', 'hostmaster', 'info', 'jenkins'],
	...['mail', 'me', 'no-reply', 'noreply', 'ops', 'root', 'signalbox', 'support', 'system', 'ubuntu', 'unknown', 'user', 'webmaster'],
]);

const nameMax = 1024;

/** Everything that somebody is called by, in lower case. `123+robin@users.noreply.github.com` is `robin`. */
function namesOf(text: string): string[] {
	const told = text
		.slice(0, nameMax)
		// A program says whom it acts for, and its own name behind that.
		.replace(/ via .*$/, '')
		.trim()
		.toLowerCase();
	const mail = /<?([^\s<>@]{1,200}@[^\s<>@]{1,200})>?\s*$/.exec(told)?.[1];
	const name = told.replace(/\s*<[^>]*>\s*$/, '').trim();
	const local = mail?.split('@')[0]?.replace(/^\d+\+/, '');
	return [...new Set([told, name, mail, local])].filter((each): each is string => each !== undefined && each !== '' && !shared.has(each));
}

function withAccounts(names: readonly string[], accounts: Accounts): Set<string> {
	const known = new Set(names);
	for (const {account, person} of accounts)
		if (account !== undefined && person !== undefined && known.has(account.trim().toLowerCase())) known.add(person.trim().toLowerCase());
	return known;
}

/** The name that both go by; null: as far as can be told they are two people. */
export function sameName(one: string, other: string, accounts: Accounts): string | null {
	const [mine, theirs] = [one, other].map(text => withAccounts(namesOf(text), accounts));
	if (mine === undefined || theirs === undefined) return null;
	return [...mine].find(name => theirs.has(name)) ?? null;
}
