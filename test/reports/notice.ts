import test from 'ava';
import {isAskedFor, isNews, noticeKindOf, noticeOf} from '../../reports/notice.ts';
import {noteEvent} from '../helpers/events.ts';

const incident = {id: 'INC-2026-0007', title: '2026-03-02 app: errors at canaries', status: 'open'} as const;
const about = {service: 'app', deploy: 'app-7f3a', attempt: 1};
const head = 'f'.repeat(64);

test('an incident says how it stands in the subject, and what to run', t => {
	const event = noteEvent({...about, kind: 'incident_opened', incident: incident.id, text: 'INC-2026-0007 opened: fatals'});
	t.deepEqual(noticeOf(event, incident, head), {
		about: 'incident_opened',
		subject: 'INC-2026-0007 open: 2026-03-02 app: errors at canaries',
		sentence: 'app: INC-2026-0007 opened: fatals',
		remedy: 'signalbox rollback --plan --service app',
		path: '/incidents/INC-2026-0007',
		at: event.happenedAt,
		head,
	});
});

test('a hold names its deploy and carries the remedy of its finding', t => {
	const event = noteEvent({...about, kind: 'gate_failed', text: 'before: hold. x', data: {verdict: 'hold', remedy: 'signalbox order a b'}});
	t.like(noticeOf(event, null, head), {
		...{about: 'hold', subject: 'app app-7f3a/1: hold', remedy: 'signalbox order a b', path: '/deploys/app-7f3a'},
	});
});

test('each kind of event is about what its readers call it', t => {
	const kind = (more: Parameters<typeof noteEvent>[0]) => noticeKindOf(noteEvent(more));
	t.is(kind({kind: 'gate_failed', data: {verdict: 'rollback'}}), 'rollback');
	t.is(kind({kind: 'rollback_failed'}), 'rollback');
	t.is(kind({kind: 'gate_no_data'}), 'blind');
	t.is(kind({kind: 'gate_overridden'}), 'override');
	t.is(kind({kind: 'impact_end', incident: incident.id}), 'draft_ready');
	t.is(kind({kind: 'impact_end'}), null);
	t.is(kind({kind: 'incident_changed', data: {status: 'mitigated'}}), 'incident_changed');
	t.is(kind({kind: 'incident_changed', data: {status: 'resolved'}}), 'draft_ready');
	t.is(kind({kind: 'gate_passed'}), null);
	t.is(kind({kind: 'rollback_started', source: 'sal_import'}), null);
});

test('who asks for changes alone is told of the last change too', t => {
	const resolved = noteEvent({kind: 'incident_changed', data: {status: 'resolved'}});
	t.true(isAskedFor('draft_ready', resolved, new Set(['incident_changed'])));
	t.false(isAskedFor('draft_ready', noteEvent({kind: 'impact_end'}), new Set(['incident_changed'])));
});

test('news is of the last day', t => {
	const event = noteEvent({happenedAt: '2026-03-02T10:00:00.000Z'});
	t.true(isNews(event, '2026-03-03T09:59:59.999Z'));
	t.false(isNews(event, '2026-03-03T10:00:00.000Z'));
});

test('text from outside becomes one line without characters that cannot be seen', t => {
	const words = noticeOf(noteEvent({kind: 'gate_overridden', text: 'a\r\nBcc: x\u202E\u0007'}), null, head);
	t.is(words?.sentence, 'a Bcc: x[U+202E]␇');
});
