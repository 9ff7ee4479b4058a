package fault

// answered: why an answer of a provider cannot be read; they stand in the Fields of provider.malformed.
var answered = map[Code]Entry{
	AnswerCompressed: {ProviderWrong, Provider, ByProvider, Text{
		RO: "Răspunsul este comprimat, deși platforma nu acceptă comprimarea.",
		EN: "The answer is compressed although the platform accepts no compression.",
		RU: "Ответ сжат, хотя платформа сжатие не принимает.",
	}, repair},
	AnswerMediaType: {ProviderWrong, Provider, ByProvider, Text{
		RO: "Tipul conținutului (Content-Type) al răspunsului nu este acceptat; este așteptat {want}.",
		EN: "The content type of the answer is not accepted; {want} is expected.",
		RU: "Тип содержимого (Content-Type) ответа не принимается; ожидается {want}.",
	}, repair},
	AnswerEncoding: {ProviderWrong, Provider, ByProvider, Text{
		RO: "Textul nu este scris în codificarea indicată sau declarată, {encoding}.",
		EN: "The text is not in the stated or declared encoding {encoding}.",
		RU: "Текст записан не в указанной или объявленной кодировке {encoding}.",
	}, Text{
		RO: "Indicați codificarea în care este scris textul, în Content-Type, în declarația XML sau în manifestul serviciului.",
		EN: "State the encoding in which the text is written: in Content-Type, in the XML declaration or in the service's manifest.",
		RU: "Укажите кодировку, в которой записан текст: в Content-Type, в объявлении XML или в манифесте сервиса.",
	}},
	AnswerCharset: {ProviderWrong, Provider, ByProvider, Text{
		RO: "Codificarea {encoding} nu este cunoscută platformei.",
		EN: "The platform does not know the encoding {encoding}.",
		RU: "Кодировка {encoding} платформе неизвестна.",
	}, Text{
		RO: "Răspundeți în UTF-8 sau în una dintre codificările din documentația pentru furnizori.",
		EN: "Answer in UTF-8, or in one of the encodings in the documentation for providers.",
		RU: "Отвечайте в UTF-8 или в одной из кодировок, перечисленных в документации для поставщиков.",
	}},
	AnswerElement: {ProviderWrong, Provider, ByProvider, Text{
		RO: "Răspunsul SOAP nu conține elementul așteptat {want}.",
		EN: "The SOAP answer does not contain the expected element {want}.",
		RU: "Ответ SOAP не содержит ожидаемого элемента {want}.",
	}, repair},
	AnswerVersion: {ProviderWrong, Provider, ByProvider, Text{
		RO: "Versiunea SOAP a răspunsului diferă de cea declarată: {want}.",
		EN: "The answer is in another version of SOAP than declared: {want}.",
		RU: "Версия SOAP ответа отличается от объявленной: {want}.",
	}, repair},
	AnswerNotSOAP: {ProviderWrong, Provider, ByProvider, Text{
		RO: "Răspunsul nu este un mesaj SOAP.",
		EN: "The answer is not a SOAP message.",
		RU: "Ответ не является сообщением SOAP.",
	}, repair},
	AnswerHTTP: {ProviderWrong, Provider, ByProvider, Text{
		RO: "Răspunsul nu respectă regulile HTTP.",
		EN: "The answer breaks the rules of HTTP.",
		RU: "Ответ нарушает правила HTTP.",
	}, repair},
	AnswerCut: {ProviderWrong, Provider, ByProvider, Text{
		RO: "Sfârșitul răspunsului lipsește sau nu este marcat.",
		EN: "The end of the answer is missing or not marked.",
		RU: "Конец ответа отсутствует или не обозначен.",
	}, repair},
}
