package portal

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"

	"mconnect/fault"
	"mconnect/internal/account"
	"mconnect/internal/domain/people"
)

// Accounts knows who is logged in, and logs in and out; *account.Accounts is one.
type Accounts interface {
	// Who returns who acts in the session of a token; nil when the token has no session, or none that still holds.
	Who(ctx context.Context, token string, from account.Client) (*people.Principal, error)
	// Login begins a session of a local account. Faults: login.refused, login.throttled, login.blocked.
	Login(ctx context.Context, l account.Local, from account.Client) (token string, err error)
	// Logout ends the session of a token.
	Logout(ctx context.Context, token string) error
	// Contexts lists for whom a person may act.
	Contexts(ctx context.Context, p *people.Principal) ([]account.Choice, error)
	// Enter changes for whom a session acts and replaces its token. Faults: login.required, context.unavailable.
	Enter(ctx context.Context, token string, c people.Context, from account.Client) (changed string, err error)
	// Confirm repeats the proof of identity and replaces the token. Faults: login.required, login.refused,
	// login.throttled.
	Confirm(ctx context.Context, token string, l account.Local, from account.Client) (changed string, err error)
}

// sessionCookie holds the token of a session. A browser takes a cookie of this name only from this host, over TLS, for
// all paths.
const sessionCookie = "__Host-session"

// startSession gives the browser the token of its new session. Call it before the answer is written.
func startSession(w http.ResponseWriter, token string) {
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: token, Path: "/", Secure: true, HttpOnly: true,
		SameSite: http.SameSiteLaxMode})
}

// dropSession makes the browser forget its token.
func dropSession(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true,
		SameSite: http.SameSiteLaxMode})
}

// tokenOf is the token that a browser presents; "" when it has none.
func tokenOf(r *http.Request) string {
	if c, err := r.Cookie(sessionCookie); err == nil {
		return c.Value
	}
	return ""
}

// clientOf is where a request comes from.
func clientOf(r *http.Request) account.Client {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return account.Client{Address: host, Agent: r.UserAgent()}
}

// identify fills in who has logged in.
func (s *Surface) identify(w http.ResponseWriter, r *http.Request, v *view) error {
	token := tokenOf(r)
	if token == "" || s.cfg.Accounts == nil {
		return nil
	}
	who, err := s.cfg.Accounts.Who(r.Context(), token, clientOf(r))
	if err != nil {
		return err
	}
	if who == nil {
		dropSession(w)
	}
	v.who = who
	return nil
}

// need raises login.required when nobody has logged in. The answer to it is the page of the login, which leads back.
func (s *Surface) need(v *view) error {
	if v.who == nil {
		return fault.New(fault.LoginRequired)
	}
	return nil
}

// askLogin leads to the page of the login, and from there back to the page that was asked for. A form that was sent is
// kept on the page of the login. What is read by htmx leads the whole page there.
func (s *Surface) askLogin(w http.ResponseWriter, r *http.Request, v *view) {
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	to := r.URL.RequestURI()
	if !read {
		to = back(r)
	}
	login := "/login?" + url.Values{"to": {to}}.Encode()
	switch packed := hold(r.URL.RequestURI(), r.PostForm); {
	case r.Header.Get("HX-Request") == "true":
		w.Header().Set("HX-Redirect", login)
		w.WriteHeader(http.StatusUnauthorized)
	case !read && len(r.PostForm) > 0 && packed != "" && s.cfg.Accounts != nil:
		g := s.gateOf(to, packed, "/login/mpass")
		if err := s.render(w, r, v, http.StatusUnauthorized, loginPage(v, g)); err != nil {
			http.Redirect(w, r, login, http.StatusSeeOther)
		}
	default:
		http.Redirect(w, r, login, http.StatusSeeOther)
	}
}

// local is a path of this portal with its query, or "" for anything else: an address of another site, or a path that a
// browser would read as one.
func local(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" ||
		!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") ||
		strings.HasPrefix(u.Path, "//") {
		return ""
	}
	return u.RequestURI()
}
