package catalog

// Ready is a service version made ready for use: its types resolved and compiled, its nature derived.
type Ready struct {
	Service                // its types with every reference written out
	Declared       Service // as it was stated
	Uses           []Use   // what its types are made of, types within types included
	Personal       bool    // request or answer holds personal data
	RequestSchema  *Schema // of Request
	ResponseSchema *Schema // of Response; nil for opaque services
}
