package rest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/registry"
	"mconnect/internal/domain/schema"
	"mconnect/internal/exchange"
	"mconnect/internal/surface/problem"
	"mconnect/internal/surface/request"
)

// Offer is one service that the caller has an agreement for, as GET /api/v1/services lists it.
type Offer struct {
	Service     mconnect.ServiceName `json:"service"`
	Version     mconnect.Version     `json:"version"` // the newest that the agreement covers
	Status      catalog.Status       `json:"status"`
	Title       string               `json:"title"`
	Description string               `json:"description,omitempty"`
	Provider    mconnect.SystemID    `json:"provider"`
	Personal    bool                 `json:"personal"`
	Request     schema.Type          `json:"request"`
	Agreement   mconnect.AgreementID `json:"agreement"`
	AgreedUntil string               `json:"agreed_until,omitempty"` // RFC 3339
	State       string               `json:"state"`
	Purposes    []OfferedPurpose     `json:"purposes"`
}

// OfferedPurpose reports what to state for one purpose and what is granted for it.
type OfferedPurpose struct {
	Code       mconnect.PurposeCode `json:"code"`
	Version    *mconnect.Version    `json:"version,omitempty"` // that a call for this purpose gets when it states none
	Title      string               `json:"title"`
	LegalBasis string               `json:"legal_basis"`
	Accepts    []string             `json:"accepts"` // values of CallBasis, besides the code
	Reason     string               `json:"reason_form,omitempty"`
	Example    string               `json:"reason_example,omitempty"`
	Fields     []string             `json:"fields"`
}

// caller identifies a system that asks about its own affairs, from an allowed network. Its standing may be suspended:
// it still may look.
func (s *Surface) caller(r *http.Request) (*registry.Identity, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil, fault.New(fault.MethodNotAllowed, "want", "GET, HEAD")
	}
	who, err := s.Identifier.Identify(request.ChainOf(r), s.Clock())
	if err != nil {
		return nil, err
	}
	return who, request.CheckNetwork(&who.System, request.AddressOf(r))
}

func (s *Surface) offers(w http.ResponseWriter, r *http.Request) error {
	who, err := s.caller(r)
	if err != nil {
		return err
	}
	lang := problem.Language(r.Header.Get("Accept-Language"))
	list := []Offer{}
	last := mconnect.ServiceName("")
	for _, svc := range s.Catalog.All() {
		if svc.Name == last {
			continue
		}
		last = svc.Name
		versions, agreed := s.Catalog.Versions(svc.Name), s.Agreements.For(who.System.ID, svc.Name)
		first := len(list)
		for _, a := range agreed {
			if covered, err := catalog.Choose(svc.Name, versions, a.Version); err == nil {
				list = append(list, s.offer(covered, a, agreed, lang))
			}
		}
		slices.SortStableFunc(list[first:], func(x, y Offer) int { return y.Version.Compare(x.Version) })
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h["Cache-Control"] = noStore
	return json.NewEncoder(w).Encode(struct {
		System   mconnect.SystemID `json:"system"`
		Services []Offer           `json:"services"`
	}{who.System.ID, list})
}

// offer describes a service under one of the agreements that its caller has for it.
func (s *Surface) offer(svc *catalog.Ready, a *agreement.Compiled, agreed []*agreement.Compiled,
	lang mconnect.Lang) Offer {
	o := Offer{
		Service: svc.Name, Version: svc.Version, Status: svc.Status, Title: svc.Title.In(lang),
		Description: svc.Description.In(lang), Provider: svc.Provider, Personal: svc.Personal, Request: svc.Request,
		Agreement: a.ID, State: string(a.Status), Purposes: []OfferedPurpose{},
	}
	o.State = cmp.Or(o.State, "active")
	if !a.Validity.To.IsZero() {
		o.AgreedUntil = a.Validity.To.UTC().Format("2006-01-02T15:04:05Z")
	}
	for _, p := range a.Purposes {
		one := OfferedPurpose{
			Code: p.Code, Title: p.Title.In(lang), LegalBasis: p.LegalBasis.Act + ", " + p.LegalBasis.Article,
			Accepts: p.Accepts, Reason: p.Reason.Form.In(lang), Example: p.Reason.Example, Fields: p.Fields,
		}
		legal := mconnect.LegalContext{Basis: string(p.Code), Reason: p.Reason.Example}
		if got, err := exchange.Offered(svc.Name, s.Catalog.Versions(svc.Name), agreed, agreement.Asked{Context: legal},
			s.Clock()); err == nil {
			one.Version = &got.Version
		}
		o.Purposes = append(o.Purposes, one)
	}
	return o
}

// evidence answers GET /api/v1/evidence/{call}[?part=intent|outcome] with a C2SP tlog-proof that package verify and
// `mconnect journal verify --evidence` read offline.
func (s *Surface) evidence(w http.ResponseWriter, r *http.Request, id string) error {
	who, err := s.caller(r)
	if err != nil {
		return err
	}
	part := "outcome"
	if len(r.URL.RawQuery) > 0 {
		if part = r.URL.Query().Get("part"); part != "intent" && part != "outcome" {
			return fault.New(fault.QueryInvalid, "what", "part: intent or outcome")
		}
	}
	call, err := mconnect.ParseCallID(id)
	if err != nil {
		return fault.New(fault.RecordUnknown)
	}
	if !s.evidenceRate.Allow(who.System.ID) { // each reading of the journal is a record in it
		f := fault.New(fault.RecordRate, "limit", strconv.Itoa(s.Evidence))
		f.RetryAfter = time.Second
		return f
	}
	proof, err := s.Prover.Prove(r.Context(), who.System.ID, call, part)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h["Cache-Control"] = noStore
	_, _ = w.Write(proof)
	return nil
}
