package wsdl_test

import (
	"fmt"
	"testing"

	"mconnect"
	"mconnect/internal/domain/catalog/wsdl"
	"mconnect/internal/domain/schema"
	"mconnect/test/must"
)

// BenchmarkDocument describes forty services of some size.
func BenchmarkDocument(b *testing.B) {
	cfg := config()
	cfg.Services = nil
	for i := range 40 {
		s := getRealEstates()
		s.Name = mconnect.ServiceName(fmt.Sprintf("Get%02d", i))
		s.Response.Name = fmt.Sprintf("Answer%02d", i)
		for j := range 30 {
			s.Response.Fields = append(s.Response.Fields, schema.Field{Name: fmt.Sprintf("Field%d", j), Type: schema.String, MaxLength: 100, Pattern: `[A-Z]+`, Description: words("Câmp")})
		}
		cfg.Services = append(cfg.Services, s)
	}
	for b.Loop() {
		must.Get(wsdl.Document(cfg))(b)
	}
}
