import type {Change} from '../../gate/facts.ts';
import {readFooters} from '../../gate/order/footers.ts';

/** Commits and Change-Ids, whole or shortened, that a change says it reverts. */
export const revertedNames = (change: Change): string[] =>
	readFooters(change.message ?? '').reverts.flatMap(reference =>
		reference.kind === 'sha' ? [reference.sha] : reference.kind === 'change-id' ? [reference.changeId] : [],
	);
