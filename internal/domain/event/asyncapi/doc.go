// Package asyncapi writes an AsyncAPI 3.0 document of the events that one system may produce and consume: channels,
// operations, and for each type the CloudEvent with its data as far as they are granted.
//
// It owns no law: what a system is entitled to is uploaded. The schemas of types, whatever their draft, are written in
// the form of draft 7 that AsyncAPI demands of every reader: local references are put in their place, what was not
// granted is left out, and keywords of later drafts are translated where draft 7 can say the same, else left out. The
// document describes; the platform checks by the schema as declared.
package asyncapi
