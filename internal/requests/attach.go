package requests

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"
	"unicode"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/people"
)

// MaxAttachment is the largest attachment, in bytes.
const MaxAttachment = 10 << 20

// Attach attaches a file. What it is, its content decides and not its name. Fault attachment.refused.
func (x *Requests) Attach(ctx context.Context, p people.Principal, number string, revision int64, f access.File) (
	access.Request, error) {
	media, err := mediaOf(f.Data)
	if err != nil {
		return access.Request{}, err
	}
	sum := sha256.Sum256(f.Data)
	a := access.Attachment{Digest: hex.EncodeToString(sum[:]), Name: cleanName(f.Name), Media: media,
		Size: int64(len(f.Data)), Field: f.Field}
	return x.step(ctx, p, number, access.Step{Verb: access.Attach, Revision: revision, Attachment: &a},
		[]appendlog.AccessContent{{Request: number, Digest: a.Digest, Media: media, Data: f.Data}})
}

// Attachment returns the content of an attachment.
func (x *Requests) Attachment(ctx context.Context, p people.Principal, number, digest string) (access.Attachment,
	[]byte, error) {
	r, err := x.stored(ctx, p, number)
	if err != nil {
		return access.Attachment{}, nil, err
	}
	for _, a := range r.Attachments {
		if a.Digest == digest {
			c, err := x.cfg.Store.AccessContent(ctx, number, digest)
			return a, c.Data, err
		}
	}
	return access.Attachment{}, nil, fault.New(fault.DocumentUnknown)
}

// mediaOf is the type of a content by its first bytes.
func mediaOf(data []byte) (string, error) {
	refuse := func(what string) (string, error) { return "", fault.New(fault.AttachmentRefused, "what", what) }
	switch {
	case len(data) == 0:
		return refuse("an empty file")
	case len(data) > MaxAttachment:
		return refuse("more than 10 MB")
	case bytes.HasPrefix(data, []byte("%PDF-1.")), bytes.HasPrefix(data, []byte("%PDF-2.")):
		return "application/pdf", nil
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return "image/jpeg", nil
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png", nil
	}
	return refuse("no PDF, JPEG or PNG")
}

// cleanName is the last part of a file's name without what a header or a file system could misread.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`"<>:|?*;%`, r) || !unicode.IsPrint(r) {
			return '_'
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > 100 {
		name = string(runes[len(runes)-100:])
	}
	if name == "." || name == "/" || name == "" {
		return "file"
	}
	return name
}
