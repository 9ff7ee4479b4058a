package postgres

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"mconnect/test/must"
)

// TestCluster_SurvivesKill needs PostgreSQL, so it belongs to `make test`.
func TestCluster_SurvivesKill(t *testing.T) {
	if os.Getenv("MCONNECT_TEST_POSTGRES") != "1" {
		return
	}
	c := must.Get(Start())(t)
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	url := must.Get(c.Create(t.Context(), "kept"))(t)
	must.OK(t, c.Exec(t.Context(), "kept", "CREATE TABLE a AS SELECT 42 AS n"))
	for _, end := range []func() error{c.Kill, c.Stop} {
		must.OK(t, end())
		if c.Listening() {
			t.Error("still listening after its end")
		}
		must.OK(t, c.Resume())
	}
	conn := must.Get(pgx.Connect(t.Context(), url))(t)
	defer conn.Close(t.Context())
	var n int
	if err := conn.QueryRow(t.Context(), "SELECT n FROM a").Scan(&n); err != nil || n != 42 {
		t.Errorf("n = %d, %v", n, err)
	}
}
