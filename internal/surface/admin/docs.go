package admin

import (
	"embed"
	"net/http"
)

//go:embed docs/page.html docs/page.js docs/page.css
var docsFiles embed.FS

// docs serves a page that reads /openapi.json and shows it. It loads nothing from elsewhere, so it works in
// a closed network and under the strict content security policy.
func (s *Surface) docs() {
	for path, file := range map[string][2]string{
		"/docs":          {"docs/page.html", "text/html; charset=utf-8"},
		"/docs/page.js":  {"docs/page.js", "text/javascript; charset=utf-8"},
		"/docs/page.css": {"docs/page.css", "text/css; charset=utf-8"},
	} {
		text, err := docsFiles.ReadFile(file[0])
		if err != nil {
			panic(err) // embedded: cannot be missing
		}
		s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", file[1])
			_, _ = w.Write(text)
		})
	}
}
