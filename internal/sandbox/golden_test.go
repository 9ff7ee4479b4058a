package sandbox_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/importer"
	"mconnect/internal/domain/schema"
	"mconnect/test/must"
)

var update = flag.Bool("update", false, "write the expected answers in testdata anew; read the difference before you commit it")

// TestAnswers_StayTheSame holds every answer to the one of earlier releases: integrators write their own tests against
// the sandbox, and a person who changes breaks them.
func TestAnswers_StayTheSame(t *testing.T) {
	imported, err := importer.Read(importer.Source{Folder: os.DirFS("../domain/importer/testdata/register"), Name: "register.wsdl"}, importer.Options{})
	must.OK(t, err)
	var b strings.Builder
	show := func(r *catalog.Ready, input string) {
		reply := must.Get(deliver(t, r, input))(t)
		var shown bytes.Buffer
		must.OK(t, json.Indent(&shown, reply.Body, "", "  "))
		fmt.Fprintf(&b, "== %s %s\n%s\n", r.Name, input, shown.String())
	}
	for _, d := range imported.Drafts {
		if !strings.HasPrefix(string(d.Name), "Get") && !strings.HasPrefix(string(d.Name), "Find") {
			continue
		}
		s := d.Service
		s.Endpoint = catalog.Endpoint{}
		show(prepared(t, s), requestOf(d.Request))
	}
	stable := []string{"GetPerson", "GetLegalEntity", "GetRealEstates", "GetDebts", "GetPersonBenefits", "GetVehicle"}
	for _, r := range sampleServices(t) {
		if !slices.Contains(stable, string(r.Name)) {
			continue
		}
		show(r, askOf(r, ana))
		show(r, askOf(r, "2999000000014"))
	}
	person := prepared(t, about("GetPerson",
		schema.Field{Name: "IDNP", Type: schema.IDNP}, text("LastName"), text("FirstName"), text("Patronymic"), text("Sex"),
		schema.Field{Name: "BirthDate", Type: schema.Date}, text("BirthPlace"), text("Citizenship"), text("Phone"), text("Email"),
		schema.Field{Name: "Address", Type: schema.Object, Fields: []schema.Field{text("District"), text("Locality"), text("Street"), text("House"), text("Apartment")}},
	))
	for n := range 12 {
		show(person, fmt.Sprintf(`{"IDNP":%q}`, numbers[n]))
	}
	const path = "testdata/answers.txt"
	if *update {
		must.OK(t, os.WriteFile(path, []byte(b.String()), 0o644))
	}
	want := must.Get(os.ReadFile(path))(t)
	wanted := strings.Split(string(want), "\n")
	for i, line := range strings.Split(b.String(), "\n") {
		if i >= len(wanted) || wanted[i] != line {
			t.Fatalf("%s:%d: got\n%s", path, i+1, line)
		}
	}
}

// numbers are some of the sample country, whose people are others: the sandbox makes its own.
var numbers = numbersFrom("2999", 12)

func numbersFrom(prefix string, n int) (all []string) {
	for i := range n {
		body := fmt.Sprintf("%s%08d", prefix, i*7_919_311%90_000_000)
		all = append(all, body+checkDigit(body))
	}
	return all
}
