package fault

import (
	"slices"
	"strings"

	"mconnect"
)

// Parameters travel as English words, and machines read them so. In a Romanian or Russian sentence they are said in its
// language: whole, or part by part where commas separate them.

// spoken is a parameter in the language of the sentence around it. Names of fields and services are never translated.
func spoken(lang mconnect.Lang, name, value string) string {
	if lang == mconnect.English || name != "what" && name != "want" && name != "kind" && name != "state" {
		return value
	}
	if known, ok := phrases[value]; ok {
		return known.In(lang)
	}
	parts := strings.Split(value, ", ")
	if len(parts) == 1 {
		return value
	}
	for i, part := range parts {
		if known, ok := phrases[part]; ok {
			parts[i] = known.In(lang)
		}
	}
	return strings.Join(parts, ", ")
}

// Phrases lists the English phrases that parameters are made of and that are said in every language.
func Phrases() []string {
	all := make([]string, 0, len(phrases))
	for phrase := range phrases {
		all = append(all, phrase)
	}
	slices.Sort(all)
	return all
}

// unbounded are the signs that represent a bound that there is not.
func unbounded(bound string) bool {
	return bound == "" || bound == "…" || bound == "—" || bound == "-" || bound == "∞" || bound == "-∞"
}

// oneBound are the sentences about a range that is open at one end.
var oneBound = map[Code][2]Text{
	InputLength: {
		{RO: "Lungimea trebuie să fie de cel mult {max}.", EN: "The length must be at most {max}.",
			RU: "Длина должна быть не более {max}."},
		{RO: "Lungimea trebuie să fie de cel puțin {min}.", EN: "The length must be at least {min}.",
			RU: "Длина должна быть не менее {min}."},
	},
	InputRange: {
		{RO: "Valoarea trebuie să fie cel mult {max}.", EN: "The value must be at most {max}.",
			RU: "Значение должно быть не больше {max}."},
		{RO: "Valoarea trebuie să fie cel puțin {min}.", EN: "The value must be at least {min}.",
			RU: "Значение должно быть не меньше {min}."},
	},
}

// says is the sentence of a code for these parameters.
func (c Code) says(params map[string]string) Text {
	if open, ok := oneBound[c]; ok {
		switch least, most := unbounded(params["min"]), unbounded(params["max"]); {
		case least && !most:
			return open[0]
		case most && !least:
			return open[1]
		}
	}
	return c.Entry().Says
}
