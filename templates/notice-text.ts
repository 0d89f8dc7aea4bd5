/** The words of a notice as they are sent: Slack's JSON, or a mail. What comes from outside can neither call a channel nor begin a header. */
import type {Message} from '../reports/notice.ts';
import {plainText} from '../reports/plain-text.ts';
import {sayCount} from '../reports/say.ts';
import type {NoticeMailView, NoticeView} from './notice-views.ts';
import {render} from './render.ts';

export type Sending = {
	/** The id by which it is sent, at every attempt. */
	readonly id: string;
	/** The target's name. */
	readonly target: string;
	/** Where the service is reached, without a slash at the end; null where nobody said. */
	readonly base: string | null;
};

/** Slack takes 3,000 characters in a block. */
export const slackTextMax = 3000;
const sentencesMax = 2000;
const remedyMax = 500;
const linkMax = 300;

const slackEscapes: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;'};

/**
 * Escaped as Slack documents it (&, < and >, which leaves no `<!channel>`), and an @ that begins a word, by which Mattermost and others
 * call people, is replaced by a character that looks like it. Cut so that what comes out, not what went in, is at most so long.
 */
export function slackText(text: string, max: number): string {
	const quiet = text.replaceAll(/(?<![\w.+-])@(?=[\w])/g, '\uFF20');
	let escaped = '';
	for (const character of quiet) {
		const next = slackEscapes[character] ?? character;
		if (escaped.length + next.length > max - 1) return `${escaped}…`;
		escaped += next;
	}
	return escaped;
}

const linkOf = (path: string, base: string | null): string | null => {
	const link = base === null ? null : `${base}${path}`;
	return link === null || link.length > linkMax ? null : link;
};

const unnamedOf = (unnamed: number): string | null => (unnamed === 0 ? null : `And ${sayCount(unnamed)} more that are not named here.`);

export type SlackBody = {
	readonly text: string;
	readonly blocks: readonly (
		| {readonly type: 'section'; readonly text: {readonly type: 'mrkdwn'; readonly text: string; readonly verbatim: true}}
		| {readonly type: 'context'; readonly elements: readonly {readonly type: 'plain_text'; readonly text: string; readonly emoji: false}[]}
	)[];
};

/** What the text of a webhook's body is made of. */
export function slackView(message: Message, {base}: Sending): NoticeView {
	const each = Math.floor(sentencesMax / Math.max(1, message.sentences.length));
	const link = linkOf(message.path, base);
	return {
		sentences: message.sentences.map(sentence => slackText(sentence, each)),
		unnamed: unnamedOf(message.unnamed),
		remedy: message.remedy === null ? null : slackText(message.remedy.replaceAll('`', "'"), remedyMax),
		link: link === null ? null : `<${link.replaceAll('&', '&amp;')}>`,
	};
}

/** The body for a webhook. `text` is what a phone shows, and all that those understand who know no blocks. */
export function slackBody(message: Message, sending: Sending): SlackBody {
	const text = render('notices/slack.txt.hbs', slackView(message, sending)).trimEnd();
	const about = `Signalbox, notice ${sending.id}, timeline ${message.head}`;
	return {
		text: `${text}\nNotice ${sending.id}`,
		blocks: [
			{type: 'section', text: {type: 'mrkdwn', text, verbatim: true}},
			{type: 'context', elements: [{type: 'plain_text', text: about, emoji: false}]},
		],
	};
}

export const mailView = (message: Message, {id, target, base}: Sending): NoticeMailView => ({
	sentences: message.sentences,
	unnamed: unnamedOf(message.unnamed),
	remedy: message.remedy,
	link: linkOf(message.path, base),
	...{id, target: plainText(target), head: message.head},
});

/** Subject and text of a mail; the subject is one line. */
export const mailText = (message: Message, sending: Sending): {readonly subject: string; readonly text: string} => ({
	subject: plainText(`[Signalbox] ${message.subject}`, 220),
	text: render('notices/mail.txt.hbs', mailView(message, sending)),
});
