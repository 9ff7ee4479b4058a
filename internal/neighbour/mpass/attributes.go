package mpass

import (
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/xmlsec"
)

// mostEntities is how many legal entities of one person are read.
const mostEntities = 500

// readAttributes reads what MPass states about the person besides the identifier. Attributes that are not known are
// passed over.
func (l *Login) readAttributes(a xmlsec.Node) error {
	values := map[string][]string{}
	for s := range a.Elements() {
		if !s.Is(statement, "AttributeStatement") {
			continue
		}
		for n := range s.Elements() {
			name, _ := n.Attr("", "Name")
			if !n.Is(statement, "Attribute") {
				return unreadable("Attribute")
			}
			for v := range n.Elements() {
				values[name] = append(values[name], text(v))
			}
		}
	}
	first := func(name string) string {
		if len(values[name]) == 0 || len(values[name][0]) > mostValue {
			return ""
		}
		return values[name][0]
	}
	id, err := mconnect.ParseIDNP(l.NameID)
	if err != nil { // a technical user
		return fault.New(fault.LoginIncomplete, "what", "IDNP")
	}
	l.IDNP, l.FirstName, l.LastName = id, first("FirstName"), first("LastName")
	if l.FirstName == "" && l.LastName == "" {
		return fault.New(fault.LoginIncomplete, "what", "LastName")
	}
	l.Email, l.Resident = first("EmailAddress"), !strings.EqualFold(first("IsResident"), "false")
	if l.Language, err = mconnect.ParseLang(strings.ToLower(first("Language"))); err != nil {
		l.Language = ""
	}
	for _, value := range values["AdministeredLegalEntity"] {
		if e, ok := readEntity(value); ok && len(l.Entities) < mostEntities {
			l.Entities = append(l.Entities, e)
		}
	}
	return nil
}

// readEntity reads "Name IDNO": the number follows the last space. What has no valid number is no entity.
func readEntity(value string) (Entity, bool) {
	at := strings.LastIndexByte(value, ' ')
	if at < 1 || len(value) > mostValue {
		return Entity{}, false
	}
	idno, err := mconnect.ParseIDNO(value[at+1:])
	return Entity{IDNO: idno, Name: strings.TrimSpace(value[:at])}, err == nil
}

// Name is the person's name as pages show it.
func (l *Login) Name() string { return strings.TrimSpace(l.FirstName + " " + l.LastName) }
