package agreement

// Compiled is an agreement made ready for Decide: patterns compiled, accepted bases normalised. It is
// never changed once made.
type Compiled struct {
	Agreement
}
