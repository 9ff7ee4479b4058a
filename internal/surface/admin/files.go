package admin

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
)

// FileIn is a file that an operator uploads for a service whose provider has nothing but a spreadsheet.
type FileIn struct {
	Service mconnect.ServiceName
	Version mconnect.Version
	Name    string    // as the authority calls it
	ValidAt time.Time // as stated; zero: not stated
	Body    io.Reader
}

// FileState reports which file a service answers from. Its zero value is that of none.
type FileState struct {
	Service    string    `json:"service"`
	Name       string    `json:"name"`
	SHA256     string    `json:"sha256"`
	Rows       int       `json:"rows"`
	ValidAt    time.Time `json:"valid_at"`
	ReceivedAt time.Time `json:"received_at"`
	By         string    `json:"by"`
	// rows that end before the header's last column: what they lack counts as empty
	Short     int    `json:"short,omitempty"`
	ShortRows string `json:"short_rows,omitempty"` // the first of them, by number
}

// Files takes files for services. Put checks the file whole and puts it in force together with a journal record that
// names actor, or does nothing: faults service.unknown, service.version, resource.invalid, file.invalid,
// record.unavailable. InForce raises provider.noFile when there is none.
type Files interface {
	Put(ctx context.Context, actor string, f FileIn) (FileState, error)
	InForce(ctx context.Context, service mconnect.ServiceName, version mconnect.Version) (FileState, error)
}

// maxUpload is how long the transfer and the check of a file may take.
const maxUpload = 15 * time.Minute

// files registers the endpoints behind `mconnect file`. The body is the file itself, read as it comes.
func (s *Surface) files() {
	const path = "/v1/files/{service}/{version}"
	where := []*huma.Param{parameter("service", "path", "string", "name of the service"),
		parameter("version", "path", "string", "of the service")}
	name := parameter("name", "query", "string", "its name, of the form that the service declares")
	name.Required = true
	state := map[string]*huma.Response{"200": {Description: "Name, digest, rows and dates",
		Content: map[string]*huma.MediaType{
			"application/json": {Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[FileState](), true,
				"FileState")},
		}}}
	s.describeRaw(huma.Operation{
		Method: http.MethodGet, Path: path, OperationID: "get-file", Summary: "Which file a service answers from",
		Tags:       []string{"files"},
		Parameters: where, Responses: maps.Clone(state),
	}, Reader)
	content := map[string]*huma.MediaType{}
	for _, media := range fileMedia {
		content[media] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
	s.describeRaw(huma.Operation{
		Method: http.MethodPut, Path: path, OperationID: "put-file", Summary: "Put a file in force",
		Tags:        []string{"files"},
		Description: "The body is the file. It is checked whole before it takes the place of the one before.",
		RequestBody: &huma.RequestBody{Required: true, Content: content}, Responses: state,
		Parameters: append(where, name, parameter("valid_at", "query", "string",
			"when the data were valid: YYYY-MM-DD, or RFC 3339")),
	}, Operator)
	s.raw("GET "+path, Reader, func(w http.ResponseWriter, r *http.Request) error {
		service, version, err := named(r)
		if err != nil {
			return err
		}
		state, err := s.cfg.Files.InForce(r.Context(), service, version)
		if err != nil {
			return s.toFault(r.Context(), err)
		}
		return writeJSON(w, state)
	})
	s.raw("PUT "+path, Operator, s.putFile)
}

// fileMedia are the media types that an upload may state. It may state none: no page of another site can send a PUT.
var fileMedia = []string{
	"application/octet-stream", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/csv",
	"text/tab-separated-values",
}

func (s *Surface) putFile(w http.ResponseWriter, r *http.Request) error {
	if r.Header.Get("Content-Type") != "" {
		if err := checkStatedMedia(r, fileMedia); err != nil {
			return err
		}
	}
	service, version, err := named(r)
	if err != nil {
		return err
	}
	in := FileIn{Service: service, Version: version, Name: r.URL.Query().Get("name"), Body: r.Body}
	if text := r.URL.Query().Get("valid_at"); text != "" {
		if in.ValidAt, err = ParseValidAt(text); err != nil {
			return fault.New(fault.QueryInvalid, "what", "valid_at: want YYYY-MM-DD or RFC 3339")
		}
	}
	// A register takes longer than a manifest; where the listener has no such deadlines there is nothing to move.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(maxUpload))
	_ = control.SetWriteDeadline(time.Now().Add(maxUpload))
	state, err := s.cfg.Files.Put(r.Context(), actor(r.Context()).Name, in)
	if err != nil {
		return s.toFault(r.Context(), err)
	}
	return writeJSON(w, state)
}

// ParseValidAt reads a day, which begins in Chișinău, or a moment.
func ParseValidAt(text string) (time.Time, error) {
	return civil.Parse(text)
}

func named(r *http.Request) (mconnect.ServiceName, mconnect.Version, error) {
	service, bad := mconnect.ParseServiceName(r.PathValue("service"))
	version, worse := mconnect.ParseVersion(r.PathValue("version"))
	if bad != nil || worse != nil {
		return "", mconnect.Version{}, fault.New(fault.PathUnknown)
	}
	return service, version, nil
}

func writeJSON(w http.ResponseWriter, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(text, '\n')) // the peer may have gone; nobody is left to read an error
	return nil
}
