/** Events for tests of the store: each is one difference from a plain note. */
import type {NewEvent} from '../../reports/events.ts';

let made = 0;

export const noteEvent = (more: Partial<NewEvent> = {}): NewEvent => {
	made += 1;
	return {
		...{kind: 'note', source: 'human', actor: {kind: 'person', name: 'Robin'}, precision: 'ms', data: {}},
		...{happenedAt: '2026-03-02T10:00:00.000Z', text: `Note ${made}`},
		...{service: null, deploy: null, attempt: null, incident: null},
		idempotencyKey: `note-${process.pid}-${made}`,
		...more,
	};
};

export const notes = (count: number): NewEvent[] => Array.from({length: count}, () => noteEvent());
