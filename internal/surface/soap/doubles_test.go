package soap_test

import (
	"fmt"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
)

// TestPeers_DoublesInRequests: clients whose stubs hold a decimal as xs:double write exponents from ten million upward.
// The register is asked for the same number without one; INF and NaN are refused, and the field is named. Fails on
// 331cb78.
func TestPeers_DoublesInRequests(t *testing.T) {
	w := newTestPlatform(t)
	w.apply(service("PutAmount", "1.0.0", fmt.Sprintf(`request: { name: NewAmount, fields: [{ name: Amount, type: decimal, mandatory: true }] }
response: { name: StoredAmount, fields: [{ name: Number, type: string, mandatory: true }] }
endpoint: { rest: { url: %q, method: POST, path: /documents } }`, w.register)) + agreed("hall.app", "PutAmount"))
	hall := w.client("hall.tls")
	for _, version := range []string{xmlsec.NamespaceSOAP11, xmlsec.NamespaceSOAP12} {
		media := map[string]string{"Content-Type": "text/xml"}
		if version == xmlsec.NamespaceSOAP12 {
			media["Content-Type"] = "application/soap+xml"
		}
		send := func(amount string) got {
			content := `<m:PutAmount xmlns:m="https://mconnect.gov.md"><m:Amount>` + amount + `</m:Amount></m:PutAmount>`
			return w.post(hall, "/soap/hall.app", plain(version, blocks, content), media)
		}
		for written, want := range map[string]string{
			"1.23456789E7": "12345678.9", "1E7": "10000000", "1.0E-4": "0.00010", "-2.5e+2": "-250", " 7.25\n": "7.25", "12.50": "12.50",
		} {
			g := send(written)
			if g.status != 200 {
				t.Errorf("%s: %d %s", written, g.status, g.body)
				continue
			}
			if asked := <-w.asked; asked != `{"Amount":`+want+`}` && asked != `{"Amount":"`+want+`"}` {
				t.Errorf("%s: the register was asked %s", written, asked)
			}
		}
		for _, written := range []string{"INF", "-INF", "NaN", "1.5E", "1E999", "1,5E3"} {
			g := send(written)
			if w.refused(g, fault.InputInvalid, true); !strings.Contains(g.body, "<Path>/Amount</Path>") {
				t.Errorf("%s: the field is not named: %s", written, g.body)
			}
		}
	}
	if len(w.asked) > 0 {
		t.Errorf("the register was asked: %s", <-w.asked)
	}
}
