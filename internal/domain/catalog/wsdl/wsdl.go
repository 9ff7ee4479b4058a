package wsdl

import (
	"cmp"
	"slices"
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/internal/domain/schema/xsd"
)

// Namespaces and constants of WSDL 1.1 and its SOAP bindings.
const (
	namespaceWSDL   = "http://schemas.xmlsoap.org/wsdl/"
	namespaceSOAP11 = "http://schemas.xmlsoap.org/wsdl/soap/"
	namespaceSOAP12 = "http://schemas.xmlsoap.org/wsdl/soap12/"
	transportHTTP   = "http://schemas.xmlsoap.org/soap/http"
)

// Config reports what is described.
type Config struct {
	System   mconnect.SystemID // whose WSDL it is; named in the documentation
	Address  string            // URL of the endpoint, used for both bindings
	Services []catalog.Service // at most one version of each; opaque ones are left out
}

// header is one value of the legal context.
type header struct {
	name  string
	limit string // characters
	says  mconnect.Text
}

var headers = [4]header{
	{"CallingUser", "13", mconnect.Text{RO: "IDNP al funcționarului sau identificatorul sistemului",
		EN: "IDNP of the official, or id of the system", RU: "IDNP должностного лица или идентификатор системы"}},
	{"CallingEntity", "13", mconnect.Text{RO: "IDNO al persoanei juridice în numele căreia se apelează",
		EN: "IDNO of the legal entity on whose behalf the call is made",
		RU: "IDNO юридического лица, от имени которого делается запрос"}},
	{"CallBasis", "256", mconnect.Text{RO: "Temeiul legal", EN: "Legal basis", RU: "Правовое основание"}},
	{"CallReason", "512", mconnect.Text{RO: "Scopul concret: numărul dosarului, al cererii",
		EN: "Purpose, concrete reason: number of the case or application",
		RU: "Цель, конкретная причина: номер дела или заявления"}},
}

// Document returns the WSDL. Faults: resource.invalid without an address; those of xsd.Write; resource.duplicate when
// a service's element is called like a part of the legal context.
func Document(cfg Config) ([]byte, error) {
	var found fault.Findings
	if !strings.HasPrefix(cfg.Address, "https://") && !strings.HasPrefix(cfg.Address, "http://") {
		found.Add("/address", fault.InputFormat, "want", "https://host/path")
		return nil, found.Err(fault.ResourceInvalid, "kind", "WSDL", "id", string(cfg.System))
	}
	services, err := described(cfg.Services)
	if err != nil {
		return nil, err
	}
	var w xsd.Writer
	w.Declare()
	w.Open("wsdl:definitions", "xmlns:wsdl", namespaceWSDL, "xmlns:soap", namespaceSOAP11, "xmlns:soap12",
		namespaceSOAP12,
		"xmlns:tns", xmlmap.Namespace, "name", "MConnect", "targetNamespace", xmlmap.Namespace)
	document(&w, mconnect.Text{
		RO: "Serviciile MConnect la care are dreptul sistemul " + string(cfg.System),
		EN: "MConnect services that the system " + string(cfg.System) + " is entitled to",
		RU: "Сервисы MConnect, на которые имеет право система " + string(cfg.System),
	})
	w.Open("wsdl:types")
	if err := xsd.Write(&w, xmlmap.Namespace, catalog.Operations(services), writeHeaders); err != nil {
		return nil, err
	}
	w.Close("wsdl:types")
	messages(&w, services)
	portType(&w, services)
	binding(&w, "soap", services)
	binding(&w, "soap12", services)
	w.Open("wsdl:service", "name", "MConnect")
	for _, p := range [2]string{"soap", "soap12"} {
		w.Open("wsdl:port", "name", bindingName(p), "binding", "tns:"+bindingName(p))
		w.Leaf(p+":address", "location", cfg.Address)
		w.Close("wsdl:port")
	}
	w.Close("wsdl:service")
	w.Close("wsdl:definitions")
	return w.Bytes(), nil
}

