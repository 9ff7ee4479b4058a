// Package request is what every surface for systems does alike with an HTTP request before it understands it: the
// target as it stands, who stands behind the connection, the trace, the four values of the legal context in headers, a
// bounded body, a place among the calls in flight and among the connections; and, on the way out, the reference to the record.
//
// It refuses by faults and decides nothing: what a message means and who may call is for others.
package request
