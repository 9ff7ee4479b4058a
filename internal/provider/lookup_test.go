package provider_test

import (
	"testing"

	"mconnect/internal/provider"
)

func TestLookup_Values(t *testing.T) {
	const object = `{"A":{"B":"in\u0041\n"},"B":"out","N":1.50,"T":true,"Z":null,"L":[1],"O":{"L":[{"B":1}]}}`
	for path, want := range map[string]string{"A.B": "inA\n", "B": "out", "N": "1.50", "T": "true"} {
		if got, present, err := provider.Lookup([]byte(object), path); err != nil || !present || got != want {
			t.Errorf("%s: %q, %v, %v", path, got, present, err)
		}
	}
	for _, path := range []string{"Z", "X", "A.X", "Z.B"} {
		if _, present, err := provider.Lookup([]byte(object), path); present || err != nil {
			t.Errorf("%s: present %v, %v", path, present, err)
		}
	}
	for _, path := range []string{"A", "L", "B.X", "O.L.B"} {
		if _, _, err := provider.Lookup([]byte(object), path); err == nil {
			t.Errorf("%s: no error", path)
		}
	}
}
