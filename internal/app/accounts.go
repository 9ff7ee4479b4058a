package app

import (
	"context"
	"time"

	"mconnect"
	"mconnect/internal/account"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/people"
)

// openAccounts makes the accounts of the persons who log in.
func (i *Installation) openAccounts() (err error) {
	i.Accounts, err = account.New(account.Config{Store: i.Store, Log: i.log, Journal: i.Journal, Vault: vault{i.Keys},
		Participants: i.Rooms.Registry, Clock: time.Now, Logger: i.logger})
	return err
}

// vault implements account.Vault with the key that seals kept bodies: a name there is never one here.
type vault struct{ keys journal.Keys }

// Seal implements account.Vault.
func (v vault) Seal(owner, name string, plain []byte) ([]byte, error) {
	return v.keys.SealBody(mconnect.CallID("person "+owner), name, plain)
}

// Open implements account.Vault.
func (v vault) Open(owner, name string, sealed []byte) ([]byte, error) {
	return v.keys.OpenBody(mconnect.CallID("person "+owner), name, sealed)
}

// PlantAccounts makes local accounts that are not there yet, for demonstrations.
func (i *Installation) PlantAccounts(ctx context.Context, all []account.Seed) error {
	by := &people.Principal{Program: "demo", Roles: people.StaffRoles()}
	for _, s := range all {
		if _, err := i.Accounts.Plant(ctx, by, s); err != nil {
			return err
		}
	}
	return nil
}
