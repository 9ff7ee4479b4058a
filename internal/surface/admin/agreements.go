package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/people"
)

// Flags sets and lifts suspensions and ends agreements; *requests.Requests is one. Rights are judged behind it.
type Flags interface {
	Agreed(p people.Principal, id mconnect.AgreementID) (agreement.Agreement, people.Object, error)
	Suspend(ctx context.Context, p people.Principal, id mconnect.AgreementID, s agreement.Suspension) (
		agreement.Agreement, error)
	Lift(ctx context.Context, p people.Principal, id mconnect.AgreementID, side agreement.Side, reason string) (
		agreement.Agreement, error)
	Terminate(ctx context.Context, p people.Principal, id mconnect.AgreementID, reason string) (agreement.Agreement,
		error)
}

// OfAgreement names the agreement of an operation.
type OfAgreement struct {
	Acting
	ID string `path:"id" maxLength:"64" example:"a-2026-0001"`
}

// FlagsView is what suspends or ends an agreement.
type FlagsView struct {
	ID          mconnect.AgreementID   `json:"id"`
	Status      agreement.Status       `json:"status"`
	InForce     bool                   `json:"in_force" doc:"calls are allowed now"`
	Suspensions []agreement.Suspension `json:"suspensions" doc:"one of each side at most"`
	Ending      *agreement.Ending      `json:"ending,omitempty" doc:"the first of two consents to terminate it"`
	Suspend     []agreement.Side       `json:"suspend,omitempty" doc:"sides for which the acting person suspends"`
	Lift        []agreement.Side       `json:"lift,omitempty" doc:"sides for which the acting person lifts"`
}

type flagsOut struct{ Body FlagsView }

type suspendIn struct {
	OfAgreement
	Body struct {
		Side  string `json:"side,omitempty" enum:"consumer,provider,operator,security,law" doc:"default: that of the acting person"`
		Cause string `json:"cause" enum:"authority,technical,legal,mandate,own" doc:"Law 142/2018, art. 7 (2) f"`
		Facts string `json:"facts" maxLength:"1000" doc:"what happened, for the other side; no personal data"`
		Until string `json:"until,omitempty" maxLength:"40" doc:"a day in Chișinău, to its end, or a moment by RFC 3339; default: until it is lifted"`
	}
}

type liftIn struct {
	OfAgreement
	Body struct {
		Side   string `json:"side,omitempty" enum:"consumer,provider,operator,security,law"`
		Reason string `json:"reason,omitempty" maxLength:"500"`
	}
}

type terminateIn struct {
	OfAgreement
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"1000" doc:"of the first of two consents"`
	}
}

func flagsOperation(method, path, id, summary string) huma.Operation {
	return huma.Operation{Method: method, Path: "/v1/agreements/{id}" + path, OperationID: id, Summary: summary,
		Tags: []string{"agreements"}, DefaultStatus: http.StatusOK}
}

// agreementFlags registers the operations behind `mconnect agreement`.
func (s *Surface) agreementFlags() {
	all := s.cfg.Access.Flags
	handle(s, Reader, flagsOperation(http.MethodGet, "/suspensions", "show-suspensions",
		"What suspends or ends an agreement"), func(ctx context.Context, in *OfAgreement) (*flagsOut, error) {
		return s.flagged(ctx, *in, func(p people.Principal, id mconnect.AgreementID) (agreement.Agreement, error) {
			a, _, err := all.Agreed(p, id)
			return a, err
		})
	})
	handle(s, Operator, flagsOperation(http.MethodPost, "/suspensions", "suspend-agreement",
		"Suspend an agreement for one's side"), func(ctx context.Context, in *suspendIn) (*flagsOut, error) {
		until, err := endOf(in.Body.Until)
		if err != nil {
			return nil, err
		}
		return s.flagged(ctx, in.OfAgreement, func(p people.Principal, id mconnect.AgreementID) (agreement.Agreement,
			error) {
			return all.Suspend(ctx, p, id, agreement.Suspension{Side: agreement.Side(in.Body.Side),
				Cause: agreement.Cause(in.Body.Cause), Facts: in.Body.Facts, Until: until})
		})
	})
	handle(s, Operator, flagsOperation(http.MethodPost, "/suspensions/lift", "lift-suspension",
		"Lift the suspension of one's side"), func(ctx context.Context, in *liftIn) (*flagsOut, error) {
		return s.flagged(ctx, in.OfAgreement, func(p people.Principal, id mconnect.AgreementID) (agreement.Agreement,
			error) {
			return all.Lift(ctx, p, id, agreement.Side(in.Body.Side), in.Body.Reason)
		})
	})
	handle(s, Operator, flagsOperation(http.MethodPost, "/ending", "end-agreement",
		"Consent to terminate an agreement: two persons end it"), func(ctx context.Context, in *terminateIn) (*flagsOut,
		error) {
		return s.flagged(ctx, in.OfAgreement, func(p people.Principal, id mconnect.AgreementID) (agreement.Agreement,
			error) {
			return all.Terminate(ctx, p, id, in.Body.Reason)
		})
	})
}

// endOf reads until when a suspension holds; the zero time where nothing is stated.
func endOf(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	end, err := civil.ParseEnd(text)
	if err != nil {
		return time.Time{}, fault.New(fault.QueryInvalid, "what", "until")
	}
	return end.UTC(), nil
}

// flagged does something to an agreement for the acting person, and shows what suspends it then.
func (s *Surface) flagged(ctx context.Context, in OfAgreement,
	do func(people.Principal, mconnect.AgreementID) (agreement.Agreement, error)) (*flagsOut, error) {
	p, err := s.principal(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	id, err := mconnect.ParseAgreementID(in.ID)
	if err != nil {
		return nil, fault.New(fault.ResourceUnknown, "kind", KindAgreement, "id", in.ID)
	}
	a, err := do(p, id)
	if err != nil {
		return nil, err
	}
	c, err := agreement.Compile(a)
	if err != nil {
		return nil, err
	}
	out := &flagsOut{FlagsView{ID: a.ID, Status: a.Status, InForce: c.InForce(s.cfg.Clock()),
		Suspensions: append([]agreement.Suspension{}, a.Suspensions...), Ending: a.Ending}}
	if out.Body.Status == "" {
		out.Body.Status = agreement.InForce
	}
	if _, parties, err := s.cfg.Access.Flags.Agreed(p, id); err == nil {
		out.Body.Suspend = agreement.SidesOf(p, people.AgreementSuspend, parties)
		out.Body.Lift = agreement.SidesOf(p, people.AgreementLift, parties)
	}
	return out, nil
}
