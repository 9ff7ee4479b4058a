package cli_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"time"

	"mconnect"
	"mconnect/internal/account"
	"mconnect/internal/app"
	"mconnect/internal/config"
	"mconnect/internal/domain/people"
	"mconnect/internal/pki"
)

// persons act in the journey of a request, each in one role.
var persons = []account.Seed{
	{Login: "editor", Participant: "hall", Roles: []people.Role{people.Editor}},
	{Login: "dpo", Participant: "hall", Roles: []people.Role{people.DPO}},
	{Login: "head", Participant: "hall", Roles: []people.Role{people.Signatory}},
	{Login: "integrator", Participant: "hall", Roles: []people.Role{people.Integrator}},
	{Login: "decider", Participant: "registry", Roles: []people.Role{people.Decider}},
	{Login: "checker", Participant: people.Platform, Roles: []people.Role{people.Checker}},
	{Login: "approver", Participant: people.Platform, Roles: []people.Role{people.Approver}},
	{Login: "second", Participant: people.Platform, Roles: []people.Role{people.Approver}},
}

// plant makes the persons in the installation of the working folder, and certificates of the head and of a stranger,
// issued by the installation's own authority.
func plant() {
	if err := planted(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func planted(ctx context.Context) error {
	cfg, err := config.Load("", os.Environ())
	if err != nil {
		return err
	}
	i, err := app.Open(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = i.Close() }()
	for n := range persons {
		persons[n].Name, persons[n].Password, persons[n].Language = "Exemplu "+persons[n].Login, "corect-cal-baterie-"+fmt.Sprint(n), mconnect.Romanian
	}
	if err := i.PlantAccounts(ctx, persons); err != nil {
		return err
	}
	head, err := i.Store.CredentialOf(ctx, "head")
	if err != nil {
		return err
	}
	if err := certified(cfg.PKI.Dir, "head", head.Person); err != nil {
		return err
	}
	editor, err := i.Store.CredentialOf(ctx, "editor")
	if err != nil {
		return err
	}
	return certified(cfg.PKI.Dir, "stranger", editor.Person)
}

// certified writes NAME.key and NAME.crt of a person.
func certified(dir, name, person string) error {
	text, err := os.ReadFile(dir + "/" + pki.AuthorityKey)
	if err != nil {
		return err
	}
	block, _ := pem.Decode(text)
	issuer, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return err
	}
	text, err = os.ReadFile(dir + "/" + pki.AuthorityCertificate)
	if err != nil {
		return err
	}
	block, _ = pem.Decode(text)
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name, SerialNumber: person},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}, ca, key.Public(), issuer)
	if err != nil {
		return err
	}
	own, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(name+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: own}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(name+".crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
}
