// Package sandbox answers every service with invented people, so that an integrator can build before an agreement is
// signed. No provider is ever asked.
//
// It owns what the sandbox does otherwise than the exchange: a Provider that makes answers up from the service's types
// and examples, and Grants, which keep the sandbox's own catalogue and agreements: real agreements where there are
// some, else one for each stated basis that grants everything. All else (identification, legal context, schema checks,
// cutting, records) is the exchange's own code, run over a journal of its own.
//
// The same number is the same person in every service and on every day: everything is computed from the number, nothing
// is kept. Only numbers of the synthetic ranges (2999…, 1999…, 3999…, which the state never assigned) belong to
// somebody.
package sandbox
