package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mconnect/fault"
)

// Answers that are written as they are read, in bounded memory.
const (
	mediaLines = "application/jsonl"

	maxReason   = 512
	defaultLast = 10
	maxLast     = 1_000_000

	maxStall = time.Minute // how long a client may take nothing of what is written
)

// streams registers what is read in one go: the newest records, and new ones as they come; the whole journal as a file.
func (s *Surface) streams() {
	reason := parameter("reason", "query", "string", "why; kept with the reading. No personal data here")
	longest := maxReason
	reason.Schema.MaxLength = &longest
	last, least, most := parameter("last", "query", "integer", "how many records to begin with"), 0.0, float64(maxLast)
	last.Schema.Minimum, last.Schema.Maximum, last.Schema.Default = &least, &most, defaultLast
	follow := parameter("follow", "query", "boolean", "go on with new records until the client ends the answer")
	s.describeRaw(huma.Operation{
		Method: http.MethodGet, Path: "/v1/journal/tail", OperationID: "tail-journal",
		Summary:     "Read the newest records, and new ones as they come",
		Description: "A line of JSON for each record, in their order: index and record.", Tags: []string{"journal"},
		Parameters: []*huma.Param{last, follow, reason}, Responses: answersIn(mediaLines),
	}, Auditor)
	s.describeRaw(huma.Operation{
		Method: http.MethodGet, Path: "/v1/journal/export", OperationID: "export-journal",
		Summary:     "The whole journal as a file that can be checked elsewhere",
		Description: "All records, hashes, signed checkpoints and the public key, as `mconnect journal verify --file` reads them. The last line begins with end.",
		Tags:        []string{"journal"}, Parameters: []*huma.Param{reason}, Responses: answersIn(mediaText),
	}, Auditor)
	s.raw("GET /v1/journal/tail", Auditor, s.tail)
	s.raw("GET /v1/journal/export", Auditor, s.export)
}

// asked reads the query of a stream, which has these parameters only, each once.
func asked(r *http.Request, names ...string) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fault.New(fault.QueryInvalid, "what", "query")
	}
	for name, all := range values {
		if !slices.Contains(names, name) || len(all) != 1 {
			return nil, fault.New(fault.QueryInvalid, "what", "query."+name)
		}
	}
	if len([]rune(values.Get("reason"))) > maxReason {
		return nil, fault.New(fault.QueryInvalid, "what", "query.reason")
	}
	return values, nil
}

func (s *Surface) tail(w http.ResponseWriter, r *http.Request) error {
	values, err := asked(r, "last", "follow", "reason")
	if err != nil {
		return err
	}
	last, follow := int64(defaultLast), false
	if values.Has("last") {
		if last, err = strconv.ParseInt(values.Get("last"), 10, 64); err != nil || last < 0 || last > maxLast {
			return fault.New(fault.QueryInvalid, "what", "query.last")
		}
	}
	switch values.Get("follow") {
	case "true":
		follow = true
	case "false":
	default:
		if values.Has("follow") {
			return fault.New(fault.QueryInvalid, "what", "query.follow")
		}
	}
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	defer context.AfterFunc(s.draining, stop)()
	size, err := s.cfg.Records.Size(ctx)
	if err != nil {
		return s.toFault(ctx, err)
	}
	from, to := max(size-last, 0), size
	if follow {
		to = -1
	}
	if err := s.read(ctx, fmt.Sprintf("tail from record %d, follow %t", from, follow), values.Get("reason"),
		int(size-from)); err != nil {
		return err
	}
	out := begin(w, mediaLines)
	err = s.cfg.Records.Read(ctx, from, to, func(index int64, canonical []byte) error {
		_, err := fmt.Fprintf(out, `{"index":%d,"record":%s}`+"\n", index, canonical)
		if follow {
			out.flush()
		}
		return err
	})
	if follow && ctx.Err() != nil {
		return nil // ended by the client or by the drain
	}
	return s.ended(ctx, err)
}

func (s *Surface) export(w http.ResponseWriter, r *http.Request) error {
	values, err := asked(r, "reason")
	if err != nil {
		return err
	}
	size, err := s.cfg.Records.Size(r.Context())
	if err != nil {
		return s.toFault(r.Context(), err)
	}
	if err := s.read(r.Context(), "export of the whole journal", values.Get("reason"), int(size)); err != nil {
		return err
	}
	return s.ended(r.Context(), s.cfg.Records.Export(r.Context(), begin(w, mediaText)))
}

// ended cuts the connection where an answer that has begun cannot be finished.
func (s *Surface) ended(ctx context.Context, err error) error {
	if err != nil {
		_ = s.toFault(ctx, err) // it stays in the log
		panic(http.ErrAbortHandler)
	}
	return nil
}

// stream writes an answer for as long as the client takes it.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func begin(w http.ResponseWriter, media string) stream {
	w.Header().Set("Content-Type", media)
	out := stream{w, http.NewResponseController(w)}
	_ = out.control.SetReadDeadline(time.Time{}) // nothing is read any more; its end would end the request
	out.flush()                                  // the client learns at once that it was let in
	return out
}

// Write implements io.Writer.
func (s stream) Write(p []byte) (n int, err error) {
	s.within(func() { n, err = s.w.Write(p) })
	return n, err
}

func (s stream) flush() { s.within(func() { _ = s.control.Flush() }) }

// within bounds how long the client may take nothing; while there is nothing to write it may wait as it likes. Where
// the connection has no deadlines there is nothing to move.
func (s stream) within(write func()) {
	_ = s.control.SetWriteDeadline(time.Now().Add(maxStall))
	write()
	_ = s.control.SetWriteDeadline(time.Time{})
}
