// Package dcat describes the catalogue as linked data: JSON-LD after DCAT-AP 3 (catalogue, registers as datasets,
// service versions as data services) and, with the public services that the data support, after CPSV-AP 3.
//
// It reports what may be known to anybody: names, owners, themes, legal bases, and the platform's own address. How a
// provider is reached, what an agreement grants and to whom, and drafts are not in it; public services are only written
// when they are uploaded. The context is written into the document, so that reading it needs no network. Texts are
// literals in each language that they have. The same catalogue gives the same bytes.
package dcat
