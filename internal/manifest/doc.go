// Package manifest is the declared state of the platform: participants, systems, certificates, services and
// agreements as readable YAML manifests, checked as a whole, planned, applied in one transaction with their
// journal records, and followed by every process.
//
// It joins the packages of the domain, as exchange does: each of them validates its own resources, manifest validates
// their references. The store owns the state; manifest keeps the images in memory up to date.
package manifest
