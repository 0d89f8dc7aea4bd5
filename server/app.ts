/** The HTTP door: who may come in, and which route answers. */
import express, {type Express, type RequestHandler} from 'express';
import helmet from 'helmet';
import {problemPage} from '../templates/problem-page.ts';
import type {Deps} from './actions/deps.ts';
import {AppError} from './app-error.ts';
import {serveAssets} from './assets.ts';
import type {Config} from './config.ts';
import {doorOf, findCaller, refuse} from './door/find-caller.ts';
import {meantForUs} from './door/hosts.ts';
import {type Limits, limitsFor, usualLimits} from './door/limits.ts';
import {errorHandler} from './problem.ts';
import {accessRoutes} from './routes/access-api.ts';
import {actRoutes} from './routes/acts.ts';
import {boardRoutes} from './routes/board.ts';
import {checkRoutes} from './routes/checks.ts';
import {deployRoutes} from './routes/deploys.ts';
import {eventRoutes} from './routes/events.ts';
import {healthRoutes} from './routes/health.ts';
import {incidentRoutes} from './routes/incidents.ts';
import {landedRoutes} from './routes/landed-page.ts';
import {listRoutes} from './routes/lists.ts';
import {liveRoutes} from './routes/live.ts';
import {meetingApiRoutes} from './routes/meeting-api.ts';
import {meetingRoutes} from './routes/meetings.ts';
import {noticeRoutes} from './routes/notices.ts';
import {openapiRoute} from './routes/openapi.ts';
import {pageRoutes} from './routes/pages.ts';
import {peopleRoutes} from './routes/people.ts';
import {plannerRoutes} from './routes/planner-page.ts';
import {prerequisiteRoutes} from './routes/prerequisites.ts';
import {mount, type Route} from './routes/route.ts';
import {sendPage} from './routes/send-page.ts';
import {serviceRoutes} from './routes/services.ts';
import {signInRoutes} from './routes/sign-in.ts';
import {signalsPageRoutes} from './routes/signals-page.ts';
import {tokenRoutes} from './routes/tokens.ts';
import {trackerRoutes} from './routes/trackers.ts';

const halfYearSeconds = 15_552_000;

/** Plain HTTP may be all there is, as on loopback: a browser that learnt otherwise would lock people out. */
const security = ({url}: Config): RequestHandler =>
	helmet({
		contentSecurityPolicy: {
			useDefaults: false,
			directives: {
				defaultSrc: ["'none'"],
				scriptSrc: ["'self'"],
				connectSrc: ["'self'"],
				styleSrc: ["'self'"],
				imgSrc: ["'self'", 'data:'],
				formAction: ["'self'"],
				frameAncestors: ["'none'"],
				baseUri: ["'none'"],
			},
		},
		xFrameOptions: {action: 'deny'},
		// Nothing to other sites; to ourselves, since without it a browser would send our own forms as from nowhere (`Origin: null`).
		referrerPolicy: {policy: 'same-origin'},
		strictTransportSecurity: url?.startsWith('https:') ? {maxAge: halfYearSeconds, includeSubDomains: false} : false,
	});

/** Every route of the service, in the order in which they are asked. */
export function routesOf(deps: Deps): readonly Route[] {
	const table: readonly Route[] = [
		...healthRoutes(deps),
		...signInRoutes(deps, doorOf(deps, null).cookies),
		...peopleRoutes(deps),
		...tokenRoutes(deps),
		...accessRoutes(deps),
		...checkRoutes(deps),
		...eventRoutes(deps),
		...boardRoutes(deps),
		...deployRoutes(deps),
		...incidentRoutes(deps),
		...serviceRoutes(deps),
		...meetingApiRoutes(deps),
		...meetingRoutes(deps),
		...listRoutes(deps),
		...signalsPageRoutes(deps),
		...landedRoutes(deps),
		...prerequisiteRoutes(deps),
		...plannerRoutes(deps),
		...noticeRoutes(deps),
		...trackerRoutes(deps),
		...actRoutes(deps),
		...pageRoutes(deps),
		...liveRoutes(deps),
		openapiRoute(() => table),
	];
	return table;
}

export type AppOptions = {
	/** The token of the command that runs this service inside itself: it may do everything, and nobody else anything. */
	readonly insider?: string | null;
	readonly limits?: Limits;
};

export function createApp(deps: Deps, {insider = null, limits = usualLimits}: AppOptions = {}): Express {
	const app = express();
	app.disable('x-powered-by');
	app.enable('case sensitive routing');
	app.set('query parser', 'simple');
	app.use(security(deps.config), meantForUs(deps.config));
	app.use('/assets', serveAssets);
	app.use(findCaller(deps, doorOf(deps, insider)), ...limitsFor(limits), refuse);
	mount(app, routesOf(deps), deps.clock);
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
