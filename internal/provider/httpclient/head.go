package httpclient

import (
	"bufio"
	"bytes"
	"errors"

	"golang.org/x/net/http/httpguts"
)

// readHead reads a status line and the header lines up to the empty one (RFC 9112, 4 and 5), strictly.
func (a *Answer) readHead(br *bufio.Reader) error {
	a.Length = -1
	total := 0
	line, err := readLine(br, &total)
	if err != nil {
		return err
	}
	if err := a.statusLine(line); err != nil {
		return err
	}
	for range maxLines {
		if line, err = readLine(br, &total); err != nil {
			return err
		}
		if len(line) == 0 {
			return a.consistent()
		}
		if err := a.headerLine(line); err != nil {
			return err
		}
	}
	return &ProtocolError{"too many header lines"}
}

// readLine returns a line without its end; it is valid until the next read.
func readLine(br *bufio.Reader, total *int) ([]byte, error) {
	line, err := br.ReadSlice('\n')
	if *total += len(line); *total > maxHead || errors.Is(err, bufio.ErrBufferFull) {
		return nil, &ProtocolError{"head too long"}
	}
	if err != nil {
		return nil, err
	}
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line, nil
}

func (a *Answer) statusLine(line []byte) error {
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.")) || line[8] != ' ' ||
		line[7] != '0' && line[7] != '1' || len(line) > 12 && line[12] != ' ' {
		return &ProtocolError{"status line"}
	}
	for _, d := range line[9:12] {
		if d < '0' || d > '9' {
			return &ProtocolError{"status line"}
		}
		a.Status = a.Status*10 + int(d-'0')
	}
	if a.Status < 100 || a.Status > 599 {
		return &ProtocolError{"status"}
	}
	if !printable(line[12:]) {
		return &ProtocolError{"reason phrase"}
	}
	a.old = line[7] == '0'
	a.last = a.old
	return nil
}

// printable reports text without control characters: a bare CR among them is an end of line to some readers.
func printable(text []byte) bool {
	for _, b := range text {
		if b < ' ' && b != '\t' || b == 0x7f {
			return false
		}
	}
	return true
}

// field takes a header line, or a trailer, apart.
func field(line []byte) (name, value []byte, err error) {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 {
		return nil, nil, &ProtocolError{"header line"} // a folded line also ends here: its first byte is no token
	}
	name, value = line[:colon], bytes.Trim(line[colon+1:], " \t")
	for _, b := range name {
		if !httpguts.IsTokenRune(rune(b)) {
			return nil, nil, &ProtocolError{"header name"}
		}
	}
	if !printable(value) {
		return nil, nil, &ProtocolError{"header value"}
	}
	return name, value, nil
}

func (a *Answer) headerLine(line []byte) error {
	name, value, err := field(line)
	if err != nil {
		return err
	}
	switch len(name) { // only these are of interest; comparing lengths first keeps the rest cheap
	case len("Connection"):
		if equalFoldASCII(name, "connection") && hasToken(value, "close") {
			a.last = true
		}
	case len("Retry-After"):
		if equalFoldASCII(name, "retry-after") {
			a.RetryAfter = string(value)
		}
	case len("Content-Type"):
		if equalFoldASCII(name, "content-type") {
			return setOnce(&a.MediaType, value)
		}
	case len("Content-Length"):
		if equalFoldASCII(name, "content-length") {
			return a.contentLength(value)
		}
	case len("Content-Encoding"):
		if equalFoldASCII(name, "content-encoding") {
			return setOnce(&a.Encoding, value)
		}
	case len("Transfer-Encoding"):
		if equalFoldASCII(name, "transfer-encoding") {
			if a.chunked || !equalFoldASCII(value, "chunked") {
				return &ProtocolError{"transfer encoding"}
			}
			a.chunked = true
		}
	}
	return nil
}

// consistent refuses an answer framed in two ways: the parties on its way could disagree on its end.
func (a *Answer) consistent() error {
	switch {
	case a.chunked && (a.Length >= 0 || a.last && a.Status < 200):
		return &ProtocolError{"two framings"}
	case a.chunked && a.old: // RFC 9112, 6.1: the framing is faulty
		return &ProtocolError{"transfer encoding in HTTP/1.0"}
	}
	return nil
}

func (a *Answer) contentLength(value []byte) error {
	if a.Length >= 0 || len(value) == 0 || len(value) > 15 {
		return &ProtocolError{"content length"}
	}
	var n int64
	for _, d := range value {
		if d < '0' || d > '9' {
			return &ProtocolError{"content length"}
		}
		n = n*10 + int64(d-'0')
	}
	a.Length = n
	return nil
}

func setOnce(field *string, value []byte) error {
	if *field != "" {
		return &ProtocolError{"header stated twice"}
	}
	if string(value) == jsonType { // no allocation for what nearly all say
		*field = jsonType
		return nil
	}
	*field = string(value)
	return nil
}

const jsonType = "application/json"

// equalFoldASCII compares ASCII text without case; lower must be in lower case.
func equalFoldASCII(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i := range b {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

func hasToken(list []byte, lower string) bool {
	for len(list) > 0 {
		item, rest, _ := bytes.Cut(list, []byte(","))
		if equalFoldASCII(bytes.Trim(item, " \t"), lower) {
			return true
		}
		list = rest
	}
	return false
}
