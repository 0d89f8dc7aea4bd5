/** Answers the files that pages ask for: for ever under the address with their version, and with a question back under the bare one. */
import type {RequestHandler} from 'express';
import {assetFiles} from '../templates/asset-files.ts';
import {AppError} from './app-error.ts';

export const serveAssets: RequestHandler = ({method, path, query}, response, next) => {
	if (method !== 'GET' && method !== 'HEAD') return next();
	const file = assetFiles().get(path.slice(1));
	if (file === undefined) throw new AppError('not-found', `There is no asset ${path.slice(0, 200)}.`);
	const isVersioned = query['v'] === file.version;
	response
		.set('cache-control', isVersioned ? 'public, max-age=31536000, immutable' : 'no-cache')
		.set('etag', `"${file.version}"`)
		.type(file.type)
		.send(file.body);
};
