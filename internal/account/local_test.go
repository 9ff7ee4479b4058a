package account_test

import (
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/account"
	"mconnect/internal/domain/people"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// TestLogin_SaysNotWhatIsWrong: an unknown login, a wrong password and a wrong code are one refusal.
func TestLogin_SaysNotWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	w.plant("elena", secret, hall, people.Editor)
	for what, l := range map[string]account.Local{
		"unknown login":  {Login: "nimeni", Password: password, Code: w.code()},
		"wrong password": {Login: "elena", Password: "alt cuvant ales", Code: w.code()},
		"long password":  {Login: "elena", Password: strings.Repeat("a", 1<<20), Code: w.code()},
		"no code":        {Login: "elena", Password: password},
		"wrong code":     {Login: "elena", Password: password, Code: "000000"},
		"empty":          {},
	} {
		_, err := w.Login(t.Context(), l, here)
		w.fails(err, fault.LoginRefused, what)
		if f := fault.From(err); len(f.Params)+len(f.Fields) > 0 {
			t.Errorf("%s: the refusal says more: %+v", what, f)
		}
	}
	if token := w.login(" ELENA "); w.who(token) == nil {
		t.Error("the login is not taken as people write it")
	}
}

// TestLogin_TakesACodeOnce, also by two at the same time, and none that is older than one already used.
func TestLogin_TakesACodeOnce(t *testing.T) {
	engines.Each(t, func(t *testing.T) {
		w := newWorld(t)
		w.plant("elena", secret, hall, people.Editor)
		before := w.code()
		w.at = w.at.Add(30 * time.Second)
		code := w.code()
		results := make(chan error, 4)
		for range cap(results) {
			go func() {
				_, err := w.Login(t.Context(), account.Local{Login: "elena", Password: password, Code: code}, here)
				results <- err
			}()
		}
		won := 0
		for range cap(results) {
			if err := <-results; err == nil {
				won++
			}
		}
		if won != 1 {
			t.Errorf("one code began %d sessions", won)
		}
		_, err := w.Login(t.Context(), account.Local{Login: "elena", Password: password, Code: before}, here)
		w.fails(err, fault.LoginRefused, "an older code")
		w.at = w.at.Add(30 * time.Second)
		w.login("elena")
	})
}

// TestLogin_IsThrottled by login and by address; a success forgets what failed.
func TestLogin_IsThrottled(t *testing.T) {
	engines.Each(t, func(t *testing.T) {
		w := newWorld(t)
		w.plant("elena", "", hall, people.Editor)
		wrong := func(login, address string) error {
			_, err := w.Login(t.Context(), account.Local{Login: login, Password: "ghicit la noroc"},
				account.Client{Address: address})
			return err
		}
		for range 5 {
			w.fails(wrong("elena", "192.0.2.1"), fault.LoginRefused, "a free attempt")
		}
		w.fails(wrong("elena", "192.0.2.2"), fault.LoginThrottled, "the sixth, from elsewhere")
		w.fails(wrong("nimeni", "192.0.2.2"), fault.LoginRefused, "another login")
		w.at = w.at.Add(16 * time.Second)
		w.fails(wrong("elena", "192.0.2.1"), fault.LoginRefused, "after the wait")
		w.at = w.at.Add(16 * time.Second)
		w.fails(wrong("elena", "192.0.2.1"), fault.LoginThrottled, "the wait has doubled")
		w.at = w.at.Add(15 * time.Second)
		w.login("elena")
		w.fails(wrong("elena", "192.0.2.1"), fault.LoginRefused, "after a success")
	})
}

func TestLogin_AnAddressIsThrottled(t *testing.T) {
	w := newWorld(t)
	var last error
	for i := range 60 {
		_, last = w.Login(t.Context(), account.Local{Login: "u" + strings.Repeat("x", i), Password: "p"}, here)
	}
	w.fails(last, fault.LoginThrottled, "many logins from one address")
}

