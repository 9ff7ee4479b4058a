package cli_test

import (
	"context"
	"crypto/tls"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mconnect/internal/cli"
	"mconnect/test/waits"
	"mconnect/test/world"
)

// TestMain makes this test binary answer as the programs that the scripts run.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mconnect": program, "register": register, "await": await, "plant": plant})
}

// program is the whole platform, as cmd/mconnect starts it.
func program() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	p := cli.Process{Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environment: os.Environ()}
	os.Exit(cli.Main(ctx, p, func(_ context.Context, o cli.DemoOptions) error {
		_, err := fmt.Fprintf(o.Out, "the demo was asked for: %+v\n", []any{o.Dir, o.Once, o.ExchangeAddr, o.EventsAddr, o.AdminAddr, o.PortalAddr})
		return err
	}))
}

// register is a data provider: register ADDRESS CERTIFICATE KEY.
func register() {
	person := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"IDNP":"2999000006393","LastName":"Sintetic","Secret":"stays here","Undeclared":1}`)
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServeTLS(os.Args[1], os.Args[2], os.Args[3], person))
	os.Exit(1)
}

// await waits until a URL answers 200: await URL.
func await() {
	web := &http.Client{Timeout: time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	for deadline := time.Now().Add(waits.Limit); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		res, err := web.Get(os.Args[1])
		if err != nil {
			continue
		}
		_ = res.Body.Close()
		if res.StatusCode == http.StatusOK {
			os.Exit(0)
		}
	}
	fmt.Fprintln(os.Stderr, os.Args[1], "does not answer")
	os.Exit(1)
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("USER", "tester")
			e.Setenv("MCONNECT_EVENTS_LISTEN", "127.0.0.1:0") // scripts run side by side
			return os.CopyFS(filepath.Join(e.WorkDir, "country"), os.DirFS("testdata/country"))
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"ports": ports, "exits": exits, "flip": flip, "keep": keep, "pick": pick, "sql": sqlite, "json": isJSON, "fill": fill,
		},
	})
}

// ports sets each variable to a port of the loopback address that nobody uses now: ports NAME...
func ports(ts *testscript.TestScript, _ bool, names []string) {
	found, err := world.FreePorts(len(names))
	ts.Check(err)
	for i, name := range names {
		ts.Setenv(name, strconv.Itoa(found[i]))
	}
}

// exits runs a program that must end with the exit code: exits CODE PROGRAM ARGUMENT...
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var ended *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &ended) {
		got = ended.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d; want %d", got, want)
	}
}

// keep sets a variable to what the last program printed, without the end of the line: keep NAME.
func keep(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// pick sets a variable to what the group in an expression found in what the last program printed: pick NAME EXPRESSION.
func pick(ts *testscript.TestScript, _ bool, args []string) {
	found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) < 2 {
		ts.Fatalf("%s is not in the output", args[1])
	}
	ts.Setenv(args[0], found[1])
}

// sqlite runs a statement on a SQLite file, as somebody would who has the file: sql FILE STATEMENT.
func sqlite(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", "file:"+ts.MkAbs(args[0]))
	ts.Check(err)
	result, err := db.Exec(args[1])
	ts.Check(err)
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		ts.Fatalf("%s: %d rows, %v", args[1], n, err)
	}
	ts.Check(db.Close())
}

// isJSON checks that every line, or the whole, of what the last program printed is JSON: json [lines].
func isJSON(ts *testscript.TestScript, _ bool, args []string) {
	texts := []string{ts.ReadFile("stdout")}
	if len(args) > 0 {
		texts = strings.Split(strings.TrimSpace(texts[0]), "\n")
	}
	for _, text := range texts {
		if !json.Valid([]byte(text)) {
			ts.Fatalf("not JSON: %s", text)
		}
	}
}

// fill replaces a text in a file: fill FILE OLD NEW.
func fill(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	text, err := os.ReadFile(path)
	ts.Check(err)
	ts.Check(os.WriteFile(path, []byte(strings.ReplaceAll(string(text), args[1], args[2])), 0o600))
}

// flip changes one byte of a file, the last one of where a text stands first: flip FILE TEXT
func flip(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	text, err := os.ReadFile(path)
	ts.Check(err)
	at := -1
	for i := 0; i+len(args[1]) <= len(text); i++ {
		if string(text[i:i+len(args[1])]) == args[1] {
			at = i + len(args[1]) - 1
			break
		}
	}
	if at < 0 {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	text[at] ^= 1
	ts.Check(os.WriteFile(path, text, 0o600))
}
