import type {Deps} from './deps.ts';

/** The address of a sign-in link, as it is given to whoever is to use it. */
export const linkText = ({config, baseUrl}: Pick<Deps, 'config' | 'baseUrl'>, secret: string): string =>
	`${baseUrl() ?? config.url ?? `http://localhost:${config.listen.port}`}/sign-in/${secret}`;
