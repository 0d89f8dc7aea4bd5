/** Every rule there is, in the order in which findings of equal weight are shown. */
import type {Rule} from '../rule.ts';
import {canaryErrors} from './canary-errors.ts';
import {mirrorsAgree} from './mirrors-agree.ts';
import {openIncident} from './open-incident.ts';
import {patchOrder} from './patch-order.ts';
import {signalsAlive} from './signals-alive.ts';
import {wayBack} from './way-back.ts';
import {wentThrough} from './went-through.ts';

export const rules: readonly Rule[] = [patchOrder, openIncident, wentThrough, mirrorsAgree, wayBack, signalsAlive, canaryErrors];
