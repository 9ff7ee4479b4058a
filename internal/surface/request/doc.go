// Package request is what every surface reads of an HTTP request before it understands it: the target, the certificate
// chain and the address behind the connection, the trace, the four values of the legal context in headers, and a
// bounded body. On the way out it writes the reference to the record.
//
// It refuses by faults and decides nothing: what a message means and who may call is for others.
package request
