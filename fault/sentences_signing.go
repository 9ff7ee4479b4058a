package fault

// wellFormed is what the sender must do about XML that cannot be read.
var wellFormed = Text{
	RO: "Trimiteți un mesaj XML bine format, codificat UTF-8, fără DTD și fără instrucțiuni de procesare.",
	EN: "Send a well-formed XML message, encoded in UTF-8, without DTD and processing instructions.",
	RU: "Отправьте правильно сформированное сообщение XML в кодировке UTF-8, без DTD и инструкций обработки.",
}

// safeShape is what the signer must do about a signature of another shape, in a SOAP message or in a JWS.
var safeShape = Text{
	RO: "În SOAP semnați Body și Timestamp prin wsu:Id, cu RSA-SHA256 sau ECDSA P-256 și canonicalizare exclusivă; în REST trimiteți un JWS cu RS256 sau ES256.",
	EN: "In SOAP, sign Body and Timestamp by wsu:Id, with RSA-SHA256 or ECDSA P-256 and exclusive canonicalisation; in REST, send a JWS with RS256 or ES256.",
	RU: "В SOAP подпишите Body и Timestamp по wsu:Id, используя RSA-SHA256 или ECDSA P-256 и исключающую канонизацию; в REST передайте JWS с RS256 или ES256.",
}

// signAgain is what the signer must do about a message changed or repeated after it was signed.
var signAgain = Text{
	RO: "Semnați mesajul din nou, ca ultimul pas înainte de trimitere, și nu îl modificați după aceea.",
	EN: "Sign the message again, as the last step before sending, and do not change it afterwards.",
	RU: "Подпишите сообщение заново последним шагом перед отправкой и не изменяйте его после этого.",
}

// setClock is what the signer must do about times that do not fit.
var setClock = Text{
	RO: "Sincronizați ceasul sistemului și trimiteți mesajul imediat după semnare.",
	EN: "Synchronise the clock of the system and send the message right after signing.",
	RU: "Синхронизируйте часы системы и отправляйте сообщение сразу после подписания.",
}

// markup: what can be wrong with XML before anything in it is trusted.
var markup = map[Code]Entry{
	XMLMalformed: {Malformed, Caller, ByConsumer, Text{
		RO: "XML-ul nu este bine format, rândul {line}: {what}.",
		EN: "The XML is not well-formed, line {line}: {what}.",
		RU: "XML сформирован неправильно, строка {line}: {what}.",
	}, wellFormed},
	XMLEncoding: {Malformed, Caller, ByConsumer, Text{
		RO: "Octeții mesajului XML nu sunt text în codificarea {encoding}.",
		EN: "The bytes of the XML message are not text in the encoding {encoding}.",
		RU: "Байты сообщения XML не являются текстом в кодировке {encoding}.",
	}, wellFormed},
	XMLDoctype: {Malformed, Caller, ByConsumer, Text{
		RO: "Mesajul conține o declarație de tip de document (DTD), care nu este admisă.",
		EN: "The message contains a document type declaration (DTD), which is not allowed.",
		RU: "Сообщение содержит объявление типа документа (DTD), что не допускается.",
	}, wellFormed},
	XMLEntity: {Malformed, Caller, ByConsumer, Text{
		RO: "Entitatea {name} nu este una dintre cele cinci predefinite.",
		EN: "The entity {name} is not one of the five predefined entities.",
		RU: "Сущность {name} не входит в число пяти предопределённых.",
	}, wellFormed},
	XMLInstruction: {Malformed, Caller, ByConsumer, Text{
		RO: "Mesajul conține o instrucțiune de procesare, care nu este admisă.",
		EN: "The message contains a processing instruction, which is not allowed.",
		RU: "Сообщение содержит инструкцию обработки, что не допускается.",
	}, wellFormed},
	XMLNamespace: {Malformed, Caller, ByConsumer, Text{
		RO: "Un spațiu de nume XML este folosit greșit: {what}.",
		EN: "An XML namespace is used wrongly: {what}.",
		RU: "Пространство имён XML использовано неправильно: {what}.",
	}, wellFormed},
	XMLTooLarge: {TooLarge, Caller, ByConsumer, Text{
		RO: "Mesajul XML depășește o limită ({what}: {limit}).",
		EN: "The XML message exceeds a limit ({what}: {limit}).",
		RU: "Сообщение XML превышает ограничение ({what}: {limit}).",
	}, Text{
		RO: "Trimiteți un mesaj mai mic sau mai simplu.",
		EN: "Send a smaller or simpler message.",
		RU: "Отправьте сообщение меньшего размера или более простое.",
	}},
	XMLTooDeep: {Malformed, Caller, ByConsumer, Text{
		RO: "Elementele XML sunt imbricate mai adânc decât se admite ({limit}).",
		EN: "The XML elements are nested deeper than allowed ({limit}).",
		RU: "Вложенность элементов XML превышает допустимую ({limit}).",
	}, Text{
		RO: "Trimiteți mesajul în forma descrisă în catalog.",
		EN: "Send the message in the form described in the catalogue.",
		RU: "Отправьте сообщение в форме, описанной в каталоге.",
	}},
	SignatureEnvelope: {Malformed, Caller, ByConsumer, Text{
		RO: "Mesajul nu este un plic SOAP cu exact un Body: {what}.",
		EN: "The message is not a SOAP envelope with exactly one Body: {what}.",
		RU: "Сообщение не является конвертом SOAP ровно с одним Body: {what}.",
	}, Text{
		RO: "Trimiteți un singur Envelope, cu un singur Body ca element direct al acestuia.",
		EN: "Send a single Envelope with a single Body as its direct child.",
		RU: "Отправьте один Envelope с единственным Body в качестве прямого потомка.",
	}},
}
