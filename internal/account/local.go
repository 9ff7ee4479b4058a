package account

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
)

// The throttle: after free failures under one key, each next attempt waits twice as long as the one before.
const (
	freeAttempts        = 5
	freeAttemptsAddress = 50 // an institution has one address
	firstWait           = 15 * time.Second
	longestWait         = 15 * time.Minute
	forgetAfter         = time.Hour // without an attempt
)

// attemptKey is what failures are counted under. It holds what was entered as a digest only: people enter passwords in
// the wrong field.
func attemptKey(kind, of string) []byte {
	sum := sha256.Sum256([]byte(kind + " " + of))
	return sum[:]
}

// attempt counts an attempt before it is judged. Fault login.throttled.
func (a *Accounts) attempt(ctx context.Context, key []byte) error {
	return a.attemptOf(ctx, key, freeAttempts)
}

func (a *Accounts) attemptOf(ctx context.Context, key []byte, free int64) error {
	return a.cfg.Store.CountAttempt(ctx, key, func(was appendlog.Attempts) (appendlog.Attempts, error) {
		now := a.now()
		if now.Sub(was.Last) >= forgetAfter {
			was.Failures = 0
		}
		if over := was.Failures - free; over >= 0 {
			wait := min(firstWait<<min(over, 10), longestWait)
			if left := wait - now.Sub(was.Last); left > 0 {
				return was, fault.New(fault.LoginThrottled, "wait", left.Round(time.Second).String())
			}
		}
		return appendlog.Attempts{Failures: was.Failures + 1, Last: now}, nil
	})
}

// succeeded takes back what attempt counted.
func (a *Accounts) succeeded(ctx context.Context, key []byte, all bool) error {
	return a.cfg.Store.CountAttempt(ctx, key, func(was appendlog.Attempts) (appendlog.Attempts, error) {
		if was.Failures = max(was.Failures-1, 0); all {
			was.Failures = 0
		}
		return was, nil
	})
}

// loginName is a login as it is stored.
func loginName(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

// Login begins a session of a local account and returns its token. What was wrong is not said, and takes the same time
// whether there is such an account or not. Faults: login.refused, login.throttled, login.blocked.
func (a *Accounts) Login(ctx context.Context, l Local, from Client) (token string, err error) {
	login := loginName(l.Login)
	byLogin, byAddress := attemptKey("login", login), attemptKey("address", from.Address)
	if err := a.attemptOf(ctx, byAddress, freeAttemptsAddress); err != nil {
		return "", err
	}
	if err := a.attempt(ctx, byLogin); err != nil {
		return "", err
	}
	c, second, err := a.judge(ctx, login, l)
	if err != nil {
		return "", err
	}
	person, err := a.cfg.Store.Person(ctx, c.Person)
	if err != nil {
		return "", err
	}
	if person.Blocked {
		return "", fault.New(fault.LoginBlocked)
	}
	all, err := a.granted(ctx, c.Person)
	if err != nil {
		return "", err
	}
	s, token := a.start(c.Person, all, from)
	if second.step != 0 || second.recovery != nil {
		s.StepUp = s.Created
	}
	d := deed{actor: actorOf(c.Person), resource: "Session", id: sessionID(s.Digest), action: "login",
		document: `{"way":"local"}`}
	if err := a.commit(ctx, d, func(tx appendlog.Tx) error {
		if err := a.use(tx, c.Person, second); err != nil {
			return err
		}
		return a.cfg.Store.PutSession(tx, s)
	}); err != nil {
		return "", err
	}
	if err := a.succeeded(ctx, byLogin, true); err != nil {
		return "", err
	}
	return token, a.succeeded(ctx, byAddress, false)
}

// judge compares what was entered with the account of a login. Fault login.refused, whatever is wrong.
func (a *Accounts) judge(ctx context.Context, login string, l Local) (appendlog.Credential, proof, error) {
	c, err := a.cfg.Store.CredentialOf(ctx, login)
	if err != nil && !is(err, fault.PersonUnknown) {
		return c, proof{}, err
	}
	right := a.matches(l.Password, c.Password)
	if err != nil || !right {
		return c, proof{}, fault.New(fault.LoginRefused)
	}
	second, _, err := a.second(c, l.Code)
	return c, second, err
}

// Confirm repeats the proof of identity and replaces the token: by a code of the authenticator where the person has
// one, else by the password. Faults: login.required, login.refused, login.throttled.
func (a *Accounts) Confirm(ctx context.Context, token string, l Local, from Client) (string, error) {
	was, err := a.required(ctx, token)
	if err != nil {
		return "", err
	}
	key := attemptKey("confirm", was.Person)
	if err := a.attempt(ctx, key); err != nil {
		return "", err
	}
	c, err := a.cfg.Store.Credential(ctx, was.Person)
	if is(err, fault.PersonUnknown) {
		return "", fault.New(fault.LoginRefused)
	}
	if err != nil {
		return "", err
	}
	second, none, err := a.second(c, l.Code)
	if err != nil {
		return "", err
	}
	if none && !a.matches(l.Password, c.Password) {
		return "", fault.New(fault.LoginRefused)
	}
	s, changed := a.replaced(was.Session, from)
	s.StepUp = s.Seen
	d := deed{actor: actorOf(s.Person), resource: "Session", id: sessionID(s.Digest), action: "confirm",
		document: `{"way":"local"}`}
	if err := a.swap(ctx, d, was.Digest, s, func(tx appendlog.Tx) error {
		return a.use(tx, c.Person, second)
	}); err != nil {
		return "", err
	}
	return changed, a.succeeded(ctx, key, true)
}
