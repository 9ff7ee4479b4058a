package portal

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed assets
var embedded embed.FS

// file is one embedded file as it is sent.
type file struct {
	media         string
	plain, packed []byte // packed by gzip; nil where that saves nothing, as with fonts
}

// bundle is every embedded file by its name below assets, and a digest over all of them.
type bundle struct {
	files  map[string]file
	digest string
}

// assetsBundle reads the files once. The digest is a part of their addresses and changes with any of them, so browsers
// may keep what they have for ever.
var assetsBundle = sync.OnceValue(func() bundle {
	b := bundle{files: map[string]file{}}
	sum := sha256.New()
	err := fs.WalkDir(embedded, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := embedded.ReadFile(name)
		_, _ = sum.Write(append([]byte(name), content...))
		b.files[strings.TrimPrefix(name, "assets/")] = file{mediaOf(name), content, packed(content)}
		return err
	})
	if err != nil { // cannot be: the folder is part of the program
		panic(err)
	}
	b.digest = hex.EncodeToString(sum.Sum(nil)[:6])
	return b
})

func mediaOf(name string) string {
	if path.Ext(name) == ".woff2" { // not known to every machine
		return "font/woff2"
	}
	return mime.TypeByExtension(path.Ext(name))
}

func packed(content []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	_, _ = w.Write(content) // memory takes everything
	if w.Close() != nil || b.Len() > len(content)*9/10 {
		return nil
	}
	return b.Bytes()
}

const assetsPath = "/assets/{digest}/{file...}"

// asset is the address of an embedded file.
func asset(name string) string { return "/assets/" + assetsBundle().digest + "/" + name }

// icon is the address of an icon: a symbol of one file, which a browser reads once.
func icon(name string) string { return asset("icons.svg") + "#i-" + name }

// assets serves the embedded files. An address with another digest is that of another release: not found.
func assets(w http.ResponseWriter, r *http.Request) {
	b := assetsBundle()
	f, known := b.files[r.PathValue("file")]
	if !known || r.PathValue("digest") != b.digest {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.media)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	content := f.plain
	if f.packed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		content = f.packed
	}
	_, _ = w.Write(content) // the browser went away
}
