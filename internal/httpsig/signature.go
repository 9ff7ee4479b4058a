package httpsig

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Signature is one signature of a request as it states itself. Nothing of it is proven.
type Signature struct {
	Label      string
	Components []string // covered, in order, without quotes
	Created    time.Time
	Expires    time.Time // zero: not stated
	Nonce      string
	KeyID      string
	Algorithm  string // as stated, "" where it is not
	Value      []byte
	params     string // of the base, as RFC 8941 serialises them
}

// Errors of Read. ErrComponent is wrapped with the component's name.
var (
	ErrMalformed = errors.New("httpsig: Signature-Input or Signature cannot be read")
	ErrComponent = errors.New("httpsig: a component that is not known")
)

// Read reads the signatures of a request, in no order. Those of labels that only one of the two fields names are an
// error.
func Read(h http.Header) ([]*Signature, error) {
	found := map[string]*Signature{}
	err := dictionary(h["Signature-Input"], func(r *reader, label string) error {
		s := &Signature{Label: label}
		found[label] = s
		return s.read(r)
	})
	if err != nil {
		return nil, errors.Join(ErrMalformed, err)
	}
	var all []*Signature
	err = dictionary(h["Signature"], func(r *reader, label string) error {
		value, err := r.octets()
		s := found[label]
		if err != nil || s == nil || len(value) == 0 {
			return errField
		}
		s.Value = value
		all = append(all, s)
		return nil
	})
	if err != nil || len(all) != len(found) {
		return nil, errors.Join(ErrMalformed, err)
	}
	return all, nil
}

// read reads an inner list of components and its parameters.
func (s *Signature) read(r *reader) error {
	if !r.eat('(') {
		return errField
	}
	quoted := []string{}
	seen := map[string]bool{}
	for {
		r.spaces()
		if r.eat(')') {
			break
		}
		name, err := r.text()
		if err != nil || seen[name] || len(s.Components) == mostInList || name != strings.ToLower(name) {
			return errField
		}
		if strings.HasPrefix(r.s, ";") { // a component with parameters, e.g. of a structured field
			return errors.Join(ErrComponent, errors.New(name))
		}
		seen[name] = true
		s.Components = append(s.Components, name)
		quoted = append(quoted, quote(name))
	}
	s.params = "(" + strings.Join(quoted, " ") + ")"
	stated := map[string]bool{}
	for r.eat(';') {
		r.spaces()
		key, err := r.key()
		if err != nil || stated[key] || !r.eat('=') {
			return errField
		}
		stated[key] = true
		if err := s.parameter(r, key); err != nil {
			return err
		}
	}
	return nil
}

func (s *Signature) parameter(r *reader, key string) error {
	moment, text := map[string]*time.Time{"created": &s.Created, "expires": &s.Expires}[key],
		map[string]*string{"nonce": &s.Nonce, "keyid": &s.KeyID, "alg": &s.Algorithm, "tag": new(string)}[key]
	switch {
	case moment != nil:
		n, err := r.integer()
		if err != nil || n <= 0 {
			return errField
		}
		*moment = time.Unix(n, 0)
		s.params += ";" + key + "=" + strconv.FormatInt(n, 10)
	case text != nil:
		value, err := r.text()
		if err != nil {
			return err
		}
		*text = value
		s.params += ";" + key + "=" + quote(value)
	default:
		return errField // what cannot be read cannot be covered
	}
	return nil
}

// Covers reports whether the component is covered.
func (s *Signature) Covers(component string) bool {
	return slices.Contains(s.Components, component)
}

// Base is the octets that the signature is over (RFC 9421, section 2.5). uri is the whole target of the request.
func (s *Signature) Base(r *http.Request, uri string) ([]byte, error) {
	var b strings.Builder
	for _, name := range s.Components {
		value, err := valueOf(r, uri, name)
		if err != nil {
			return nil, err
		}
		b.WriteString(quote(name) + ": " + value + "\n")
	}
	b.WriteString(`"@signature-params": ` + s.params)
	return []byte(b.String()), nil
}

// valueOf is the value of one component (RFC 9421, sections 2.1 and 2.2).
func valueOf(r *http.Request, uri, name string) (string, error) {
	scheme, rest, _ := strings.Cut(uri, "://")
	authority, target := rest, "/"
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, target = rest[:i], rest[i:]
	}
	path, query, _ := strings.Cut(target, "?")
	switch name {
	case "@method":
		return r.Method, nil
	case "@target-uri":
		return uri, nil
	case "@authority":
		return authority, nil
	case "@scheme":
		return scheme, nil
	case "@request-target":
		return target, nil
	case "@path":
		return path, nil
	case "@query":
		return "?" + query, nil
	case "host":
		return authority, nil
	case "content-length":
		if r.Header["Content-Length"] == nil && r.ContentLength >= 0 {
			return strconv.FormatInt(r.ContentLength, 10), nil
		}
	}
	lines, ok := r.Header[http.CanonicalHeaderKey(name)]
	if !ok || strings.HasPrefix(name, "@") {
		return "", errors.Join(ErrComponent, errors.New(name))
	}
	trimmed := make([]string, len(lines))
	for i, line := range lines {
		trimmed[i] = strings.Trim(line, " \t")
	}
	return strings.Join(trimmed, ", "), nil
}

// TargetURI is the whole target of a request over TLS, its authority normalised (RFC 9421, section 2.2.2; RFC 9110,
// section 4.2.3): lower case, and without the port that is that of the scheme.
func TargetURI(host, target string) string {
	host = strings.TrimSuffix(strings.ToLower(host), ":443")
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	return "https://" + host + target
}
