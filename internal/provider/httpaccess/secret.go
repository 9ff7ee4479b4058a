package httpaccess

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
)

const secretLife = 10 * time.Second

// secret makes an Authorization line and reads its secret again every secretLife, so that it can be changed
// without a restart.
type secret struct {
	read    func(host, name string) ([]byte, error)
	host    string
	kind    string
	user    string
	name    string
	current atomic.Pointer[line]
}

type line struct {
	text  string
	until time.Time
}

// credentials prepares what the manifest declares; nil when no header is needed.
func (a *Access) credentials(host string, c catalog.Credentials) (*secret, error) {
	switch c.Kind {
	case "", "none":
		return nil, nil
	case "mtls":
		if a.cfg.Certificate == nil {
			return nil, errors.New("provider: no platform certificate is configured")
		}
		return nil, nil
	case "basic", "bearer":
		if a.cfg.Secrets == nil {
			return nil, errors.New("provider: no secrets are configured")
		}
		return &secret{read: a.cfg.Secrets, host: host, kind: c.Kind, user: c.User, name: c.Secret}, nil
	}
	return nil, fmt.Errorf("provider: credentials of kind %q", c.Kind)
}

func (s *secret) append(dst []byte) ([]byte, error) {
	now := time.Now()
	if l := s.current.Load(); l != nil && now.Before(l.until) {
		return append(dst, l.text...), nil
	}
	text, err := s.line()
	if err != nil {
		return nil, fault.Wrap(err, fault.InternalError)
	}
	s.current.Store(&line{text, now.Add(secretLife)})
	return append(dst, text...), nil
}

// line reads the secret and writes the header; its errors never hold the secret.
func (s *secret) line() (string, error) {
	raw, err := s.read(s.host, s.name)
	if err != nil {
		return "", fmt.Errorf("provider: secret %q: %w", s.name, err)
	}
	value := strings.TrimRight(string(raw), "\r\n")
	if value == "" || !IsHeaderValue(value) {
		return "", fmt.Errorf("provider: secret %q is empty or not one line", s.name)
	}
	if s.kind == "basic" {
		return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(s.user+":"+value)) + "\r\n", nil
	}
	return "Authorization: Bearer " + value + "\r\n", nil
}