// TestRecovery_CountsOnce: a code of the set-up logs in without the authenticator, once.
func TestRecovery_CountsOnce(t *testing.T) {
	w := newWorld(t)
	code, _, err := w.Invite(t.Context(), admin, "")
	must.OK(t, err)
	begun := must.Get(w.BeginSetup(t.Context(), code, here))(t)
	if !begun.New || len(begun.Authenticator.Squares) < 21 || strings.Contains(begun.Authenticator.Address, password) {
		t.Fatalf("%+v", begun)
	}
	chosen := account.Chosen{Name: "Prim Operator", Login: "prim", Password: password, Secret: secret, Code: w.code()}
	for what, wrong := range map[string]account.Chosen{
		"short password": {Name: "Prim", Login: "prim", Password: "scurt", Secret: secret, Code: w.code()},
		"the login":      {Name: "Prim", Login: "primul-operator", Password: "primul-operator", Secret: secret, Code: w.code()},
		"wrong code":     {Name: "Prim", Login: "prim", Password: password, Secret: secret, Code: "000000"},
		"no secret":      {Name: "Prim", Login: "prim", Password: password, Code: "000000"},
		"no name":        {Login: "prim", Password: password, Secret: secret, Code: w.code()},
		"odd login":      {Name: "Prim", Login: "p@x", Password: password, Secret: secret, Code: w.code()},
	} {
		_, _, err := w.FinishSetup(t.Context(), code, wrong, here)
		w.fails(err, fault.ResourceInvalid, what)
	}
	w.at = w.at.Add(20 * time.Minute)
	chosen.Code = w.code()
	token, recovery, err := w.FinishSetup(t.Context(), strings.ToUpper(code), chosen, here)
	must.OK(t, err)
	if p := w.who(token); p == nil || !p.Has(people.Admin) || !p.Context.Staff || len(recovery) != 10 {
		t.Fatalf("%+v, %d codes", p, len(recovery))
	}
	_, err = w.BeginSetup(t.Context(), code, here)
	w.fails(err, fault.CodeRefused, "a code that was used")
	by := account.Local{Login: "prim", Password: password, Code: recovery[3]}
	must.Get(w.Login(t.Context(), by, here))(t)
	_, err = w.Login(t.Context(), by, here)
	w.fails(err, fault.LoginRefused, "a recovery code that was used")
	if s := must.Get(w.Second(t.Context(), w.who(token)))(t); s.Recovery != 9 || !s.TOTP || s.Login != "prim" {
		t.Errorf("%+v", s)
	}
}

// TestTOTP_ReplacesItsSecretAfterACode of the new one, and needs a confirmation.
func TestTOTP_ReplacesItsSecretAfterACode(t *testing.T) {
	w := newWorld(t)
	w.plant("elena", "", hall, people.Editor)
	token := must.Get(w.Login(t.Context(), account.Local{Login: "elena", Password: password}, here))(t)
	_, err := w.BeginTOTP(t.Context(), w.who(token))
	w.fails(err, fault.RightStepUp, "without a confirmation")
	_, err = w.Confirm(t.Context(), token, account.Local{Password: "altceva"}, here)
	w.fails(err, fault.LoginRefused, "a wrong password")
	token = must.Get(w.Confirm(t.Context(), token, account.Local{Password: password}, here))(t)
	auth := must.Get(w.BeginTOTP(t.Context(), w.who(token)))(t)
	_, err = w.FinishTOTP(t.Context(), w.who(token), "000000")
	w.fails(err, fault.LoginRefused, "a wrong code")
	w.secret = auth.Secret
	codes := must.Get(w.FinishTOTP(t.Context(), w.who(token), w.code()))(t)
	if renewed := must.Get(w.RenewRecovery(t.Context(), w.who(token)))(t); len(codes) != 10 || renewed[0] == codes[0] {
		t.Errorf("%v, %v", codes, renewed)
	}
	w.at = w.at.Add(time.Minute)
	w.login("elena")
}
