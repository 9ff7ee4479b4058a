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
	Prune   bool     `query:"prune" doc:"remove what the set does not name; what is revoked, terminated, deprecated, retired or a published service stays, and all that these refer to: see stays"`
	Replace []string `query:"replace,explode" maxItems:"1000" doc:"agreements made by access requests that the set changes all the same, by id"`
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
		Description: "Resources that the set does not name stay as they are, unless it prunes. What is suspended, revoked, terminated, deprecated or retired stays so: see kept.",
		Tags:        []string{"manifests"}, MaxBodyBytes: maxSet, SkipValidateBody: true, RequestBody: yamlBody(),
	}, func(ctx context.Context, in *applyIn) (*applyOut, error) {
		act := in.act(ctx, in.Resume...)
		act.Prune, act.Replace = in.Prune, in.Replace
		plan, err := s.cfg.Editor.Apply(ctx, act, in.RawBody, in.DryRun)
		if err != nil {
			return nil, err
		}
		out := &applyOut{}
		out.Body.Applied = !in.DryRun
		out.Body.Changes = append([]Planned{}, plan...)
		return out, nil
	})
}

// yamlBody accepts YAML under its registered name (RFC 9512) and the older ones, and JSON, which is YAML.
func yamlBody() *huma.RequestBody {
	content := map[string]*huma.MediaType{}
	for _, media := range []string{"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml",
		"application/json"} {
		content[media] = &huma.MediaType{Schema: &huma.Schema{Type: "string"}}
	}
	return &huma.RequestBody{Required: true, Content: content}
}
