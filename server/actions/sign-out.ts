/** Ends one session; what the browser still holds opens nothing any more. */
import {type Deps, writing} from './deps.ts';

export const signOut = (deps: Deps, session: string): Promise<void> => writing(deps, stores => stores.sessions.drop(session));
