// Package openapi writes the OpenAPI 3.1 description of the services that one consumer system may call over REST.
//
// Each service version is one POST under /api/v1/{service}/{version}, its request and answer by the schemas
// of package jsonschema, the legal context as four headers, refusals as RFC 9457 problem documents. An opaque
// answer is given by its media types. Descriptions are in one language. The same services give the same
// bytes, in whatever order they come. Who is entitled to what is for the caller to say.
package openapi
