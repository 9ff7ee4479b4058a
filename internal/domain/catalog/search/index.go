package search

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/blevesearch/snowballstem/english"
)

// Constants of BM25.
const (
	saturation = 6.0 // how soon more of the same word stops counting; of the size of the weights
	lengthBias = 0.5 // how much a word counts less in a longer text
	nameBias   = 0.9 // and in a longer name: "person" is all of GetPerson, and a part of GetPersonBenefits
)

// posting says that a term stands in a document, and how much it weighs there.
type posting struct {
	doc    int
	weight float64
}

// Index is made once of documents and not changed. It is safe for concurrent use.
type Index struct {
	docs     []Document
	postings map[string][]posting
	words    []string          // of asWord terms, without their mark, in order
	named    []map[string]bool // stems of the words that each document's name is made of, without its verb
}

// New makes an index.
func New(docs []Document) *Index {
	x := &Index{docs: docs, postings: map[string][]posting{}, named: make([]map[string]bool, len(docs))}
	counts := make([][fieldCount]map[string]int, len(docs))
	var lengths [][fieldCount]int
	var total [fieldCount]int
	for i := range docs {
		var length [fieldCount]int
		for f := range fieldCount {
			counts[i][f], length[f] = count(docs[i].texts[f])
			total[f] += length[f]
		}
		lengths = append(lengths, length)
		x.docs[i].texts = [fieldCount][]phrase{} // said
		x.named[i] = named(docs[i].Group)
	}
	for i := range docs {
		weight := map[string]float64{}
		for f := range fieldCount {
			if lengths[i][f] == 0 {
				continue
			}
			average := float64(total[f]) / float64(len(docs))
			bias := lengthBias
			if f == InName {
				bias = nameBias
			}
			norm := 1 - bias + bias*float64(lengths[i][f])/average
			for term, n := range counts[i][f] {
				weight[term] += weights[f] * float64(n) / norm
			}
		}
		for term, w := range weight {
			x.postings[term] = append(x.postings[term], posting{i, w})
		}
	}
	for term := range x.postings {
		if word, ok := strings.CutPrefix(term, asWord); ok {
			x.words = append(x.words, word)
		}
	}
	slices.Sort(x.words)
	return x
}

// count returns how often each term stands in phrases, and how many words there are.
func count(phrases []phrase) (of map[string]int, length int) {
	of = map[string]int{}
	for _, p := range phrases {
		for _, word := range words(p.text) {
			if !idle[word] {
				length++
			}
			names := terms(word, p.lang)
			if p.lang == "" {
				names = append(terms(word, "en"), inRomanian+stemRomanian(word))
			}
			for _, term := range names {
				of[term]++
			}
		}
	}
	return of, length
}

// candidate is a term that a word of the query may mean.
type candidate struct {
	term   string
	factor float64
}

// How much a match counts that is not the word itself.
const (
	asStem    = 0.9
	asBegin   = 0.7
	asMispelt = 0.4
)

// candidates lists what word may mean; last: the writer may not have finished it.
func (x *Index) candidates(word string, last bool) (found []candidate) {
	for i, term := range asked(word) {
		if _, ok := x.postings[term]; ok {
			found = append(found, candidate{term, map[bool]float64{true: 1, false: asStem}[i == 0]})
		}
	}
	if last && len(word) >= 2 {
		found = append(found, x.beginning(word)...)
	}
	if len(found) == 0 {
		found = x.misspelt(word)
	}
	return found
}

// maxBegun bounds how many words one beginning represents.
const maxBegun = 200

func (x *Index) beginning(word string) (found []candidate) {
	at, _ := slices.BinarySearch(x.words, word)
	for ; at < len(x.words) && len(found) < maxBegun && strings.HasPrefix(x.words[at], word); at++ {
		if whole := x.words[at]; whole != word {
			share := float64(len(word)) / float64(len(whole))
			found = append(found, candidate{asWord + whole, asBegin * math.Sqrt(share)})
		}
	}
	return found
}

