package sandbox

import (
	"strings"
	"sync/atomic"

	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
)

// People are those whom the examples of services tell of. What one service's example says of a person, every service
// says. It is safe for concurrent use; the zero value knows nobody.
type People struct {
	told atomic.Pointer[map[string]map[string]string] // IDNP → attribute → text
}

// Learn reads the examples of services again, in their order; what is said first counts.
func (p *People) Learn(services []*catalog.Ready) {
	told := map[string]map[string]string{}
	for _, s := range services {
		for _, e := range s.Examples {
			asked, _ := e.Request.(map[string]any)
			about := ""
			for _, f := range s.Request.Fields {
				if n, ok := asked[f.Name].(string); ok && f.Type == schema.IDNP && about == "" {
					about = n
				}
			}
			learn(told, s.Response.Fields, e.Answer, about, true)
		}
	}
	p.told.Store(&told)
}

// learn reads one object of an example. Inside, it is about the person whose number it holds itself, as answers are
// made.
func learn(told map[string]map[string]string, fields []schema.Field, value any, about string, top bool) {
	object, ok := value.(map[string]any)
	if !ok {
		return
	}
	for _, f := range fields {
		if n, ok := object[f.Name].(string); ok && f.Type == schema.IDNP && !top {
			about = n
			break
		}
		if f.Type == schema.IDNO && !top {
			about = "" // a legal entity
		}
	}
	for _, f := range fields {
		switch v := object[f.Name].(type) {
		case map[string]any:
			learn(told, f.Fields, v, about, false)
		case []any:
			for _, item := range v {
				if f.Items != nil {
					learn(told, f.Items.Fields, item, about, false)
				}
			}
		case string:
			what := attribute(folded(f.Name))
			if what == "" || !strings.HasPrefix(about, ranges[schema.IDNP]) {
				continue
			}
			if told[about] == nil {
				told[about] = map[string]string{}
			}
			if _, before := told[about][what]; !before {
				told[about][what] = v
			}
		}
	}
}

// say is what is known of a person: what an example tells, else what is computed from the number.
func (p *People) say(idnp, what string) string {
	if p != nil {
		if told := p.told.Load(); told != nil {
			if text, ok := (*told)[idnp][what]; ok {
				return text
			}
		}
	}
	return personOf(idnp).value(what)
}
