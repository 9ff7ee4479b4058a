package app_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/store"
	"mconnect/test/must"
)

// TestApp_LosingItsNameEndsIt: when another process has taken the name of its node, a node stops serving, by itself,
// says why in one sentence, and writes nothing more under that name.
func TestApp_LosingItsNameEndsIt(t *testing.T) {
	if server == nil {
		return
	}
	w := newTestPlatform(t)
	name := fmt.Sprintf("app%d", databases.Add(1))
	w.cfg.Store.URL = must.Get(server.Create(t.Context(), name))(t)
	r := w.start()
	must.Get(r.Country.Apply(t.Context(), "tester", w.manifests(), false))(t)
	if status, _, body := r.ask("DOS-0001"); status != http.StatusOK {
		t.Fatalf("before: %d %s", status, body)
	}
	const taken = `UPDATE node SET epoch = epoch + 1, holder = 'another process', until = until + 3600000000`
	must.OK(t, server.Exec(t.Context(), name, taken))
	err := <-r.ended
	if !errors.Is(err, store.ErrNameTaken) || fault.From(err).Code != fault.StoreUnavailable {
		t.Fatalf("ends with %v", err)
	}
	if said := err.Error(); !strings.Contains(said, `"test" was taken while this process did not renew its lease`) {
		t.Errorf("it says %q", said)
	}
	must.OK(t, server.Exec(t.Context(), name, `UPDATE node SET holder = '', until = 0`))
	report := verified(t, w)
	if report.Kinds["started"] != 1 || report.Kinds["outcome"] != 1 {
		t.Errorf("the journal holds %v", report.Kinds)
	}
}
