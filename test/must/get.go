// Package must ends a test at the first error of what the test needs in order to begin.
package must

// T is what a test, a benchmark and a property have in common.
type T interface {
	Helper()
	Fatal(args ...any)
}

// OK ends the test with err, unless it is nil.
func OK(t T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Get returns a function that returns v, or ends its test with err: must.Get(os.ReadFile(path))(t).
func Get[V any](v V, err error) func(T) V {
	return func(t T) V {
		t.Helper()
		OK(t, err)
		return v
	}
}
