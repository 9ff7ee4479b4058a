// Package importer reads descriptions of services that others wrote (WSDL 1.1 with XML Schema 1.0, XML Schema alone,
// OpenAPI 3.0 and 3.1, JSON Schema) and makes draft services of the catalogue of them.
//
// It owns the reading, which is bounded in bytes, files, depth and fields and knows no network: what a description
// refers to is found in one folder or is missing. Nothing is lost silently. Each draft carries notes with
// file and line: what a person must decide, what was changed, what could not be carried over. After a message is made,
// a sweep walks its schema again by form alone and names every member that neither a field nor a note mentions. An
// operation that the platform cannot carry is left out with the reason.
//
// It guesses where names say enough (a 13-character IDNP is an identification number, a read-only operation begins with
// Get) and marks each guess. It never publishes: a draft is a manifest in YAML, to be read and applied by a person.
package importer
