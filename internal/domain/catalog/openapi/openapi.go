package openapi

import (
	"cmp"
	"slices"
	"strconv"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema/jsonschema"
)

// Config reports what is described.
type Config struct {
	System   mconnect.SystemID // whose description it is
	Server   string            // URL in front of /api/v1
	Services []*catalog.Ready  // each version once
	Lang     mconnect.Lang     // default Romanian
}

// header is one value of the legal context, or one of an answer.
type header struct {
	name  string
	limit int
	says  mconnect.Text
}

var context = [4]header{
	{"CallingUser", mconnect.MaxCallingUser, mconnect.Text{RO: "IDNP al funcționarului sau identificatorul sistemului",
		EN: "IDNP of the official, or id of the system", RU: "IDNP должностного лица или идентификатор системы"}},
	{"CallingEntity", mconnect.MaxCallingEntity, mconnect.Text{RO: "IDNO al persoanei juridice în numele căreia se apelează", EN: "IDNO of the legal entity on whose behalf the call is made", RU: "IDNO юридического лица, от имени которого делается запрос"}},
	{"CallBasis", mconnect.MaxCallBasis, mconnect.Text{RO: "Temeiul legal", EN: "Legal basis",
		RU: "Правовое основание"}},
	{"CallReason", mconnect.MaxCallReason, mconnect.Text{RO: "Scopul concret: numărul dosarului, al cererii",
		EN: "Purpose, concrete reason: number of the case or application",
		RU: "Цель, конкретная причина: номер дела или заявления"}},
}

var answered = []header{
	{"MConnect-Call-Id", 0, mconnect.Text{RO: "Identificatorul apelului în jurnal", EN: "Id of the call in the journal",
		RU: "Идентификатор вызова в журнале"}},
	{"MConnect-Record", 0, mconnect.Text{RO: "Numărul înregistrării în jurnal",
		EN: "Number of the record in the journal", RU: "Номер записи в журнале"}},
	{"MConnect-Tree-Size", 0, mconnect.Text{RO: "Mărimea jurnalului după înregistrare",
		EN: "Size of the journal after the record", RU: "Размер журнала после записи"}},
}

var (
	wish = mconnect.Text{RO: "Câmpurile dorite, separate prin virgulă", EN: "Fields wished for, separated by commas",
		RU: "Желаемые поля через запятую"}
	encoded = mconnect.Text{RO: "; în afara ASCII, UTF-8 codificat cu %", EN: "; outside ASCII percent-encoded UTF-8",
		RU: "; вне ASCII — UTF-8 с кодированием через %"}
	refusal = mconnect.Text{RO: "Refuz sau eșec, după RFC 9457", EN: "Refusal or failure, RFC 9457",
		RU: "Отказ или сбой, RFC 9457"}
	success = mconnect.Text{RO: "Răspunsul, redus la câmpurile acordate", EN: "The answer, cut to the fields granted",
		RU: "Ответ, ограниченный предоставленными полями"}
	title  = mconnect.Text{RO: "Servicii MConnect", EN: "MConnect services", RU: "Сервисы MConnect"}
	mutual = mconnect.Text{RO: "Certificatul înregistrat al sistemului", EN: "The system's registered certificate",
		RU: "Зарегистрированный сертификат системы"}
)

type document struct {
	*jsonschema.Writer
	Config
}

// Document returns the description. The fault is resource.duplicate when a version comes twice.
func Document(cfg Config) ([]byte, error) {
	cfg.Lang = cmp.Or(cfg.Lang, mconnect.Romanian)
	cfg.Services = slices.Clone(cfg.Services)
	slices.SortFunc(cfg.Services, func(a, b *catalog.Ready) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), a.Version.Compare(b.Version))
	})
	for i := 1; i < len(cfg.Services); i++ {
		if id := cfg.Services[i].ID(); id == cfg.Services[i-1].ID() {
			return nil, fault.New(fault.ResourceDuplicate, "kind", "Service", "id", id)
		}
	}
	d := document{jsonschema.NewWriter(), cfg}
	d.Object("", func() {
		d.String("openapi", "3.1.0")
		d.Object("info", func() {
			d.String("title", d.say(title)+" – "+string(cfg.System))
			d.String("version", "1")
		})
		if cfg.Server != "" {
			d.Array("servers", func() { d.Object("", func() { d.String("url", cfg.Server) }) })
		}
		d.String("jsonSchemaDialect", jsonschema.Dialect)
		d.Array("security", func() { d.Object("", func() { d.Strings("mutualTLS") }) })
		d.Object("paths", func() {
			for _, s := range cfg.Services {
				d.Object("/api/v1/"+s.ID(), func() { d.Object("post", func() { d.operation(s) }) })
			}
		})
		d.Object("components", d.components)
	})
	return d.Bytes()
}

func (d document) say(t mconnect.Text) string { return t.In(d.Lang) }

