/** What is sent: nothing from outside calls a channel, makes a link of its own or outgrows what Slack takes. */
import test from 'ava';
import fc from 'fast-check';
import {foldedOver, messageOf, type NoticeWords} from '../../reports/notice.ts';
import {mailText, slackBody, slackText, slackTextMax} from '../../templates/notice-text.ts';
import {noticeWords, sending} from '../helpers/view-samples.ts';

const bodyOf = (...notices: NoticeWords[]) => {
	const message = messageOf(notices);
	if (message === null) throw new Error('no message');
	return {slack: slackBody(message, sending), mail: mailText(message, sending)};
};
const sectionOf = ({slack}: ReturnType<typeof bodyOf>): string => {
	const [section] = slack.blocks;
	return section?.type === 'section' ? section.text.text : '';
};

test('the sentence comes first, then what to do, then the link, then the id', t => {
	const {slack, mail} = bodyOf(noticeWords);
	const lines = slack.text.split('\n');
	t.is(lines.length, 4);
	t.is(lines[0], noticeWords.sentence);
	t.is(lines[1], 'What to do: `signalbox rollback --plan --service mediawiki`');
	t.is(lines[2], '<https://signalbox.example.org/incidents/INC-2015-0001>');
	t.is(lines[3], `Notice ${sending.id}`);
	t.is(mail.subject, '[Signalbox] INC-2015-0001 open: 2015-10-26 mediawiki: errors at canaries, 96 times the baseline');
});

test('hostile text is escaped as Slack documents it, and calls nobody', t => {
	const text = 'x <!channel> <@U123> <https://evil.example|click> & @channel @here,@all (@robin) but robin@example.org `code`';
	t.is(
		slackText(text, 1000),
		'x &lt;!channel&gt; &lt;\uFF20U123&gt; &lt;https://evil.example|click&gt; &amp; \uFF20channel \uFF20here,\uFF20all (\uFF20robin) but robin@example.org `code`',
	);
	const body = bodyOf({...noticeWords, sentence: text, remedy: 'rm `x` <!here>'});
	t.true(body.slack.text.includes("What to do: `rm 'x' &lt;!here&gt;`"));
});

test('whatever comes in, the body stays under what Slack takes, and < begins only our own link', t => {
	const check = fc.check(
		fc.property(
			fc.array(fc.string({unit: 'binary', maxLength: 3000}), {minLength: 1, maxLength: 14}),
			fc.option(fc.string({unit: 'grapheme', maxLength: 500}), {nil: null}),
			fc.constantFrom('&', '<', '@channel ', ''),
			(sentences, remedy, filler) => {
				const notices = sentences.map(text => ({...noticeWords, sentence: filler.repeat(400) + text, remedy}));
				const section = sectionOf(bodyOf(...notices));
				const opened = [...section.matchAll(/</g)].length;
				return section.length <= slackTextMax && section.length > 0 && opened <= 1 && !/(^|\s)@\w/.test(section);
			},
		),
		{numRuns: 200},
	);
	t.false(check.failed, fc.defaultReportMessage(check));
});

test('up to ten are told as they are; more are named by count', t => {
	const many = (count: number) => Array.from({length: count}, (_, index) => ({...noticeWords, sentence: `number ${index}.`}));
	t.true(bodyOf(...many(foldedOver)).mail.text.includes('number 9.'));
	const folded = bodyOf(...many(foldedOver + 2));
	t.is(folded.mail.subject, '[Signalbox] 12 notices that waited');
	t.true(folded.mail.text.includes('And 2 more that are not named here.'));
	t.false(folded.mail.text.includes('number 10.'));
});

test('without an address of the service there is no link, and no empty place for one', t => {
	const message = messageOf([noticeWords]);
	if (message === null) throw new Error('no message');
	const {text} = slackBody(message, {...sending, base: null});
	t.false(text.includes('http'));
	t.is(text.split('\n').length, 3);
});
