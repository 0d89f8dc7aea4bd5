/** The description of the HTTP API, for programs that make clients of it. */
import {type OpenApiDocument, openapiOf} from '../openapi.ts';
import {openapiAnswer} from '../schemas/gate-answers.ts';
import type {Route} from './route.ts';

/** `table` is asked when the first one wants the document: this route stands in it too. */
export function openapiRoute(table: () => readonly Route[]): Route {
	let made: OpenApiDocument | null = null;
	return {
		// Viewers alone: a service that is closed to strangers does not show them what it can do.
		...{method: 'get', path: '/api/v1/openapi.json', access: 'viewer'},
		doc: {id: 'getOpenapi', summary: 'This document.', answers: {200: {schema: openapiAnswer}}},
		answer(_request, response) {
			made ??= openapiOf(table());
			response.json(made);
		},
	};
}