// described returns the services that SOAP can carry, in order.
func described(all []catalog.Service) ([]catalog.Service, error) {
	var services []catalog.Service
	for _, s := range all {
		for _, h := range headers {
			if string(s.Name) == h.name || s.Response.Name == h.name {
				return nil, fault.New(fault.ResourceDuplicate, "kind", "XML", "id", h.name)
			}
		}
		if s.Opaque == nil {
			services = append(services, s)
		}
	}
	slices.SortFunc(services, func(a, b catalog.Service) int { return cmp.Compare(a.Name, b.Name) })
	return services, xsd.Check(catalog.Operations(services))
}

func writeHeaders(w *xsd.Writer) {
	for _, h := range headers {
		w.Open("xs:element", "name", h.name)
		w.Annotate(h.says)
		w.Open("xs:simpleType")
		w.Open("xs:restriction", "base", "xs:string")
		w.Leaf("xs:maxLength", "value", h.limit)
		w.Close("xs:restriction")
		w.Close("xs:simpleType")
		w.Close("xs:element")
	}
}

// document writes wsdl:documentation, of which there may be one: a line for each language.
func document(w *xsd.Writer, texts ...mconnect.Text) {
	var lines []string
	for _, lang := range [3]mconnect.Lang{mconnect.Romanian, mconnect.English, mconnect.Russian} {
		var parts []string
		for _, t := range texts {
			if said := xsd.Said(t, lang); said != "" {
				parts = append(parts, said)
			}
		}
		if len(parts) > 0 {
			lines = append(lines, string(lang)+": "+strings.Join(parts, ". "))
		}
	}
	if len(lines) > 0 {
		w.Text("wsdl:documentation", strings.Join(lines, "\n"))
	}
}

func messages(w *xsd.Writer, services []catalog.Service) {
	w.Open("wsdl:message", "name", "LegalContext")
	for _, h := range headers {
		w.Leaf("wsdl:part", "name", h.name, "element", "tns:"+h.name)
	}
	w.Close("wsdl:message")
	for _, s := range services {
		message(w, string(s.Name)+"Input", string(s.Name))
		message(w, string(s.Name)+"Output", s.Response.Name)
	}
}

func message(w *xsd.Writer, name, element string) {
	w.Open("wsdl:message", "name", name)
	w.Leaf("wsdl:part", "name", "body", "element", "tns:"+element)
	w.Close("wsdl:message")
}

func portType(w *xsd.Writer, services []catalog.Service) {
	w.Open("wsdl:portType", "name", "MConnect")
	for _, s := range services {
		w.Open("wsdl:operation", "name", string(s.Name))
		document(w, s.Title, s.Description, life(s))
		w.Leaf("wsdl:input", "message", "tns:"+string(s.Name)+"Input")
		w.Leaf("wsdl:output", "message", "tns:"+string(s.Name)+"Output")
		w.Close("wsdl:operation")
	}
	w.Close("wsdl:portType")
}

// life says the version, and for how long a deprecated one serves.
func life(s catalog.Service) mconnect.Text {
	v := s.Version.String()
	t := mconnect.Text{RO: "Versiunea " + v, EN: "Version " + v, RU: "Версия " + v}
	if s.Status == catalog.Deprecated && !s.Sunset.IsZero() {
		day := civil.LastDay(s.Sunset)
		t.RO += ", depășită, retrasă la " + day
		t.EN += ", deprecated, retired on " + day
		t.RU += ", устарела, отключается " + day
	}
	return t
}

func bindingName(protocol string) string {
	if protocol == "soap12" {
		return "MConnectSoap12"
	}
	return "MConnectSoap11"
}

func binding(w *xsd.Writer, protocol string, services []catalog.Service) {
	w.Open("wsdl:binding", "name", bindingName(protocol), "type", "tns:MConnect")
	w.Leaf(protocol+":binding", "style", "document", "transport", transportHTTP)
	for _, s := range services {
		w.Open("wsdl:operation", "name", string(s.Name))
		w.Leaf(protocol+":operation", "soapAction", xmlmap.Namespace+"/"+string(s.Name), "style", "document")
		w.Open("wsdl:input")
		for _, h := range headers {
			w.Leaf(protocol+":header", "message", "tns:LegalContext", "part", h.name, "use", "literal")
		}
		w.Leaf(protocol+":body", "use", "literal")
		w.Close("wsdl:input")
		w.Open("wsdl:output")
		w.Leaf(protocol+":body", "use", "literal")
		w.Close("wsdl:output")
		w.Close("wsdl:operation")
	}
	w.Close("wsdl:binding")
}
