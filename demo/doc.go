// Package demo is a sample country on one machine: about five hundred synthetic persons, the registers
// that hold them, the institutions that ask, and a platform between them that decides, delivers and
// leaves evidence.
//
// It owns the synthetic world (one seed, the same persons in every register), the provider programs,
// the sample manifests in country/ and the scenes that show what is lawful and what is refused. It
// owns no rule of the platform: every verdict comes from the app that it starts, over real
// connections. Nobody in it exists: family names are numbers ("Sintetic-014"), identification numbers
// are of the year 2999.
//
// Flow: Generate makes the World → StartRegisters serves it → the manifests are applied → the app
// serves → callers play scenes, in a loop or once each with strict checks. Beside them the civil-status register
// tells events: the town hall hears them by WebSocket, the social insurance by long poll with a nap now and then,
// the bank at its own server, which believes what the platform signed.
package demo
