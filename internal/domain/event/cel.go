package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/ext"
)

// Limits of an expression.
const (
	maxExpression  = 2000    // bytes
	expressionCost = 100_000 // units of CEL's cost model for one event
)

// celRule is an expression compiled once.
type celRule struct {
	program cel.Program
	reads   bool // it looks at data
}

// environment is what expressions are written in: event (a map of attributes) and data (the payload as far as granted;
// null when it is not JSON). Numbers of different kinds compare.
var environment = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(
		cel.Variable("event", cel.MapType(cel.StringType, cel.StringType)),
		cel.Variable("data", cel.DynType),
		cel.CrossTypeNumericComparisons(true),
		cel.ParserRecursionLimit(50),
		cel.ParserExpressionSizeLimit(maxExpression),
		ext.Strings(),
	)
})

// compileCEL compiles an expression that yields a boolean.
func compileCEL(source string) (matcher, error) {
	if len(source) > maxExpression {
		return nil, fmt.Errorf("longer than %d bytes", maxExpression)
	}
	env, err := environment()
	if err != nil {
		return nil, err
	}
	ast, issues := env.Compile(source)
	if err := issues.Err(); err != nil {
		return nil, err
	}
	if out := ast.OutputType(); !out.IsExactType(cel.BoolType) && !out.IsExactType(cel.DynType) {
		return nil, errors.New("the expression yields no boolean")
	}
	program, err := env.Program(ast, cel.CostLimit(expressionCost), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, err
	}
	rule := celRule{program: program}
	for _, r := range ast.NativeRep().ReferenceMap() {
		rule.reads = rule.reads || r.Name == "data"
	}
	return rule, nil
}

// matches evaluates the expression. An error, such as a field that is not there or a cost over the limit, does not
// match.
func (r celRule) matches(c *candidate) bool {
	var data any
	if r.reads {
		var ok bool
		if data, ok = c.payload(); !ok {
			c.failed = true
			return false
		}
	}
	named := make(map[string]string, len(attributes))
	for _, name := range attributes {
		if value := c.event.Attribute(name); value != "" {
			named[name] = value
		}
	}
	out, _, err := r.program.Eval(map[string]any{"event": named, "data": data})
	if err != nil {
		c.failed = true
		return false
	}
	is, isBool := out.Value().(bool)
	c.failed = c.failed || !isBool
	return isBool && is
}

// payload reads the granted part of the data, once.
func (c *candidate) payload() (any, bool) {
	if c.read {
		return c.data, true
	}
	if c.cut != nil && c.event.Data != nil && ContentOf(c.event.ContentType) == JSON {
		granted, err := c.cut.Of(c.event.Data)
		if err != nil {
			return nil, false
		}
		value, err := readJSON(granted)
		if err != nil {
			return nil, false
		}
		c.data = plainNumbers(value)
	}
	c.read = true
	return c.data, true
}

// plainNumbers turns number texts into the numbers of CEL: int where the text is one, else double.
func plainNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, err := v.Float64()
		if err != nil {
			return string(v)
		}
		return f
	case []any:
		for i := range v {
			v[i] = plainNumbers(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = plainNumbers(v[name])
		}
	}
	return v
}
