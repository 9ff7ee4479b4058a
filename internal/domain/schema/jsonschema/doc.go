// Package jsonschema writes a type of the catalogue as JSON Schema 2020-12.
//
// It owns the correspondence for the neutral JSON that REST carries. A request must have its mandatory fields
// and no undeclared one; in an answer every field may be absent, for an agreement grants some of them only. A
// decimal is a number or its text. A schema never refuses what the platform accepts: a pattern that JavaScript
// would read otherwise than RE2 is left out, check digits and the days of the calendar are for the platform.
// The same type gives the same bytes, fields in declared order.
package jsonschema
