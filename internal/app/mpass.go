package app

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"mconnect/fault"
	"mconnect/internal/account"
	"mconnect/internal/config"
	"mconnect/internal/neighbour/mpass"
	"mconnect/internal/pki"
	"mconnect/internal/store"
	"mconnect/internal/surface/portal"
	"mconnect/internal/xmlsec"
)

// mpassOf is login by MPass as the configuration states it; nil where it states none.
func mpassOf(c config.Portal, accounts portal.Federation, requests mpass.Requests, replay xmlsec.Replay) (
	*portal.MPass, error) {
	m := c.MPass
	if m.EntityID == "" {
		return nil, nil
	}
	own, err := pki.NewIdentity(m.Certificate, m.Key)
	if err != nil {
		return nil, fmt.Errorf("portal.mpass: %w", err)
	}
	key, ok := own.Certificate().PrivateKey.(crypto.Signer)
	if !ok {
		return nil, errors.New("portal.mpass.key: cannot sign")
	}
	var pinned []*x509.Certificate
	for _, path := range m.Pinned {
		all, err := pki.ReadCertificates(path)
		if err != nil {
			return nil, fmt.Errorf("portal.mpass.pinned: %w", err)
		}
		pinned = append(pinned, all[0])
	}
	login, err := url.Parse(m.Login)
	if err != nil {
		return nil, fmt.Errorf("portal.mpass.login: %w", err)
	}
	provider, err := portal.NewServiceProvider(mpass.Config{EntityID: m.EntityID, Issuer: m.Issuer, LoginURL: m.Login,
		LogoutURL: m.Logout, Pinned: pinned, Key: key, Certificate: own.Certificate().Leaf,
		Requests: requests, Replay: replay}, c.URL)
	if err != nil {
		return nil, fmt.Errorf("portal.mpass: %w", err)
	}
	return &portal.MPass{Provider: provider, Accounts: accounts, URL: c.URL, Origin: login.Scheme + "://" + login.Host}, nil
}

// begunLogins keep in the store what was begun at MPass, so that any node can finish it, and only one does.
type begunLogins struct {
	store *store.DB
	vault account.Vault
}

// loginOwner is under whom begun logins are sealed.
const loginOwner = "mpass"

// Keep implements mpass.Requests.
func (b begunLogins) Keep(ctx context.Context, r mpass.Request) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	sealed, err := b.vault.Seal(loginOwner, "login", text)
	if err != nil {
		return err
	}
	return b.store.KeepLogin(ctx, r.Key[:], sealed, r.Begun, r.Begun.Add(-mpass.Lifetime))
}

// Take implements mpass.Requests.
func (b begunLogins) Take(ctx context.Context, key [32]byte) (r mpass.Request, err error) {
	sealed, err := b.store.TakeLogin(ctx, key[:])
	if err != nil {
		return r, err
	}
	text, err := b.vault.Open(loginOwner, "login", sealed)
	if err != nil {
		return r, fault.Wrap(err, fault.LoginUnsolicited)
	}
	return r, json.Unmarshal(text, &r)
}
