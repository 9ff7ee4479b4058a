// Package discovery declares the forms in which the catalogue is read: lines of a search, the sheet of a version, its
// history, and the query what a change breaks. Surfaces and the package guide, which answers them, share these types.
package discovery

import (
	"encoding/json"
	"time"

	"mconnect"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/search"
	"mconnect/internal/domain/schema"
)

// Line is one version of a service in a list.
type Line struct {
	Service    mconnect.ServiceName   `json:"service"`
	Version    mconnect.Version       `json:"version"`
	Status     catalog.Status         `json:"status"`
	Title      mconnect.Text          `json:"title"`
	Categories []string               `json:"categories,omitempty"`
	Owner      mconnect.ParticipantID `json:"owner"`
	Provider   mconnect.SystemID      `json:"provider"`
	Personal   bool                   `json:"personal"`
	Score      float64                `json:"score,omitempty"`
}

// Page is a part of what a search found.
type Page struct {
	Total  int           `json:"total"`
	Items  []Line        `json:"items"`
	Facets search.Facets `json:"facets"`
}

// Sheet is all that there is to know about one version before building on it.
type Sheet struct {
	Line
	Description  mconnect.Text        `json:"description,omitzero"`
	OwnerName    mconnect.Text        `json:"owner_name,omitzero"`
	Deprecation  time.Time            `json:"deprecation,omitzero"`
	Sunset       time.Time            `json:"sunset,omitzero"`
	Successor    string               `json:"successor,omitempty"`
	ReadOnly     bool                 `json:"read_only"`
	Subject      string               `json:"subject,omitempty"`
	Contact      catalog.ContactPoint `json:"contact,omitzero"`
	Quality      catalog.Quality      `json:"quality,omitzero"`
	PersonalData []string             `json:"personal_data,omitempty"`
	LegalBasis   []catalog.Act        `json:"legal_basis,omitempty"`
	Uses         []schema.Use         `json:"uses,omitempty"` // shared types and classifiers
	Request      schema.Type          `json:"request"`
	Response     *schema.Type         `json:"response,omitempty"`
	MediaTypes   []string             `json:"media_types,omitempty"` // of an opaque answer
	Examples     []catalog.Example    `json:"examples,omitempty"`
	Changelog    []catalog.Remark     `json:"changelog,omitempty"`
	Versions     []mconnect.Version   `json:"versions"` // those of the service that are no drafts, newest first
	Forms        []string             `json:"forms"`    // as Form knows them
}

// Past is one version in the history of a service.
type Past struct {
	Version     mconnect.Version `json:"version"`
	Status      catalog.Status   `json:"status"`
	Deprecation time.Time        `json:"deprecation,omitzero"`
	Sunset      time.Time        `json:"sunset,omitzero"`
	Successor   string           `json:"successor,omitempty"`
	Changelog   []catalog.Remark `json:"changelog,omitempty"`
	After       string           `json:"after,omitempty"`   // the version before it
	Changes     []catalog.Change `json:"changes,omitempty"` // from that to this
}

// Question is the query what would change between two versions.
type Question struct {
	Old      string          // "Name/1.0.0"
	New      string          // "Name/1.1.0"; or
	Document json.RawMessage // a Service that is not in the catalogue
	Days     int             // over which calls are counted
}

// MaxDays bounds over how many days calls are counted.
const MaxDays = 92

// The forms in which a service describes itself to programs, by the name of their document.
const (
	JSONSchema = "schema.json"
	OpenAPI    = "openapi.json"
	XSD        = "schema.xsd"
)

// Reader is who reads a form.
type Reader struct {
	System mconnect.SystemID // named in the document
	Server string            // URL in front of /api/v1; may be ""
	Lang   mconnect.Lang
}
