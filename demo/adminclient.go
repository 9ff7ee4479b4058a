package demo

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"mconnect"
)

// adminClient is the administrator of the sample country: it uses the management API over HTTPS.
type adminClient struct {
	base   string
	token  string
	client *http.Client
}

func newAdminClient(base, token string, anchors *x509.CertPool) *adminClient {
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: anchors, MinVersion: tls.VersionTLS12}}
	return &adminClient{base, token, &http.Client{Transport: transport, Timeout: time.Minute}}
}

func (o *adminClient) post(ctx context.Context, path, mediaType string, body []byte) ([]byte, error) {
	status, answer, err := o.send(ctx, http.MethodPost, path, mediaType, body)
	if err == nil && status >= 300 {
		err = fmt.Errorf("%s: status %d: %s", path, status, bytes.TrimSpace(answer))
	}
	return answer, err
}

// upload uploads a file for a service and returns the platform's answer.
func (o *adminClient) upload(ctx context.Context, service, name string, file []byte) (status int, answer []byte,
	err error) {
	return o.send(ctx, http.MethodPut, "/v1/files/"+service+"?"+url.Values{"name": {name}}.Encode(), "text/csv", file)
}

func (o *adminClient) send(ctx context.Context, method, path, mediaType string, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, o.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+o.token)
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	res, err := o.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return res.StatusCode, answer, err
}

// apply applies every manifest in dir as one set and returns how many resources it changed.
func (o *adminClient) apply(ctx context.Context, dir string) (changed int, err error) {
	set, err := readSet(dir)
	if err != nil {
		return 0, err
	}
	answer, err := o.post(ctx, "/v1/apply", "application/yaml", set)
	if err != nil {
		return 0, err
	}
	var plan struct{ Changes []struct{ Action string } }
	if err := json.Unmarshal(answer, &plan); err != nil {
		return 0, fmt.Errorf("apply: %w", err)
	}
	for _, c := range plan.Changes {
		if c.Action != "unchanged" {
			changed++
		}
	}
	return changed, nil
}

// suspend suspends a system, or lifts its suspension.
func (o *adminClient) suspend(ctx context.Context, system mconnect.SystemID, yes bool) error {
	verb := "resume"
	if yes {
		verb = "suspend"
	}
	_, err := o.post(ctx, "/v1/systems/"+string(system)+"/"+verb, "", nil)
	return err
}

// replay delivers the events accepted since from to one group again, and returns their number.
func (o *adminClient) replay(ctx context.Context, system mconnect.SystemID, group string, from time.Time) (events int,
	err error) {
	order, err := json.Marshal(map[string]any{"system": system, "group": group, "from": from,
		"reason": "a scene of the demo"})
	if err != nil {
		return 0, err
	}
	answer, err := o.post(ctx, "/v1/events/replay", "application/json", order)
	if err != nil {
		return 0, err
	}
	var done struct{ Events int }
	err = json.Unmarshal(answer, &done)
	return done.Events, err
}

// readSet joins the manifests of dir, in order of their names, into one multi-document text.
func readSet(dir string) ([]byte, error) {
	names, err := fs.Glob(os.DirFS(dir), "*.yaml")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var set bytes.Buffer
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		if set.Len() > 0 {
			set.WriteString("\n---\n")
		}
		set.Write(text)
	}
	return set.Bytes(), nil
}
