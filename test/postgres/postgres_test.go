package postgres

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestClusterSurvivesKill needs PostgreSQL, so it belongs to `make test`.
func TestClusterSurvivesKill(t *testing.T) {
	if os.Getenv("MCONNECT_TEST_POSTGRES") != "1" {
		return
	}
	c, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	url, err := c.Create(t.Context(), "kept")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Exec(t.Context(), "kept", "CREATE TABLE a AS SELECT 42 AS n"); err != nil {
		t.Fatal(err)
	}
	for _, end := range []func() error{c.Kill, c.Stop} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if c.Listening() {
			t.Error("still listening after its end")
		}
		if err := c.Resume(); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var n int
	if err := conn.QueryRow(t.Context(), "SELECT n FROM a").Scan(&n); err != nil || n != 42 {
		t.Errorf("n = %d, %v", n, err)
	}
}
