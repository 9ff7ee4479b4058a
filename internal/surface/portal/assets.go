package portal

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"sync"
)

//go:embed assets
var embedded embed.FS

// assetsDigest changes with any of the files, so that browsers may keep what they have for ever.
var assetsDigest = sync.OnceValue(func() string {
	sum := sha256.New()
	_ = fs.WalkDir(embedded, "assets", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := embedded.ReadFile(path)
		_, _ = sum.Write(append([]byte(path), content...))
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)[:6])
})

const assetsPath = "/assets/{digest}/{file...}"

// asset is the address of an embedded file.
func asset(name string) string { return "/assets/" + assetsDigest() + "/" + name }

// icon is the address of an icon: a symbol of one file, which a browser reads once.
func icon(name string) string { return asset("icons.svg") + "#i-" + name }

// assets serves the embedded files. An address with another digest is that of another release: not found.
func assets() http.Handler {
	files, err := fs.Sub(embedded, "assets")
	if err != nil { // cannot be: the folder is part of the program
		panic(err)
	}
	serve := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if info, err := fs.Stat(files, r.PathValue("file")); err != nil || info.IsDir() ||
			r.PathValue("digest") != assetsDigest() {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		http.StripPrefix("/assets/"+assetsDigest(), serve).ServeHTTP(w, r)
	})
}
