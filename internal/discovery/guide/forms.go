package guide

import (
	"mconnect"
	"mconnect/fault"
	"mconnect/internal/discovery"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/openapi"
	"mconnect/internal/domain/schema/jsonschema"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/internal/domain/schema/xsd"
)

func formsOf(r *catalog.Ready) []string {
	if r.Opaque != nil {
		return []string{discovery.JSONSchema, discovery.OpenAPI} // bytes have no element
	}
	return []string{discovery.JSONSchema, discovery.OpenAPI, discovery.XSD}
}

// Form returns a document that describes what Find finds, and its media type. Fault: path.unknown for a form that does
// not exist; those of Find.
func (g *Guide) Form(id, form string, who discovery.Reader) (document []byte, media string, err error) {
	r, err := g.Find(id)
	if err != nil {
		return nil, "", err
	}
	switch form {
	case discovery.JSONSchema:
		document, err = schemas(r, who.Lang)
		return document, "application/schema+json", err
	case discovery.OpenAPI:
		document, err = openapi.Document(openapi.Config{System: who.System, Server: who.Server,
			Services: []*catalog.Ready{r}, Lang: who.Lang})
		return document, "application/json", err
	case discovery.XSD:
		if r.Opaque != nil {
			break
		}
		document, err = xsd.Schema(xmlmap.Namespace, catalog.Operations([]catalog.Service{r.Service}))
		return document, "application/xml", err
	}
	return nil, "", fault.New(fault.PathUnknown)
}

// schemas puts request and answer into one document: "#/$defs/request" and "#/$defs/answer".
func schemas(r *catalog.Ready, lang mconnect.Lang) ([]byte, error) {
	w := jsonschema.NewWriter()
	w.Object("", func() {
		w.String("$schema", jsonschema.Dialect)
		w.String("$id", "urn:mconnect:service:"+r.ID())
		w.Said("title", r.Title.In(lang))
		w.Said("description", r.Description.In(lang))
		w.Object("$defs", func() {
			w.Object("request", func() { jsonschema.Members(w, r.Request, jsonschema.Options{Lang: lang}) })
			if r.Opaque == nil {
				w.Object("answer", func() {
					jsonschema.Members(w, r.Response,
						jsonschema.Options{Lang: lang, Answer: true})
				})
			}
		})
	})
	return w.Bytes()
}
