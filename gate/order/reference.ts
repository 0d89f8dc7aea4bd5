/**
 * Reference: how a person names another change in a commit message. The forms are those that Zuul, Gerrit, Mergify and GitLab
 * users write (Depends-On grammars of these tools), read by one parser so that none of them is lost.
 */
export type Reference =
	/** Gerrit's Change-Id, lower case. `whole` is false for a shortened one (8 to 39 digits). */
	| {readonly kind: 'change-id'; readonly changeId: string; readonly whole: boolean}
	| {readonly kind: 'sha'; readonly sha: string}
	/** A Gerrit change number, alone or from its URL. */
	| {readonly kind: 'number'; readonly number: string; readonly host?: string; readonly project?: string}
	/** GitHub's pull request, `owner/repo#N`, or GitLab's merge request, `owner/repo!N`. */
	| {readonly kind: 'pull-request' | 'merge-request'; readonly repository: string; readonly number: string; readonly host?: string};

const tokenLengthMax = 500;
const digits = /^\d{1,9}$/;
const namePart = /^[\w.+-]{1,100}$/;

const withoutZeros = (number: string): string => String(Number(number));

function hostingReference(kind: 'pull-request' | 'merge-request', path: readonly string[], number: string | undefined, host?: string) {
	if (number === undefined || !digits.test(number)) return null;
	if (path.length < 2 || path.length > 12 || !path.every(part => namePart.test(part))) return null;
	const reference = {kind, repository: path.join('/'), number: withoutZeros(number)};
	return host === undefined ? reference : {...reference, host};
}

/** Zuul allows word characters after a number in a Gerrit URL; a comma begins the old `,patchset` form. */
const leadingNumber = (part: string | undefined): string | null => /^(\d{1,9})(?:,\d+)?$/.exec(part ?? '')?.[1] ?? null;

function fromPath(host: string, parts: readonly string[]): Reference | null {
	const mergeRequests = parts.indexOf('merge_requests');
	if (mergeRequests > 0) {
		const project = parts.slice(0, parts[mergeRequests - 1] === '-' ? mergeRequests - 1 : mergeRequests);
		return hostingReference('merge-request', project, parts[mergeRequests + 1], host);
	}
	if (parts[2] === 'pull' || parts[2] === 'pulls') return hostingReference('pull-request', parts.slice(0, 2), parts[3], host);
	const commit = parts.indexOf('commit');
	if (commit >= 0) return fromWord(parts[commit + 1] ?? '', ['sha']);
	const query = parts.indexOf('q');
	if (query >= 0) return fromWord((parts[query + 1] ?? '').split(',')[0] ?? '', ['change-id']);
	const plus = parts.indexOf('+');
	const start = parts.indexOf('c');
	if (plus >= 0) {
		const number = leadingNumber(parts[plus + 1]);
		if (number === null) return fromWord(parts[plus + 1] ?? '', ['sha']);
		const project = parts.slice(start + 1, plus).join('/');
		return {kind: 'number', number: withoutZeros(number), host, ...(project === '' ? {} : {project})};
	}
	if (parts.includes('issues') || parts.includes('-')) return null;
	const number = leadingNumber(start >= 0 ? parts[start + 1] : parts.at(-1));
	return number === null ? null : {kind: 'number', number: withoutZeros(number), host};
}

function fromUrl(token: string): Reference | null {
	const found = /^https?:\/\/([^/?#\s]{1,253})\/([^\s]*)$/i.exec(token);
	if (found === null) return null;
	const [, host = '', rest = ''] = found;
	// Gerrit's old addresses keep the change in the fragment: /r/#/c/60422/. Any other fragment or query says nothing of the change.
	const path = rest.replace('#/', '').split(/[?#]/)[0] ?? '';
	const parts = path.replaceAll(/%2f/gi, '/').split('/');
	return fromPath(
		host.toLowerCase(),
		parts.filter(part => part !== ''),
	);
}

/** The forms without a slash: a Change-Id, a number, a sha. A number of up to 9 digits is a number before it is a sha. */
function fromWord(word: string, kinds: readonly Reference['kind'][]): Reference | null {
	if (kinds.includes('change-id') && /^i[0-9a-f]{8,40}$/i.test(word)) {
		return {kind: 'change-id', changeId: `I${word.slice(1).toLowerCase()}`, whole: word.length === 41};
	}
	if (kinds.includes('number') && /^#?\d{1,9}$/.test(word)) return {kind: 'number', number: withoutZeros(word.replace('#', ''))};
	if (kinds.includes('sha') && /^[0-9a-f]{7,40}$/i.test(word)) return {kind: 'sha', sha: word.toLowerCase()};
	return null;
}

/** Reads one word as a reference; null where it is none. Linear in the word, which may be anything. */
export function parseReference(token: string): Reference | null {
	if (token.length > tokenLengthMax) return null;
	if (/^https?:/i.test(token)) return fromUrl(token);
	const short = /^([\w.+/-]+)([!#])(\d{1,9})$/.exec(token);
	if (short !== null) {
		const [, path = '', mark, number] = short;
		return hostingReference(mark === '!' ? 'merge-request' : 'pull-request', path.split('/'), number);
	}
	if (token.includes('/-/merge_requests/')) {
		const parts = token.split('/').filter(part => part !== '');
		const [host = ''] = parts;
		// Without a scheme the first part is a host when it has a dot, as in gitlab.example.org/group/repo/-/merge_requests/1.
		if (host.includes('.')) return fromPath(host.toLowerCase(), parts.slice(1));
		return hostingReference('merge-request', parts.slice(0, parts.indexOf('-')), parts[parts.indexOf('merge_requests') + 1]);
	}
	return fromWord(token, ['change-id', 'number', 'sha']);
}

/** The reference in its canonical spelling, as a correction proposes it and a finding prints it. */
export function referenceText(reference: Reference): string {
	switch (reference.kind) {
		case 'change-id':
			return reference.changeId;
		case 'sha':
			return reference.sha;
		case 'number':
			if (reference.host === undefined) return reference.number;
			return `https://${reference.host}/${reference.project === undefined ? '' : `c/${reference.project}/+/`}${reference.number}`;
		default:
			return `${reference.repository}${reference.kind === 'pull-request' ? '#' : '!'}${reference.number}`;
	}
}

/** Equal for two references that name one thing by number: the host is left out, since people write both with and without it. */
export function referenceKey(reference: Reference): string {
	if (reference.kind === 'number') return `number ${reference.number}`;
	return `${reference.kind} ${referenceText(reference).toLowerCase()}`;
}
