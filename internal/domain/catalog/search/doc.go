// Package search finds services by what people type, in Romanian, English and Russian, with and without diacritics.
//
// It holds an inverted index in memory over all versions of all services: a national catalogue has thousands of them,
// the index takes milliseconds to build and follows the image of the catalogue, and nothing has to be kept in step with
// a database (docs/decisions/006). It owns the analysis of words and the ranking; who may see what is for its callers
// to say, by filters.
//
// Ranking is BM25 over weighted fields. Every word of the query must be found, or else most of them; the last word may
// be the beginning of one; a word that stands nowhere is taken for a misspelt one.
package search
