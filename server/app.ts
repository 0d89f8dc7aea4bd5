/** The HTTP door: who may come in, and which route answers. */
import express, {type Express, type RequestHandler} from 'express';
import helmet from 'helmet';
import {problemPage} from '../templates/problem-page.ts';
import {assetsFolder} from '../templates/render.ts';
import type {Deps} from './actions/deps.ts';
import {AppError} from './app-error.ts';
import {setCaller} from './caller.ts';
import {errorHandler} from './problem.ts';
import {boardRoutes} from './routes/board.ts';
import {checkRoutes} from './routes/checks.ts';
import {deployRoutes} from './routes/deploys.ts';
import {eventRoutes} from './routes/events.ts';
import {incidentRoutes} from './routes/incidents.ts';
import {listRoutes} from './routes/lists.ts';
import {noticeRoutes} from './routes/notices.ts';
import {openapiRoute} from './routes/openapi.ts';
import {pageRoutes} from './routes/pages.ts';
import {mount, type Route} from './routes/route.ts';
import {sendPage} from './routes/send-page.ts';
import {serviceRoutes} from './routes/services.ts';

const loopbackHost = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/**
 * There is no sign-in yet, so only this machine may ask, and no page of another site on it: the Host must be a loopback name (a name
 * that an attacker points at 127.0.0.1 is not), and a browser's cross-site request is refused.
 */
const loopbackOnly: RequestHandler = (request, _response, next) => {
	if (!loopbackHost.test(request.headers.host ?? ''))
		throw new AppError('forbidden', 'Signalbox answers on this machine only: ask it as localhost or 127.0.0.1.');
	const site = request.headers['sec-fetch-site'];
	if (site !== undefined && site !== 'same-origin' && site !== 'none' && request.method !== 'GET')
		throw new AppError('forbidden', 'A page of another site may not write here.');
	const {origin, host} = request.headers;
	if (origin !== undefined && origin !== `http://${host}` && request.method !== 'GET')
		throw new AppError('forbidden', 'A page of another site may not write here.');
	next();
};

const security = helmet({
	contentSecurityPolicy: {
		useDefaults: false,
		directives: {
			defaultSrc: ["'none'"],
			styleSrc: ["'self'"],
			imgSrc: ["'self'", 'data:'],
			formAction: ["'self'"],
			frameAncestors: ["'none'"],
			baseUri: ["'none'"],
		},
	},
	// Plain HTTP on loopback: a browser that learnt otherwise would lock people out of localhost.
	strictTransportSecurity: false,
});

const healthRoute = (deps: Deps): Route => ({
	...{method: 'get', path: '/healthz', access: 'anyone'},
	async answer(_request, response) {
		await deps.database.read.raw('select 1');
		response.type('text').send('ok\n');
	},
});

/** Every route of the service, in the order in which they are asked. */
export function routesOf(deps: Deps): readonly Route[] {
	const table: readonly Route[] = [
		healthRoute(deps),
		...checkRoutes(deps),
		...eventRoutes(deps),
		...boardRoutes(deps),
		...deployRoutes(deps),
		...incidentRoutes(deps),
		...serviceRoutes(deps),
		...listRoutes(deps),
		...noticeRoutes(deps),
		...pageRoutes(deps),
		openapiRoute(() => table),
	];
	return table;
}

export function createApp(deps: Deps): Express {
	const app = express();
	app.disable('x-powered-by');
	app.set('query parser', 'simple');
	app.use(security, loopbackOnly);
	app.use('/assets', express.static(assetsFolder(), {maxAge: '1h', index: false}));
	app.use((_request, response, next) => {
		// Until there is a sign-in, whoever reaches this machine's loopback may do everything.
		setCaller(response, {kind: 'machine', name: 'this machine', role: 'admin', services: null, csrf: null});
		next();
	});
	mount(app, routesOf(deps));
	app.use(request => {
		throw new AppError('not-found', `There is nothing at ${request.path.slice(0, 200)}.`);
	});
	app.use(
		errorHandler(deps.log, ({status, detail, problems}, response) =>
			sendPage(response, 'pages/problem.hbs', problemPage({now: deps.clock.now(), status, what: detail, problems}), status),
		),
	);
	return app;
}
