package catalog

// Ready is a service version made ready for use: its types compiled, its nature derived.
type Ready struct {
	Service
	Personal       bool    // request or answer holds personal data
	RequestSchema  *Schema // of Request
	ResponseSchema *Schema // of Response; nil for opaque services
}
