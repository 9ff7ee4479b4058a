package world

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Caller is the consumer's system: it asks lawfully, over mTLS on kept-alive connections. It is safe for
// concurrent use.
type Caller struct {
	url    string
	client *http.Client
}

// Answered is what a caller got back.
type Answered struct {
	Status int
	Call   string // MConnect-Call-Id
	Record int64  // MConnect-Record; -1 when absent
	Code   string // of a problem
	Body   string
}

// NewCaller prepares the system "consumer" to ask the platform; the authority must have issued it.
func NewCaller(a *Authority, p *Platform) (*Caller, error) {
	config, err := a.Client("consumer", "platform")
	if err != nil {
		return nil, err
	}
	return &Caller{
		url: fmt.Sprintf("https://127.0.0.1:%d/api/v1/", p.Exchange),
		client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: config,
			MaxIdleConnsPerHost: 64}},
	}, nil
}

// Forget closes idle connections, as after a restart of the platform.
func (c *Caller) Forget() { c.client.CloseIdleConnections() }

// Ask calls WorldPerson. An error means that no whole answer arrived.
func (c *Caller) Ask(ctx context.Context) (Answered, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+ServicePerson, strings.NewReader(Question))
	if err != nil {
		return Answered{}, err
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "CallingUser": Official, "CallingEntity": ConsumerIDNO, "CallBasis": Basis,
		"CallReason": Reason,
	} {
		req.Header.Set(name, value)
	}
	res, err := c.client.Do(req)
	if err != nil {
		return Answered{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return Answered{}, err
	}
	a := Answered{Status: res.StatusCode, Call: res.Header.Get("MConnect-Call-Id"), Record: -1, Body: string(body)}
	if n, err := strconv.ParseInt(res.Header.Get("MConnect-Record"), 10, 64); err == nil {
		a.Record = n
	}
	var problem struct{ Code string }
	if res.StatusCode != http.StatusOK && json.Unmarshal(body, &problem) == nil {
		a.Code = problem.Code
	}
	return a, nil
}
