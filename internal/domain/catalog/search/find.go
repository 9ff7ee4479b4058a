package search

import (
	"cmp"
	"slices"
)

// Query reports what to find; empty parts do not narrow.
type Query struct {
	Text     string
	Category string // and what lies below it
	Owner    string
	Status   string
	Personal *bool
	Serving  bool // only versions that a call can get
	Versions bool // every version; else the best of each service
	Offset   int
	Limit    int // 0: DefaultLimit; at most MaxLimit
}

// Bounds of a page of results.
const (
	DefaultLimit = 50
	MaxLimit     = 1000
)

// Result is one page, and how everything found is spread.
type Result struct {
	Total  int    `json:"total"`
	Hits   []Hit  `json:"hits"`
	Facets Facets `json:"facets"`
}

// Hit is one version found.
type Hit struct {
	ID    string  `json:"id"`
	Score float64 `json:"score,omitempty"`
}

// Facets count what was found, by what it could be narrowed to; most frequent first.
type Facets struct {
	Categories []Count `json:"categories"`
	Owners     []Count `json:"owners"`
	Statuses   []Count `json:"statuses"`
	Personal   []Count `json:"personal"`
}

// Count is one value of a facet.
type Count struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

func (q Query) keep(d *Document) bool {
	return (q.Category == "" || has(d.Categories, q.Category)) && (q.Owner == "" || d.Owner == q.Owner) &&
		(q.Status == "" || d.Status == q.Status) && (q.Personal == nil || d.Personal == *q.Personal) &&
		(!q.Serving || d.Serves)
}

// Find returns what q asks for, best first.
func (x *Index) Find(q Query) Result {
	found := x.rank(q.Text, q.keep)
	if !q.Versions {
		found = x.best(found)
	}
	r := Result{Total: len(found), Hits: []Hit{}}
	var categories, owners, statuses, personal = map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for _, f := range found {
		d := &x.docs[f.doc]
		for _, c := range d.Categories {
			categories[c]++
		}
		owners[d.Owner]++
		statuses[d.Status]++
		personal[map[bool]string{true: "true", false: "false"}[d.Personal]]++
	}
	r.Facets = Facets{counted(categories), counted(owners), counted(statuses), counted(personal)}
	limit := q.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	from := min(max(q.Offset, 0), len(found))
	for _, f := range found[from:min(from+min(limit, MaxLimit), len(found))] {
		r.Hits = append(r.Hits, Hit{x.docs[f.doc].ID, f.score})
	}
	return r
}

// best keeps one version of each service, where its best one came: the newest that a call can get, or else the newest.
func (x *Index) best(found []ranked) []ranked {
	at := map[string]int{}
	var kept []ranked
	for _, f := range found {
		d := &x.docs[f.doc]
		i, seen := at[d.Group]
		if !seen {
			at[d.Group] = len(kept)
			kept = append(kept, f)
			continue
		}
		have := &x.docs[kept[i].doc]
		// Documents come newest version first.
		if (d.Serves && !have.Serves) || (d.Serves == have.Serves && f.doc < kept[i].doc) {
			kept[i].doc = f.doc
		}
	}
	return kept
}

func counted(m map[string]int) []Count {
	all := make([]Count, 0, len(m))
	for v, n := range m {
		if v != "" {
			all = append(all, Count{v, n})
		}
	}
	slices.SortFunc(all, func(a, b Count) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Value, b.Value)) })
	return all
}
