package event

import "regexp"

// Where the libraries that read schemas and expressions name a place, and a name that is not declared.
var (
	schemaPlace = regexp.MustCompile(`at '([^']*)'`)
	celPlace    = regexp.MustCompile(`<input>:(\d+):(\d+)`)
	celName     = regexp.MustCompile(`undeclared reference to '([^']+)'`)
)

// inWords is the parameter "what" of an error of a library, which is English: Romanian and Russian sentences say where
// the mistake is instead. Errors of this package have their own translations.
func inWords(err error) []string {
	text := err.Error()
	params := []string{"what", text}
	add := func(ro, ru string) []string { return append(params, "what.ro", ro, "what.ru", ru) }
	if m := celName.FindStringSubmatch(text); m != nil {
		return add("denumirea „"+m[1]+"” nu este cunoscută", "имя «"+m[1]+"» не объявлено")
	}
	if m := celPlace.FindStringSubmatch(text); m != nil {
		return add("expresia CEL este greșită la rândul "+m[1]+", coloana "+m[2],
			"выражение CEL неверно в строке "+m[1]+", столбец "+m[2])
	}
	if all := schemaPlace.FindAllStringSubmatch(text, -1); all != nil {
		at := all[len(all)-1][1]
		return add("nu respectă regulile JSON Schema la „"+at+"”", "нарушены правила JSON Schema в «"+at+"»")
	}
	return params
}
