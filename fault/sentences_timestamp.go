package fault

// timed: what can be wrong with the Timestamp of a signed message.
var timed = map[Code]Entry{
	SignatureTimestamp: {Unidentified, Caller, ByConsumer, Text{
		RO: "Elementul Timestamp nu poate fi citit sau se contrazice: {what}.",
		EN: "The Timestamp cannot be read or contradicts itself: {what}.",
		RU: "Элемент Timestamp не читается или противоречит сам себе: {what}.",
	}, setClock},
	SignatureTimestampAbsent: {Unidentified, Caller, ByConsumer, Text{
		RO: "Mesajul nu are un Timestamp semnat, cerut pentru acest sistem.",
		EN: "The message has no signed Timestamp, which is required of this system.",
		RU: "В сообщении нет подписанного Timestamp, обязательного для этой системы.",
	}, safeShape},
	SignatureExpired: {Unidentified, Caller, ByConsumer, Text{
		RO: "Mesajul semnat a expirat la {expires}.",
		EN: "The signed message expired at {expires}.",
		RU: "Срок действия подписанного сообщения истёк {expires}.",
	}, setClock},
	SignatureFuture: {Unidentified, Caller, ByConsumer, Text{
		RO: "Mesajul semnat indică un moment din viitor: {created}.",
		EN: "The signed message states a time in the future: {created}.",
		RU: "Подписанное сообщение помечено будущим временем: {created}.",
	}, setClock},
}
