package catalog

// Schema is a compiled Type.
type Schema struct{}