func (d document) operation(s *catalog.Ready) {
	d.String("operationId", string(s.Name)+"_"+s.Version.String())
	d.Said("summary", d.say(s.Title))
	d.Said("description", d.say(s.Description))
	if len(s.Categories) > 0 {
		d.Strings("tags", s.Categories...)
	}
	if s.Status == catalog.Deprecated {
		d.Bool("deprecated", true)
		if !s.Sunset.IsZero() {
			d.String("x-sunset", civil.LastDay(s.Sunset))
		}
		d.Said("x-successor", s.Next())
	}
	d.Array("parameters", func() {
		for _, h := range context {
			d.ref("", "parameters/"+h.name+optional(s.Personal))
		}
		if s.Opaque == nil {
			d.ref("", "parameters/fields")
		}
	})
	d.Object("requestBody", func() {
		d.Bool("required", true)
		d.content("application/json", func() {
			jsonschema.Members(d.Writer, s.Request,
				jsonschema.Options{Lang: d.Lang})
		}, d.samples(s, func(e catalog.Example) any { return e.Request }))
	})
	d.Object("responses", func() {
		d.Object("200", func() { d.answer(s) })
		d.ref("default", "responses/Problem")
	})
}

// optional: only a call that touches personal data must state its context.
func optional(personal bool) string {
	if personal {
		return ""
	}
	return "Optional"
}

func (d document) ref(name, to string) {
	d.Object(name, func() { d.String("$ref", "#/components/"+to) })
}

func (d document) content(media string, schema func(), more ...func()) {
	d.Object("content", func() { d.media(media, schema, more...) })
}

func (d document) media(media string, schema func(), more ...func()) {
	d.Object(media, func() {
		if schema != nil {
			d.Object("schema", schema)
		}
		for _, write := range more {
			write()
		}
	})
}

// samples writes the service's examples, one side of each (OpenAPI 3.1, 4.8.14.1).
func (d document) samples(s *catalog.Ready, side func(catalog.Example) any) func() {
	return func() {
		if len(s.Examples) == 0 {
			return
		}
		d.Object("examples", func() {
			for i, e := range s.Examples {
				d.Object("example"+strconv.Itoa(i+1), func() {
					d.Said("summary", d.say(e.Title))
					d.Value("value", side(e))
				})
			}
		})
	}
}

func (d document) answer(s *catalog.Ready) {
	d.String("description", d.say(success))
	d.Object("headers", func() {
		for _, h := range answered {
			d.ref(h.name, "headers/"+h.name)
		}
	})
	if s.Opaque == nil {
		d.content("application/json", func() {
			jsonschema.Members(d.Writer, s.Response, jsonschema.Options{Lang: d.Lang, Answer: true})
		}, d.samples(s, func(e catalog.Example) any { return e.Answer }))
		return
	}
	d.Object("content", func() {
		for _, m := range slices.Compact(slices.Sorted(slices.Values(s.Opaque.MediaTypes))) {
			d.media(m, nil) // binary: no schema (OpenAPI 3.1, 4.8.14.2)
		}
	})
}

func (d document) components() {
	d.Object("securitySchemes", func() {
		d.Object("mutualTLS", func() {
			d.String("type", "mutualTLS")
			d.String("description", d.say(mutual))
		})
	})
	d.Object("parameters", func() {
		for _, h := range context {
			d.Object(h.name, func() { d.parameter(h, true) })
			d.Object(h.name+"Optional", func() { d.parameter(h, false) })
		}
		d.Object("fields", func() {
			d.String("name", "fields")
			d.String("in", "query")
			d.String("description", d.say(wish))
			d.Object("schema", func() { d.String("type", "string") })
		})
	})
	d.Object("headers", func() {
		for _, h := range answered {
			d.Object(h.name, func() {
				d.String("description", d.say(h.says))
				d.Object("schema", func() { d.String("type", "string") })
			})
		}
	})
	d.Object("responses", func() {
		d.Object("Problem", func() {
			d.String("description", d.say(refusal))
			d.content("application/problem+json", func() { d.String("$ref", "#/components/schemas/Problem") })
		})
	})
	d.Object("schemas", func() { d.Object("Problem", d.problem) })
}

func (d document) parameter(h header, required bool) {
	d.String("name", h.name)
	d.String("in", "header")
	d.Bool("required", required)
	d.String("description", d.say(h.says)+", ≤ "+strconv.Itoa(h.limit)+d.say(encoded))
	d.Object("schema", func() { d.String("type", "string") })
}

// problem is the form of every refusal; members may be added to it, so none is forbidden.
func (d document) problem() {
	texts := []string{"type", "title", "detail", "code", "leg", "party", "remedy", "callId", "traceId", "providerSays"}
	d.String("type", "object")
	d.Object("properties", func() {
		for _, name := range texts {
			d.Object(name, func() {
				d.String("type", "string")
				if name == "leg" {
					d.Strings("enum", string(fault.Caller), string(fault.Platform), string(fault.Provider))
				}
			})
		}
		d.Object("status", func() { d.String("type", "integer") })
		d.Object("params", func() {
			d.String("type", "object")
			d.Object("additionalProperties", func() { d.String("type", "string") })
		})
		for _, name := range [2]string{"checks", "fields"} {
			d.Object(name, func() {
				d.String("type", "array")
				d.Object("items", func() { d.String("type", "object") })
			})
		}
	})
	d.Strings("required", "type", "title", "status", "detail", "code", "leg")
}
