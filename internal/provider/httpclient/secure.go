package httpclient

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
)

// secure makes TLS over the socket. The peer may ask for a client certificate in the handshake, or once later for a
// path (TLS 1.2); that it asked is kept, for a failure that follows is then of the certificate and not of the request.
func (c *conn) secure(ctx context.Context) error {
	config := c.under.Clone()
	own := config.Certificates
	config.GetClientCertificate = func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		c.asked, c.late = true, c.ready
		for i := range own {
			if info.SupportsCertificate(&own[i]) == nil {
				return &own[i], nil
			}
		}
		c.none = true
		return &tls.Certificate{}, nil
	}
	client := tls.Client(c.sock, config)
	if err := client.HandshakeContext(ctx); err != nil {
		return err
	}
	c.nc, c.ready = client, true
	return nil
}

// asking reports what the peer's wish for a certificate has to do with err.
func (c *conn) asking(err error) Asking {
	client, secure := c.nc.(*tls.Conn)
	switch {
	case !c.asked:
		return ""
	case c.late && secure && client.ConnectionState().HandshakeComplete:
		return "" // it got what it asked for, and the failure came afterwards
	case c.none && (c.late || alerted(err)):
		return Unwilling
	case c.late:
		return Late
	}
	return ""
}

// alerted reports a TLS alert of the peer. In TLS 1.3 that comes after the handshake, when it has seen our certificate.
func alerted(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

// connecting is a failure to open a connection; c is nil where there was none.
func connecting(c *conn, err error) *Error {
	e := &Error{Stage: Connecting, Err: err}
	if c != nil {
		e.Certificate = c.asking(err)
	}
	return e
}
