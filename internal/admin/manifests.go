package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type applyIn struct {
	DryRun bool `query:"dry_run" doc:"plan and validate only"`
	Because
	Resume  []string `query:"resume,explode" maxItems:"1000" doc:"resources of the set whose suspension or pause ends, each as id or Kind/id; everything else that is suspended stays so"`
	RawBody []byte   `contentType:"application/yaml" doc:"a set of manifests: YAML documents, each with its kind"`
}

type applyOut struct {
	Body struct {
		Applied bool      `json:"applied" doc:"false on a dry run"`
		Changes []Planned `json:"changes"`
	}
}

// manifests registers the endpoint behind `mconnect apply`: a whole set, validated as a whole, in one
// transaction.
func (s *Surface) manifests() {
	handle(s, Operator, huma.Operation{
		Method: http.MethodPost, Path: "/v1/apply", OperationID: "apply", Summary: "Apply a set of manifests",
		Description: "Resources that the set does not name stay as they are. What is suspended, revoked, terminated, deprecated or retired stays so: see kept.",
		Tags:        []string{"manifests"}, MaxBodyBytes: maxSet, SkipValidateBody: true,
		Errors: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity},
	}, func(ctx context.Context, in *applyIn) (*applyOut, error) {
		plan, err := s.cfg.Editor.Apply(ctx, in.act(ctx, in.Resume...), in.RawBody, in.DryRun)
		if err != nil {
			return nil, err
		}
		out := &applyOut{}
		out.Body.Applied = !in.DryRun
		out.Body.Changes = plan
		if plan == nil {
			out.Body.Changes = []Planned{}
		}
		return out, nil
	})
}