func (x *Index) misspelt(word string) (found []candidate) {
	w := []rune(word)
	most := 0
	switch {
	case len(w) >= 8:
		most = 2
	case len(w) >= 4:
		most = 1
	default:
		return nil
	}
	var near distance
	for _, other := range x.words {
		o := []rune(other)
		if o[0] != w[0] && len(o) > 1 && o[0] != w[1] { // the first letter is seldom wrong, but may be swapped
			continue
		}
		if d := near.between(w, o, most); d <= most {
			found = append(found, candidate{asWord + other, asMispelt / float64(d)})
		}
	}
	return found
}

// score reports what one word of the query is worth in each document: by the best of its candidates there, and the
// more, the fewer documents any of them leads to. A form of a word is not rarer than the word.
func (x *Index) score(all []candidate) map[int]float64 {
	best := map[int]float64{}
	for _, c := range all {
		for _, p := range x.postings[c.term] {
			best[p.doc] = max(best[p.doc], c.factor*p.weight/(saturation+p.weight))
		}
	}
	n, df := float64(len(x.docs)), float64(len(best))
	idf := math.Log(1 + (n-df+0.5)/(df+0.5))
	for doc := range best {
		best[doc] *= idf
	}
	return best
}

// verbs begin names of services and do not tell them apart.
var verbs = map[string]bool{"get": true, "find": true, "check": true, "list": true, "search": true}

func named(name string) map[string]bool {
	found := map[string]bool{}
	for _, w := range words(spaced(name)) {
		if !verbs[w] {
			found[stem(w, english.Stem)] = true
		}
	}
	return found
}

// wholeName is how much more a document counts when nothing of its name is left unasked: who looks for "person" means
// GetPerson rather than GetPersonBenefits, however often that speaks of persons.
const wholeName = 1.5

// asksName reports whether the words of a query hold the whole name of a document.
func (x *Index) asksName(doc int, query map[string]bool) bool {
	for w := range x.named[doc] {
		if !query[w] {
			return false
		}
	}
	return len(x.named[doc]) > 0
}

// ranked is a document with its score.
type ranked struct {
	doc   int
	score float64
}

// rank scores the documents that keep lets through. Without words all of them come, in order of id.
func (x *Index) rank(text string, keep func(*Document) bool) []ranked {
	query := words(spaced(text))
	query = query[:min(len(query), maxWords)]
	telling := slices.DeleteFunc(slices.Clone(query), func(w string) bool { return idle[w] })
	if len(telling) == 0 {
		telling = query
	}
	stems := map[string]bool{}
	for _, word := range telling {
		stems[stem(word, english.Stem)] = true
	}
	matched, scores := make([]int, len(x.docs)), make([]float64, len(x.docs))
	most := 0
	for i, word := range telling {
		unfinished := i == len(telling)-1 && !strings.HasSuffix(text, " ")
		for doc, s := range x.score(x.candidates(word, unfinished)) {
			if keep(&x.docs[doc]) {
				matched[doc]++
				scores[doc] += s
				most = max(most, matched[doc])
			}
		}
	}
	// All words if a document has all; else at least half of them, and the more the better.
	least := len(telling)
	if most < least {
		least = max(1, (len(telling)+1)/2)
	}
	var found []ranked
	for doc := range x.docs {
		if matched[doc] < least || !keep(&x.docs[doc]) {
			continue
		}
		share := 1.0
		if len(telling) > 0 {
			share = float64(matched[doc]) / float64(len(telling))
		}
		score := scores[doc] * share * share * standing[x.docs[doc].Status]
		if x.asksName(doc, stems) {
			score *= wholeName
		}
		found = append(found, ranked{doc, score})
	}
	slices.SortStableFunc(found, func(a, b ranked) int { return cmp.Compare(b.score, a.score) })
	return found
}

// standing: of versions that say the same, the one that can be called comes first.
var standing = map[string]float64{"published": 1, "draft": 0.9, "deprecated": 0.8, "retired": 0.5}
