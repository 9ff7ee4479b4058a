// Package xmlmap translates one type of the catalogue between its neutral JSON and its XML element
// (document/literal), exactly and in one pass over the bytes, led by the type.
//
// It owns the correspondence. An object is an element with its fields as children in declared order; a
// string is kept with its white space, every other value without; a decimal stays text (a JSON string);
// a null is xsi:nil, an absent field no element. An array whose item has another name than the field is
// an element around its items (Owners/Owner), so that an empty and an absent one differ. Where the item's
// name is "" or the field's own, the element itself repeats, and no element represents the empty array of
// a mandatory field and for an absent optional one; a nullable array, and one inside an array, always
// has its own element, with items called Item when nothing else is said.
//
// What it writes as XML is already exclusive-canonical (namespaces where first used, no empty-element
// tags), so that a signer need not canonicalise it again. It refuses document types, instructions,
// foreign entities and whatever is over its bounds before believing anything.
//
// It does not own the rules of values: lengths, patterns, ranges, check digits, mandatory fields and the
// final order of JSON are for catalog.Schema, through whose Read or Cut every message goes as well. It
// knows no SOAP envelope and no signature.
package xmlmap
