package demo

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"mconnect"
)

// maxPushed bounds what the bank reads of a pushed event, in bytes.
const maxPushed = 1 << 20

// pushOrigin is the name by which the platform asks whether it may push: the first of its exchange.names.
const pushOrigin = "localhost"

// received is an event as a consumer got it.
type received struct {
	Source       string
	ID           string
	Type         mconnect.EventType
	Time         time.Time
	PartitionKey string
	Offset       int64 `json:",string"`
	Data         json.RawMessage
}

// receiver is the bank's own server, to which the platform pushes events. It permits pushes of the platform only and
// accepts only what the platform's key has signed.
type receiver struct {
	platform *x509.Certificate
	clock    func() time.Time

	mu     sync.Mutex
	listen map[int]func(received)
	next   int
	forged int // requests without a valid signature
	down   bool
	failed int // requests answered 503
}

func newReceiver(platform *x509.Certificate) *receiver {
	return &receiver{platform: platform, clock: time.Now, listen: map[int]func(received){}}
}

// subscribe calls fn for each event that arrives, one at a time, until forget is called.
func (b *receiver) subscribe(fn func(received)) (forget func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.next
	b.next++
	b.listen[n] = fn
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.listen, n)
	}
}

// setFailing makes the bank answer 503, as when its own database is unavailable.
func (b *receiver) setFailing(is bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down, b.failed = is, 0
}

// failures returns how many requests were refused since setFailing was called.
func (b *receiver) failures() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed
}

func (b *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodOptions:
		// CloudEvents HTTP Web Hooks, section 4: permission is given to an origin by name.
		if r.Header.Get("WebHook-Request-Origin") != pushOrigin {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.Header().Set("WebHook-Allowed-Origin", pushOrigin)
		w.Header().Set("WebHook-Allowed-Rate", "*")
		w.Header().Set("Allow", http.MethodPost)
	case http.MethodPost:
		w.WriteHeader(b.accept(w, r))
	default:
		w.Header().Set("Allow", "OPTIONS, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// accept reads one pushed event and returns the HTTP status.
func (b *receiver) accept(w http.ResponseWriter, r *http.Request) (status int) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPushed))
	if err != nil {
		return http.StatusRequestEntityTooLarge
	}
	signed := verifyPush(r, body, b.platform, b.clock())
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		b.failed++
		return http.StatusServiceUnavailable
	}
	if signed != nil {
		b.forged++
		return http.StatusForbidden
	}
	var e received
	if err := json.Unmarshal(body, &e); err != nil {
		return http.StatusUnprocessableEntity
	}
	for _, fn := range b.listen {
		fn(e)
	}
	return http.StatusNoContent
}

// pushInput is the one form of Signature-Input that the bank accepts.
var pushInput = regexp.MustCompile(`^mconnect=(\("@method" "@target-uri" "content-type" "content-digest"\);created=([0-9]{1,12});keyid="([0-9a-f]{64})";alg="ecdsa-p256-sha256")$`)

// pushAge is how old a signature may be.
const pushAge = 5 * time.Minute

// verifyPush checks the signature of a pushed event (RFC 9421) and the digest of its body (RFC 9530), as a consumer
// does that has only the platform's certificate.
func verifyPush(r *http.Request, body []byte, platform *x509.Certificate, now time.Time) error {
	key, ok := platform.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return errors.New("the platform's key is not on a curve")
	}
	sum := sha256.Sum256(body)
	if r.Header.Get("Content-Digest") != "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":" {
		return errors.New("the digest is not that of the body")
	}
	input := pushInput.FindStringSubmatch(r.Header.Get("Signature-Input"))
	if input == nil {
		return errors.New("no signature over method, address, type and digest")
	}
	own := sha256.Sum256(platform.Raw)
	if subtle.ConstantTimeCompare([]byte(input[3]), []byte(hex.EncodeToString(own[:]))) != 1 {
		return errors.New("signed by another key")
	}
	created, err := strconv.ParseInt(input[2], 10, 64)
	if age := now.Sub(time.Unix(created, 0)); err != nil || age > pushAge || age < -pushAge {
		return errors.New("the signature is of another time")
	}
	text := fmt.Sprintf("\"@method\": %s\n\"@target-uri\": https://%s%s\n\"content-type\": %s\n\"content-digest\": %s\n\"@signature-params\": %s",
		r.Method, r.Host, r.URL.RequestURI(), r.Header.Get("Content-Type"), r.Header.Get("Content-Digest"), input[1])
	inner, begins := strings.CutPrefix(r.Header.Get("Signature"), "mconnect=:")
	inner, ends := strings.CutSuffix(inner, ":")
	signature, err := base64.StdEncoding.DecodeString(inner)
	if err != nil || !begins || !ends || len(signature) != 64 {
		return errors.New("the signature is unreadable")
	}
	digest := sha256.Sum256([]byte(text))
	if !ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return errors.New("the signature does not fit")
	}
	return nil
}
