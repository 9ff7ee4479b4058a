// Package media reads what peers write about the bytes they send: the media type with its parameters, and the character
// encoding of a text.
//
// It owns the lenient side of these readers. A parameter that decides nothing never makes a media type unreadable, and
// an encoding is known under each of its usual names. It does not own what is accepted: the caller compares the type,
// and reports which encodings it takes.
//
// Bytes are judged before labels. A text that is valid in the encoding it is read by, and in no other way doubtful, is
// taken; what cannot be decoded is refused with the name of the encoding, never replaced by question marks.
package media
