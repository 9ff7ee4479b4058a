// Package manifest is the declared state of the platform: participants, systems, certificates, services and
// agreements as readable YAML manifests, checked as a whole, planned, applied in one transaction with their
// journal records, and followed by every process.
//
// It is a meeting place of the rooms, as exchange is: each room judges its own resources, country judges what they
// say of one another. The store is the owner of the state; country keeps the rooms' images in memory up to date.
package manifest
