package fault

// enveloped: what can be wrong with a message that brings its own proof, headers and attachments.
var enveloped = map[Code]Entry{
	PathForeign: {Refused, Caller, ByConsumer, Text{
		RO: "Adresa apelată aparține altui sistem informațional.",
		EN: "The address called belongs to another information system.",
		RU: "Вызванный адрес принадлежит другой информационной системе.",
	}, Text{
		RO: "Apelați adresa din WSDL-ul sistemului cu al cărui certificat semnați.",
		EN: "Call the address in the WSDL of the system with whose certificate you sign.",
		RU: "Вызывайте адрес из WSDL той системы, чьим сертификатом вы подписываете.",
	}},
	CertificateConflict: {Refused, Caller, ByConsumer, Text{
		RO: "Certificatul TLS și certificatul semnăturii aparțin unor sisteme diferite.",
		EN: "The TLS certificate and the certificate of the signature belong to different systems.",
		RU: "Сертификат TLS и сертификат подписи принадлежат разным системам.",
	}, Text{
		RO: "Folosiți pentru conexiune și pentru semnătură certificatele aceluiași sistem sau renunțați la unul dintre ele.",
		EN: "Use certificates of one system for connection and signature, or leave one of them out.",
		RU: "Используйте для соединения и подписи сертификаты одной системы или откажитесь от одного из них.",
	}},
	NotUnderstood: {Malformed, Caller, ByConsumer, Text{
		RO: "Antetul SOAP {name} este marcat mustUnderstand, însă platforma nu îl recunoaște.",
		EN: "The SOAP header {name} is marked mustUnderstand, but the platform does not know it.",
		RU: "Заголовок SOAP {name} помечен mustUnderstand, но платформе неизвестен.",
	}, Text{
		RO: "Omiteți antetul sau atributul lui mustUnderstand.",
		EN: "Leave out the header, or its attribute mustUnderstand.",
		RU: "Уберите заголовок или его атрибут mustUnderstand.",
	}},
	EnvelopeVersion: {Malformed, Caller, ByConsumer, Text{
		RO: "Elementul Envelope este din spațiul de nume {namespace}, care nu este nici al SOAP 1.1, nici al SOAP 1.2.",
		EN: "The Envelope is in the namespace {namespace}, which is that of neither SOAP 1.1 nor SOAP 1.2.",
		RU: "Элемент Envelope принадлежит пространству имён {namespace}, а это ни SOAP 1.1, ни SOAP 1.2.",
	}, Text{
		RO: "Folosiți spațiul de nume al SOAP 1.1 sau al SOAP 1.2.",
		EN: "Use the namespace of SOAP 1.1 or of SOAP 1.2.",
		RU: "Используйте пространство имён SOAP 1.1 или SOAP 1.2.",
	}},
	AttachmentUnknown: {Malformed, Caller, ByConsumer, Text{
		RO: "Mesajul se referă la atașamentul {id}, care lipsește sau este folosit de mai multe ori.",
		EN: "The message refers to the attachment {id}, which is missing or used more than once.",
		RU: "Сообщение ссылается на вложение {id}, которое отсутствует или использовано несколько раз.",
	}, Text{
		RO: "Atașați fiecare parte o singură dată, cu Content-ID la care se referă mesajul.",
		EN: "Attach each part once, with the Content-ID that the message refers to.",
		RU: "Прикладывайте каждую часть один раз, с Content-ID, на который ссылается сообщение.",
	}},
	AttachmentUnsigned: {Refused, Caller, ByConsumer, Text{
		RO: "Atașamentul nu este acoperit de semnătura mesajului.",
		EN: "The attachment is not covered by the signature of the message.",
		RU: "Вложение не охвачено подписью сообщения.",
	}, Text{
		RO: "Trimiteți datele binare prin MTOM sau direct în mesaj, ori prezentați și certificatul TLS al sistemului.",
		EN: "Send binary values by MTOM or inside the message, or present the TLS certificate of the system as well.",
		RU: "Передавайте двоичные данные через MTOM или внутри сообщения либо предъявите также сертификат TLS системы.",
	}},
	ServiceForm: {Refused, Caller, ByConsumer, Text{
		RO: "Serviciul {service} răspunde cu un document și nu poate fi apelat prin SOAP.",
		EN: "The service {service} answers with a document and cannot be called by SOAP.",
		RU: "Сервис {service} отвечает документом и не может быть вызван через SOAP.",
	}, Text{
		RO: "Apelați serviciul prin REST.",
		EN: "Call the service by REST.",
		RU: "Вызывайте сервис через REST.",
	}},
}
