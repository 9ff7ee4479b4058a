package account_test

import (
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/account"
	"mconnect/internal/domain/people"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// stated is what a provider says about a person.
func stated(w *world, entities ...account.Entity) account.Federated {
	return account.Federated{IDNP: idnp, Name: "Elena  Exemplu\n", Email: "elena@exemplu.invalid", Language: mconnect.Russian,
		NameID: string(idnp), SessionIndex: "i-1", Until: w.at.Add(2 * time.Hour), Entities: entities}
}

// TestLoginFederated_KnowsAPersonAgain by the pseudonym of the IDNP, which stands nowhere in clear.
func TestLoginFederated_KnowsAPersonAgain(t *testing.T) {
	engines.Each(t, func(t *testing.T) {
		w := newWorld(t)
		first := w.who(must.Get(w.LoginFederated(t.Context(), stated(w), here))(t))
		second := w.who(must.Get(w.LoginFederated(t.Context(), stated(w), here))(t))
		if first.Person == "" || first.Person != second.Person || first.Name != "Elena Exemplu" {
			t.Errorf("%+v, %+v", first, second)
		}
		said, text := w.records()
		if len(said) != 2 || said[0] != "person:"+string(first.Person)+" login Session" {
			t.Errorf("records %q", said)
		}
		for _, personal := range []string{string(idnp), "Elena", "elena@", here.Address} {
			if strings.Contains(text, personal) {
				t.Errorf("the journal holds %q", personal)
			}
		}
		_, err := w.LoginFederated(t.Context(), account.Federated{IDNP: "2999000006394"}, here)
		w.fails(err, fault.QueryInvalid, "a wrong check digit")
	})
}

// TestFederated_SessionEndsWithThatOfTheProvider: at its end, and when it says so.
func TestFederated_SessionEndsWithThatOfTheProvider(t *testing.T) {
	w := newWorld(t)
	one := must.Get(w.LoginFederated(t.Context(), stated(w), here))(t)
	other := stated(w)
	other.SessionIndex = "i-2"
	two := must.Get(w.LoginFederated(t.Context(), other, here))(t)
	if name, index, err := w.ProviderSession(t.Context(), two); name != string(idnp) || index != "i-2" || err != nil {
		t.Errorf("%q %q %v", name, index, err)
	}
	if n, err := w.EndFederated(t.Context(), "nimeni", ""); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if n := must.Get(w.EndFederated(t.Context(), string(idnp), "i-1"))(t); n != 1 || w.who(one) != nil || w.who(two) == nil {
		t.Errorf("%d ended", n)
	}
	two = must.Get(w.Enter(t.Context(), two, people.Context{}, here))(t)
	if n := must.Get(w.EndFederated(t.Context(), string(idnp), "i-2"))(t); n != 1 || w.who(two) != nil {
		t.Errorf("%d ended after the token was replaced", n)
	}
	three := must.Get(w.LoginFederated(t.Context(), stated(w), here))(t)
	for range 6 {
		w.at = w.at.Add(20 * time.Minute)
		w.who(three)
	}
	if w.who(three) != nil {
		t.Error("holds longer than the session of the provider")
	}
}

func TestConfirmFederated_IsOfTheSamePerson(t *testing.T) {
	w := newWorld(t)
	token := must.Get(w.LoginFederated(t.Context(), stated(w), here))(t)
	foreign := stated(w)
	foreign.IDNP = idnp2
	_, err := w.ConfirmFederated(t.Context(), token, foreign, here)
	w.fails(err, fault.LoginRefused, "another person")
	changed := must.Get(w.ConfirmFederated(t.Context(), token, stated(w), here))(t)
	if w.who(token) != nil || !w.who(changed).StepUp.Equal(w.at) {
		t.Error("the confirmation does not replace the token")
	}
}

// TestBecomeFirst_NeedsTheStatementAndNoManager: the head of an institution, by the provider's statement.
func TestBecomeFirst_NeedsTheStatementAndNoManager(t *testing.T) {
	engines.Each(t, func(t *testing.T) {
		w := newWorld(t)
		head := account.Entity{IDNO: hallIDNO, Name: "Primăria 2 Exemplu"}
		token := must.Get(w.LoginFederated(t.Context(), stated(w, head), here))(t)
		choices := must.Get(w.Contexts(t.Context(), w.who(token)))(t)
		if len(choices) != 2 || !choices[1].First || choices[1].Context.Participant != hall {
			t.Fatalf("choices %+v", choices)
		}
		_, err := w.Enter(t.Context(), token, choices[1].Context, here)
		w.fails(err, fault.ContextUnavailable, "without confirming")
		_, err = w.BecomeFirst(t.Context(), token, asp, here)
		w.fails(err, fault.ContextUnavailable, "another institution")
		token = must.Get(w.BecomeFirst(t.Context(), token, hall, here))(t)
		if p := w.who(token); !p.Has(people.Manager) || p.Context.Participant != hall {
			t.Errorf("%+v", p)
		}
		second := stated(w, head)
		second.IDNP = idnp2
		late := must.Get(w.LoginFederated(t.Context(), second, here))(t)
		_, err = w.BecomeFirst(t.Context(), late, hall, here)
		w.fails(err, fault.ContextUnavailable, "where there is a manager")
	})
}
