package app

import (
	"context"
	"fmt"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/provider/file"
	"mconnect/internal/provider/spreadsheet"
	"mconnect/internal/surface/admin"
)

// sweepFilesEvery is how often the folders of files are looked at.
const sweepFilesEvery = 2 * time.Second

// taken records that a file takes effect: who handed it in, its digest, how many rows, of which day.
func (i *Installation) taken(ctx context.Context, f file.Taken) error {
	action := "create"
	if f.Replaces != "" {
		action = "update"
	}
	_, err := i.Journal.Record(ctx, journal.Record{
		Kind: journal.Change, Actor: f.By, Revision: i.Country.Revision(),
		Change: &journal.ChangeNote{Resource: "File", ID: f.Service.ID(), Action: action,
			Revision: i.Country.Revision(), Digest: f.SHA256},
		Note: fmt.Sprintf("%s: %d rows, valid at %s", f.Name, f.Rows, f.ValidAt.UTC().Format(time.RFC3339)),
	})
	return err
}

// collect takes files that authorities drop in their folders.
func (a *App) collect(ctx context.Context) {
	every(ctx, sweepFilesEvery, func() {
		var with []catalog.Service
		for _, s := range a.Rooms.Catalog.All() {
			if s.Endpoint.File != nil {
				with = append(with, s.Service)
			}
		}
		a.FileRegisters.Sweep(ctx, with)
	})
}

// Files takes files for the management API and the command line.
func (i *Installation) Files() admin.Files { return files{i} }

// files implements admin.Files.
type files struct{ i *Installation }

func (f files) service(name mconnect.ServiceName, version mconnect.Version) (catalog.Service, error) {
	ready, ok := f.i.Rooms.Catalog.Get(name, version)
	if !ok {
		return catalog.Service{}, fault.New(fault.ServiceVersion, "service", string(name), "version", version.String())
	}
	return ready.Service, nil
}

// Put implements admin.Files.
func (f files) Put(ctx context.Context, actor string, in admin.FileIn) (admin.FileState, error) {
	s, err := f.service(in.Service, in.Version)
	if err != nil {
		return admin.FileState{}, err
	}
	st, err := f.i.FileRegisters.Put(ctx, s, file.Upload{Name: in.Name, Body: in.Body, ValidAt: in.ValidAt, By: actor})
	return stateOf(s, st), err
}

// InForce implements admin.Files.
func (f files) InForce(ctx context.Context, name mconnect.ServiceName, version mconnect.Version) (admin.FileState,
	error) {
	s, err := f.service(name, version)
	if err != nil {
		return admin.FileState{}, err
	}
	st, err := f.i.FileRegisters.InForce(ctx, s)
	if err == nil && st.SHA256 == "" {
		err = fault.New(fault.ProviderNoFile)
	}
	return stateOf(s, st), err
}

func stateOf(s catalog.Service, st spreadsheet.Statement) admin.FileState {
	return admin.FileState{Service: s.ID(), Name: st.Name, SHA256: st.SHA256, Rows: st.Rows, ValidAt: st.ValidAt,
		ReceivedAt: st.ReceivedAt, By: st.By,
		Short: st.Short, ShortRows: st.ShortRows}
}
