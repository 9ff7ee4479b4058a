package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"mconnect/fault"
)

// trouble is why an attempt failed: a fault that says it to people, with the words for the log and the dead event as
// its cause.
func trouble(reason string, code fault.Code, params ...string) *fault.Error {
	return fault.Wrap(errors.New(reason), code, params...)
}

// unreached reports why there is no answer from host.
func unreached(err error, host string) *fault.Error {
	if forbidden, ok := errors.AsType[*ForbiddenError](err); ok {
		return trouble(forbidden.Error(), fault.WebhookForbidden, "address", forbidden.Address.String())
	}
	f := whyUnreached(err, host)
	f.Cause = fmt.Errorf("cannot be reached: %w", err)
	if errors.Is(err, context.Canceled) {
		f.Cause = err
	}
	return f
}

func whyUnreached(err error, host string) *fault.Error {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return fault.New(fault.WebhookName, "host", host)
	}
	if what := certificateTrouble(err); what != "" {
		return fault.New(fault.WebhookCertificate, "host", host, "what", what)
	}
	if what := tlsTrouble(err); what != "" {
		return fault.New(fault.WebhookTLS, "host", host, "what", what)
	}
	if timed, ok := errors.AsType[net.Error](err); ok && timed.Timeout() || errors.Is(err, os.ErrDeadlineExceeded) {
		return fault.New(fault.WebhookTimeout, "host", host, "limit", attempt.String())
	}
	what := "the connection fails"
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		what = "the connection is refused"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		what = "there is no route to the host"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET),
		errors.Is(err, syscall.EPIPE):
		what = "the connection ended before an answer"
	case strings.Contains(err.Error(), "malformed HTTP"):
		what = "the answer is not HTTP"
	}
	return fault.New(fault.WebhookConnect, "host", host, "what", what)
}

// certificateTrouble reports what is wrong with the certificate of a target; "" when that is not the trouble.
func certificateTrouble(err error) string {
	judged, verifying := errors.AsType[*tls.CertificateVerificationError](err)
	if named, ok := errors.AsType[*fault.Error](err); ok && strings.HasPrefix(string(named.Code), "certificate.") {
		if named.Code == fault.CertificateRevoked {
			return "it is revoked"
		}
		return "it cannot be verified"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "its issuer is not trusted"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "it is for another name"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		switch invalid.Reason {
		case x509.Expired:
			return "it has expired or is not valid yet"
		case x509.IncompatibleUsage:
			return "it is no certificate of a server"
		}
		return "it cannot be verified"
	}
	switch {
	case !verifying:
		return ""
	case strings.Contains(judged.Err.Error(), "revoked"):
		return "it is revoked"
	}
	return "it cannot be verified"
}

// tlsTrouble reports why there is no TLS with a target, its certificate aside; "" when that is not the trouble.
func tlsTrouble(err error) string {
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok ||
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") {
		return "the server does not speak TLS"
	}
	broken, ok := errors.AsType[*net.OpError](err)
	if !ok || broken.Op != "remote error" && broken.Op != "local error" {
		return ""
	}
	switch text := broken.Err.Error(); {
	case strings.Contains(text, "protocol version"):
		return "the server refuses the protocol version"
	case strings.Contains(text, "certificate"), strings.Contains(text, "unknown certificate authority"):
		return "the server wants another client certificate"
	}
	return "the server breaks the handshake off"
}
