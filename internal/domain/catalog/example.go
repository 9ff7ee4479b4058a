package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
)

// UnmarshalYAML reads an example from a manifest. YAML takes an unquoted 1984-05-06 for a point in time; here it is
// the text that was written.
func (e *Example) UnmarshalYAML(read func(any) error) error {
	type plain Example
	err := read((*plain)(e))
	e.Request, e.Answer = timeless(e.Request), timeless(e.Answer)
	return err
}

func timeless(v any) any {
	switch x := v.(type) {
	case time.Time:
		if x.Equal(x.Truncate(24 * time.Hour)) {
			return x.Format(time.DateOnly)
		}
		return x.Format(time.RFC3339Nano)
	case []any:
		for i := range x {
			x[i] = timeless(x[i])
		}
	case map[string]any:
		for name := range x {
			x[name] = timeless(x[name])
		}
	}
	return v
}

// examples holds the examples to the compiled types: an example that the platform would refuse teaches nothing.
func (r *Ready) examples() (found fault.Findings) {
	for i, e := range r.Examples {
		at := fmt.Sprintf("/examples/%d", i)
		found.Text(at+"/title", e.Title, false, schema.MaxTitle)
		request, err := json.Marshal(e.Request)
		if err == nil {
			_, err = r.RequestSchema.Read(request)
		}
		explain(&found, at+"/request", err)
		switch {
		case r.ResponseSchema == nil && e.Answer != nil:
			found.Add(at+"/answer", fault.InputUnknownField)
		case r.ResponseSchema == nil:
		case e.Answer == nil:
			found.Add(at+"/answer", fault.InputMissing)
		default:
			explain(&found, at+"/answer", r.exampleAnswer(e.Answer))
		}
	}
	return found
}

func (r *Ready) exampleAnswer(answer any) error {
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	_, dropped, err := r.ResponseSchema.Cut(nil, text, r.ResponseSchema.Mask([]string{"*"}))
	if err == nil && dropped > 0 {
		return fault.New(fault.InputUnknownField)
	}
	return err
}

// explain notes at the place what err says.
func explain(found *fault.Findings, at string, err error) {
	var f *fault.Error
	switch {
	case err == nil:
	case errors.As(err, &f) && len(f.Fields) > 0:
		found.Under(at, f.Fields)
	case errors.As(err, &f) && f.Code == fault.InputUnknownField:
		found.Add(at, fault.InputUnknownField)
	default:
		found.Add(at, fault.InputType, "want", string(schema.Object))
	}
}
