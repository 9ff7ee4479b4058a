package admin

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"mconnect/fault"
)

// metadata serves the catalogue as linked data: /v1/catalog/dcat after DCAT-AP, /v1/catalog/cpsv with the public
// services that the agreements serve. No service has such a name: they begin with a capital.
func (s *Surface) metadata() {
	for _, form := range []string{"dcat", "cpsv"} {
		s.describeRaw(huma.Operation{
			Method: http.MethodGet, Path: "/v1/catalog/" + form, OperationID: "catalogue-" + form,
			Summary: "The catalogue as linked data: " + form, Tags: []string{"catalogue"},
			Responses: answersIn("application/ld+json"),
		}, Reader)
		s.raw("GET /v1/catalog/"+form, Reader, func(w http.ResponseWriter, r *http.Request) error {
			if s.cfg.Metadata == nil {
				return fault.New(fault.PathUnknown)
			}
			text, err := s.cfg.Metadata(form)
			if err != nil {
				return err
			}
			w.Header().Set("Content-Type", "application/ld+json")
			_, _ = w.Write(text)
			return nil
		})
	}
}
