package access

import (
	"slices"
	"time"
)

// Category is a category of personal data of the service.
type Category struct {
	Code    string
	Special bool
}

// Catalogue is what the registers say of the consumer and the service.
type Catalogue struct {
	Public     bool // the consumer is a public authority
	Kind       string
	Categories []Category
	Personal   bool // personal data are asked for
}

// The criteria of an impact assessment (CNPDCP Order 27/2022); two of them make it necessary.
const (
	CriterionEvaluation  = "evaluation"
	CriterionAutomated   = "automated"
	CriterionMonitoring  = "monitoring"
	CriterionSensitive   = "sensitive"
	CriterionScale       = "scale"
	CriterionMatching    = "matching"
	CriterionVulnerable  = "vulnerable"
	CriterionInnovation  = "innovation"
	CriterionRestriction = "restriction"
)

// bands are the sizes of a year's persons, in order; each begins at the number beside it.
var bands = []string{"lt1000", "lt5000", "lt10000", "lt50000", "ge50000"}

// months of the longest time between two reviews, and with special categories.
const (
	reviewMonths        = 24
	reviewMonthsSpecial = 12
)

// Compute derives what is not asked: whether personal data, special categories or convictions are asked for, the
// criteria of an impact assessment and whether one is needed, and when the agreement is reviewed.
func Compute(c Catalogue, answers map[string]any, now time.Time) map[string]any {
	special, criminal, risk := false, false, false
	codes := []any{}
	for _, one := range c.Categories {
		codes = append(codes, one.Code)
		criminal = criminal || one.Code == "convictions"
		special = special || one.Special && one.Code != "convictions"
		risk = risk || one.Code == "financial" || one.Code == "convictions"
	}
	special, criminal = special && c.Personal, criminal && c.Personal
	criteria := criteriaOf(answers, c.Personal, special || criminal, risk)
	months := reviewMonths
	if special {
		months = reviewMonthsSpecial
	}
	kind := "private"
	if c.Public {
		kind = "public"
	}
	return map[string]any{"public": c.Public, "kind_of_consumer": kind, "personal": c.Personal, "special": special,
		"criminal": criminal, "categories": codes, "criteria": criteria, "dpia_needed": len(criteria) >= 2,
		"review": startOf(answers, now).AddDate(0, months, 0).Format(time.DateOnly), "kind": c.Kind}
}

// criteriaOf are the criteria that hold: those that follow from other answers, and those that the applicant added.
func criteriaOf(answers map[string]any, personal, sensitive, risk bool) []any {
	all := []any{}
	if !personal {
		return all
	}
	add := func(name string, holds bool) {
		if holds && !slices.Contains(all, any(name)) {
			all = append(all, name)
		}
	}
	from := "ge50000"
	switch {
	case sensitive:
		from = "lt10000" // 5 000 persons and more
	case risk:
		from = "lt50000" // 10 000
	}
	band, _ := answers["persons_year"].(string)
	add(CriterionScale, slices.Contains(bands, band) && slices.Index(bands, band) >= slices.Index(bands, from))
	add(CriterionSensitive, sensitive)
	add(CriterionAutomated, answers["automated_decision"] == true)
	add(CriterionVulnerable, answers["children"] == true)
	add(CriterionMatching, answers["matching"] == true)
	own, _ := answers["dpia_criteria"].([]any)
	for _, one := range own {
		if name, ok := one.(string); ok {
			add(name, true)
		}
	}
	return all
}

// startOf is the first day of the first purpose; today when none is stated.
func startOf(answers map[string]any, now time.Time) time.Time {
	first := time.Time{}
	purposes, _ := answers["purposes"].([]any)
	for _, one := range purposes {
		row, _ := one.(map[string]any)
		text, _ := row["from"].(string)
		if day, err := time.Parse(time.DateOnly, text); err == nil && (first.IsZero() || day.Before(first)) {
			first = day
		}
	}
	if first.IsZero() {
		return now
	}
	return first
}
