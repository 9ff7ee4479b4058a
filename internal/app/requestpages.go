package app

import (
	"context"

	"mconnect/internal/domain/access"
	"mconnect/internal/domain/people"
	"mconnect/internal/requests"
	"mconnect/internal/surface/portal"
)

// requestPages is what the pages of access requests need; nil where there are none.
func (i *Installation) requestPages() *portal.RequestParts {
	if i.Requests == nil {
		return nil
	}
	d := desk{i.Requests}
	return &portal.RequestParts{Requests: d, RequestForms: i.Requests, RequestFiles: d}
}

// desk is the service of access requests in the words of the portal.
type desk struct{ *requests.Requests }

// List implements portal.Requests.
func (d desk) List(ctx context.Context, p people.Principal, q portal.RequestQuery) ([]access.Request, error) {
	return d.Requests.List(ctx, p, requests.Query(q))
}

// Begin implements portal.Requests.
func (d desk) Begin(ctx context.Context, p people.Principal, one portal.RequestDraft) (access.Request, error) {
	return d.Requests.Begin(ctx, p, requests.Draft(one))
}

// Attach implements portal.RequestFiles.
func (d desk) Attach(ctx context.Context, p people.Principal, number string, revision int64, f portal.RequestFile) (
	access.Request, error) {
	return d.Requests.Attach(ctx, p, number, revision, requests.File(f))
}
