// Package monitoring tests what deploy/ holds for Prometheus and Grafana against the real programs: the rules and
// their unit tests by promtool, the scrape configuration and every series named in rules and dashboard by a
// Prometheus of Debian that scrapes a running platform.
//
// It owns no product code. Its tests have the build tag whole.
package monitoring
