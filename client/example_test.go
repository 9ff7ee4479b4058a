package client_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"os"

	"mconnect"
	"mconnect/client"
	"mconnect/fault"
)

// A town hall asks the population register for a surname and says why.
func ExampleClient_Call() {
	certificate, err := tls.LoadX509KeyPair("town.desk.crt", "town.desk.key")
	if err != nil {
		log.Fatal(err)
	}
	ca, err := os.ReadFile("ca.crt")
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	c, err := client.New(client.Config{URL: "https://localhost:8443", Certificate: certificate, Roots: roots, Language: mconnect.English})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	legal := mconnect.LegalContext{User: "2000000000008", Entity: "1000000000018", Basis: "Legea nr. 100/2001", Reason: "DOS-2026-00017"}
	var person struct{ LastName string }
	receipt, err := c.Call(context.Background(), "GetPerson", mconnect.Version{Major: 1}, legal, map[string]string{"IDNP": "2000000000008"}, &person)

	if refusal, ok := errors.AsType[*fault.Error](err); ok { // the platform or the register said no, and why
		fmt.Println(refusal.Code, refusal.Sentence("en"), refusal.Remedy("en"))
		for _, check := range refusal.Checks {
			fmt.Println(check.Name, check.Result)
		}
		return
	}
	if err != nil { // no answer: whether the call was carried out is not known
		log.Fatal(err)
	}
	fmt.Println(person.LastName, "— record", receipt.Record, "of call", receipt.Call)
}
