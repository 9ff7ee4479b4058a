package events

import (
	"embed"
	"encoding/json"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"mconnect"
	"mconnect/internal/domain/registry"
	"mconnect/internal/surface/problem"
)

// settings is what GET /ce/tools/my-settings answers.
type settings struct {
	System      mconnect.SystemID      `json:"system"`
	Name        string                 `json:"name"`
	Participant mconnect.ParticipantID `json:"participant"`
	Roles       []registry.Role        `json:"roles"`
	Networks    []netip.Prefix         `json:"networks"`
	Certificate certificate            `json:"certificate"`
	Account
	Limits shownLimits `json:"limits"`
}

// certificate is the one that the caller presented.
type certificate struct {
	Fingerprint mconnect.Fingerprint `json:"fingerprint"`
	Until       time.Time            `json:"until"`
}

type shownLimits struct {
	RequestBytes   int64  `json:"requestBytes"`
	LargeEvent     int    `json:"largeEventBytes"`
	PollTimeout    string `json:"pollTimeout"`
	InstanceExpiry string `json:"instanceExpiry"`
}

// mySettings shows the caller its own configuration.
func (s *Surface) mySettings(w http.ResponseWriter, q *identifiedRequest) error {
	lang := problem.Language(q.Header.Get("Accept-Language"))
	account, err := s.Accounts.Account(q.who.System.ID, lang, s.Clock())
	if err != nil {
		return err
	}
	mine := settings{
		System: q.who.System.ID, Name: q.who.System.Name.In(lang), Participant: q.who.Participant.ID,
		Roles:       q.who.System.Roles,
		Networks:    append([]netip.Prefix{}, q.who.System.Networks...),
		Certificate: certificate{q.who.Fingerprint, q.TLS.PeerCertificates[0].NotAfter.UTC()}, Account: account,
		Limits: shownLimits{s.Limits.Request, Large, s.Limits.Poll.String(), s.Limits.Expiry.String()},
	}
	text, err := json.MarshalIndent(mine, "", "  ")
	if err != nil {
		return err
	}
	return document(w, "application/json", append(text, '\n'))
}

//go:embed assets
var assets embed.FS

// policy lets the page load the other assets and call this host, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// page answers /swagger: a page to try the surface.
func (s *Surface) page(w http.ResponseWriter, q *identifiedRequest) error {
	if !strings.HasSuffix(q.URL.Path, "/") { // what the page refers to stands below
		w.Header().Set("Location", "/swagger/")
		w.WriteHeader(http.StatusPermanentRedirect)
		return nil
	}
	text, err := assets.ReadFile("assets/page.html")
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	return document(w, "text/html; charset=utf-8", text)
}

func (s *Surface) asset(w http.ResponseWriter, q *identifiedRequest) error {
	name := strings.TrimPrefix(q.URL.Path, "/swagger/")
	text, err := assets.ReadFile("assets/" + name)
	if err != nil {
		return err
	}
	media := map[string]string{"page.js": "text/javascript; charset=utf-8", "page.css": "text/css; charset=utf-8"}[name]
	return document(w, media, text)
}

// openapi answers the OpenAPI 3.1 document of this surface, for the host by which it was asked.
func (s *Surface) openapi(w http.ResponseWriter, q *identifiedRequest) error {
	text, err := assets.ReadFile("assets/openapi.json")
	if err != nil {
		return err
	}
	server, err := json.Marshal("https://" + q.Host)
	if err != nil {
		return err
	}
	return document(w, "application/json", []byte(strings.Replace(string(text), `"https://host"`, string(server), 1)))
}

// asyncapi answers the AsyncAPI 3 document of what the caller may produce and consume.
func (s *Surface) asyncapi(w http.ResponseWriter, q *identifiedRequest) error {
	text, err := s.AsyncAPI(q.who.System.ID, q.Host, s.Clock())
	if err != nil {
		return err
	}
	return document(w, "application/json", text)
}

func document(w http.ResponseWriter, media string, text []byte) error {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(text)
	return nil
}
