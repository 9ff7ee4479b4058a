package admin

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"mconnect/fault"
)

// tileWidth is the number of hashes or entries in a full tile (C2SP tlog-tiles).
const tileWidth = 256

// maxLevel is the highest tile level the specification allows.
const maxLevel = 63

// tiles serves the journal as a C2SP tlog-tiles log under /tlog/. Checkpoint and hashes are for every
// administrator; entries hold the records themselves and are for auditors, and their reading is recorded.
func (s *Surface) tiles() {
	s.describeTiles()
	s.raw("GET /tlog/checkpoint", Reader, func(w http.ResponseWriter, r *http.Request) error {
		note, err := s.cfg.Tiles.Checkpoint(r.Context())
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write(note)
		return nil
	})
	s.raw("GET /tlog/tile/entries/{place...}", Auditor, func(w http.ResponseWriter, r *http.Request) error {
		index, width, ok := parseTile(r.PathValue("place"))
		if !ok {
			return fault.New(fault.PathUnknown)
		}
		bundle, err := s.cfg.Tiles.Entries(r.Context(), index, width)
		if err != nil {
			return err
		}
		if err := s.read(r.Context(), "entries "+strconv.FormatInt(index*tileWidth, 10), "", width); err != nil {
			return err
		}
		return sendTile(w, bundle, width)
	})
	s.raw("GET /tlog/tile/{level}/{place...}", Reader, func(w http.ResponseWriter, r *http.Request) error {
		level, err := strconv.Atoi(r.PathValue("level"))
		index, width, ok := parseTile(r.PathValue("place"))
		if err != nil || strconv.Itoa(level) != r.PathValue("level") || level < 0 || level > maxLevel || !ok {
			return fault.New(fault.PathUnknown)
		}
		hashes, err := s.cfg.Tiles.Tile(r.Context(), level, index, width)
		if err != nil {
			return err
		}
		return sendTile(w, hashes, width)
	})
}

// describeTiles adds the log to the description. A tile's path has one segment for each three digits of its index.
func (s *Surface) describeTiles() {
	place := parameter("place", "path", "string", "index of the tile in groups of three digits, all but the last after an x; with .p/N for a partial tile")
	level := parameter("level", "path", "string", "of the tile, 0 to 63")
	for _, op := range []struct {
		path, id, summary, media string
		role                     Role
		parameters               []*huma.Param
	}{
		{"/tlog/checkpoint", "journal-checkpoint", "Signed checkpoint of the journal (C2SP tlog-tiles)", mediaText,
			Reader, nil},
		{"/tlog/tile/{level}/{place}", "journal-tile", "Hashes of the journal's tree", mediaBytes, Reader,
			[]*huma.Param{level, place}},
		{"/tlog/tile/entries/{place}", "journal-entries", "Records of the journal", mediaBytes, Auditor,
			[]*huma.Param{place}},
	} {
		s.describeRaw(huma.Operation{
			Method: http.MethodGet, Path: op.path, OperationID: op.id, Summary: op.summary, Tags: []string{"journal"},
			Parameters: op.parameters, Responses: answersIn(op.media),
		}, op.role)
	}
}

func sendTile(w http.ResponseWriter, data []byte, width int) error {
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	if width == tileWidth { // a full tile never changes
		h.Set("Cache-Control", "private, max-age=31536000, immutable")
	}
	_, _ = w.Write(data)
	return nil
}

// raw registers a handler that speaks bytes; its errors leave as problems like everywhere.
func (s *Surface) raw(pattern string, role Role, do func(http.ResponseWriter, *http.Request) error) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		err := require(r.Context(), role)
		if err == nil {
			err = do(w, r)
		}
		if err != nil {
			s.refuse(w, r, err)
		}
	})
}

// parseTile reads "x001/x234/067" or "x001/067.p/8": the tile's index in groups of three digits, all but
// the last with an "x" before them, and the width of a partial tile.
func parseTile(place string) (index int64, width int, ok bool) {
	width = tileWidth
	if full, partial, found := strings.Cut(place, ".p/"); found {
		n, err := strconv.Atoi(partial)
		if err != nil || n < 1 || n >= tileWidth || strconv.Itoa(n) != partial {
			return 0, 0, false
		}
		place, width = full, n
	}
	groups := strings.Split(place, "/")
	if len(groups) > 6 {
		return 0, 0, false
	}
	for i, g := range groups {
		digits, marked := strings.CutPrefix(g, "x")
		if marked == (i == len(groups)-1) || len(digits) != 3 {
			return 0, 0, false
		}
		n, err := strconv.ParseUint(digits, 10, 16)
		if err != nil || (i == 0 && len(groups) > 1 && n == 0) {
			return 0, 0, false
		}
		index = index*1000 + int64(n)
	}
	return index, width, true
}
