package fault

import "mconnect"

// Near is the parameter that names what was perhaps meant by a mistyped name; sentences ask for it where it is set.
const Near = "near"

// didYouMean is said behind the sentence.
var didYouMean = Text{
	RO: "Ați vrut să scrieți „{near}”?",
	EN: "Did you mean “{near}”?",
	RU: "Возможно, имелось в виду «{near}»?",
}

// DidYouMean asks for what was perhaps meant; "" when nothing is near.
func DidYouMean(near string, lang mconnect.Lang) string {
	if near == "" {
		return ""
	}
	return fill(lang, didYouMean.In(lang), map[string]string{Near: near})
}

// Nearest is the word that differs least from a mistyped one, at most in a third of its letters; "" when none does.
func Nearest(word string, all []string) string {
	best, least := "", max(len(word)/3, 1)+1
	for _, one := range all {
		if len(one)-len(word) >= least || len(word)-len(one) >= least {
			continue
		}
		if d := distance(word, one); d < least || d == least && best != "" && one < best {
			best, least = one, d
		}
	}
	if best == word {
		return ""
	}
	return best
}

// distance counts the letters to insert, remove, replace or swap with the next one (optimal string alignment).
func distance(a, b string) int {
	var before, row, next []int // the rows for two letters less, one less, and this one
	for j := range len(b) + 1 {
		row = append(row, j)
	}
	for i := range len(a) {
		next = append(next[:0], i+1)
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			best := min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				best = min(best, before[j-1]+1)
			}
			next = append(next, best)
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
