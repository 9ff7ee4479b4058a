// Package demo is a sample country on one machine: about five hundred synthetic persons, the registers
// that hold them, the institutions that ask, and a platform between them that decides, delivers and
// leaves evidence.
//
// It owns the synthetic dataset (one seed, the same persons in every register), the provider programs,
// the sample manifests in country/ and the scenes that show what is lawful and what is refused. It
// contains no rule of the platform: every verdict comes from the app that it starts, over real
// connections. All persons are synthetic: family names are numbers ("Sintetic-014"), identification numbers
// are of the year 2999.
//
// Flow: Generate makes the Dataset → StartRegisters serves it → the manifests are applied → the app
// serves → callers play scenes, in a loop or once each with strict checks. At the same time the civil-status
// register produces events. The town hall consumes them by WebSocket, the social insurance by long poll with
// interruptions, the bank at its own server, which accepts only what the platform has signed.
package demo
