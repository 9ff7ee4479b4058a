package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"mconnect/internal/surface/admin"
)

// Management is the management API of an installation without a listener, for one person with every role, and the token
// by which the API knows that person: a command at the machine works through the same operations, checks and records as
// a request from afar. It has no events: those belong to a running server.
func (i *Installation) Management(name string) (handler http.Handler, token string, err error) {
	token = rand.Text()
	sum := sha256.Sum256([]byte(token))
	metadata := &metadata{of: i, base: func() string { return "" }, known: map[string]cachedDocument{}}
	surface, err := admin.New(admin.Config{
		Administrators: []admin.Administrator{{
			Name: name, Roles: []admin.Role{admin.Operator, admin.Auditor, admin.DPO},
			TokenSHA256: hex.EncodeToString(sum[:]), Local: true,
		}},
		Resources: i.Resources(), Editor: i.Editor(), Records: i.Records(), Erasures: i.Erasures(),
		Access:  i.accessRequests(),
		People:  i.Accounts,
		Reports: i.Reports(), Files: i.Files(), Tiles: tiles{i.Journal},
		Ledger: i.Journal, Metrics: admin.NewMetrics(), Ready: func(context.Context) error { return nil },
		Version: Version,
		Node:    i.Config.Node, Logger: i.logger, Guide: i.Guide, Acts: i.Rooms, Metadata: metadata.document,
	})
	if err != nil {
		return nil, "", err
	}
	return surface.Handler(), token, nil
}
