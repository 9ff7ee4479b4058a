package app

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"

	"mconnect/internal/config"
	"mconnect/internal/neighbour/mpass"
	"mconnect/internal/pki"
	"mconnect/internal/surface/portal"
	"mconnect/internal/xmlsec"
)

// maxLogins is how many logins may be under way on this node.
const maxLogins = 100_000

// mpassOf is login by MPass as the configuration states it; nil where it states none.
func mpassOf(c config.Portal, accounts portal.Federation, replay xmlsec.Replay) (*portal.MPass, error) {
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
		Requests: mpass.NewMemory(maxLogins), Replay: replay}, c.URL)
	if err != nil {
		return nil, fmt.Errorf("portal.mpass: %w", err)
	}
	return &portal.MPass{Provider: provider, Accounts: accounts, URL: c.URL, Origin: login.Scheme + "://" + login.Host}, nil
}
