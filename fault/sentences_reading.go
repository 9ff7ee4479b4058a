package fault

// reading: what can go wrong before the platform knows who is calling.
var reading = map[Code]Entry{
	InternalError: {Internal, Platform, ByOperator, Text{
		RO: "Platforma a întâmpinat o eroare internă; cererea nu a fost executată.",
		EN: "The platform encountered an internal error; the request was not carried out.",
		RU: "На платформе произошла внутренняя ошибка; запрос не выполнен.",
	}, Text{
		RO: "Comunicați operatorului platformei identificatorul apelului.",
		EN: "Report the call identifier to the operator of the platform.",
		RU: "Сообщите оператору платформы идентификатор вызова.",
	}},
	MessageMalformed: {Malformed, Caller, ByConsumer, Text{
		RO: "Mesajul nu poate fi citit: {what}.",
		EN: "The message cannot be read: {what}.",
		RU: "Сообщение не удаётся прочитать: {what}.",
	}, Text{
		RO: "Corectați forma mesajului și repetați cererea.",
		EN: "Correct the form of the message and repeat the request.",
		RU: "Исправьте форму сообщения и повторите запрос.",
	}},
	MessageTooLarge: {TooLarge, Caller, ByConsumer, Text{
		RO: "Mesajul depășește mărimea admisă (octeți: {limit}).",
		EN: "The message exceeds the allowed size (bytes: {limit}).",
		RU: "Сообщение превышает допустимый размер (байт: {limit}).",
	}, Text{
		RO: "Trimiteți un mesaj mai mic.",
		EN: "Send a smaller message.",
		RU: "Отправьте сообщение меньшего размера.",
	}},
	MessageTooDeep: {Malformed, Caller, ByConsumer, Text{
		RO: "Imbricarea mesajului depășește adâncimea admisă ({limit}).",
		EN: "The message is nested deeper than allowed ({limit}).",
		RU: "Вложенность сообщения превышает допустимую ({limit}).",
	}, Text{
		RO: "Trimiteți mesajul în forma descrisă în catalog.",
		EN: "Send the message in the form described in the catalogue.",
		RU: "Отправьте сообщение в форме, описанной в каталоге.",
	}},
	MessageDuplicateKey: {Malformed, Caller, ByConsumer, Text{
		RO: "Același câmp apare de două ori în mesaj.",
		EN: "The same field appears twice in the message.",
		RU: "Одно и то же поле встречается в сообщении дважды.",
	}, Text{
		RO: "Indicați fiecare câmp o singură dată.",
		EN: "State each field only once.",
		RU: "Укажите каждое поле только один раз.",
	}},
	MessageMediaType: {Unsupported, Caller, ByConsumer, Text{
		RO: "Formatul mesajului nu este acceptat; este așteptat {want}.",
		EN: "The format of the message is not accepted; {want} is expected.",
		RU: "Формат сообщения не принимается; ожидается {want}.",
	}, Text{
		RO: "Trimiteți mesajul în formatul așteptat și declarați-l în antetul Content-Type.",
		EN: "Send the message in the expected format and declare it in the Content-Type header.",
		RU: "Отправьте сообщение в ожидаемом формате и укажите его в заголовке Content-Type.",
	}},
	MessageTooSlow: {Malformed, Caller, ByConsumer, Text{
		RO: "Mesajul nu a sosit în întregime în timpul acordat.",
		EN: "The message did not arrive completely in the time allowed.",
		RU: "Сообщение не поступило полностью в отведённое время.",
	}, Text{
		RO: "Verificați conexiunea și repetați cererea.",
		EN: "Check the connection and repeat the request.",
		RU: "Проверьте соединение и повторите запрос.",
	}},
	MethodNotAllowed: {Malformed, Caller, ByConsumer, Text{
		RO: "Metoda HTTP nu este acceptată aici; este așteptată {want}.",
		EN: "This HTTP method is not accepted here; {want} is expected.",
		RU: "Этот метод HTTP здесь не принимается; ожидается {want}.",
	}, Text{
		RO: "Folosiți metoda așteptată.",
		EN: "Use the expected method.",
		RU: "Используйте ожидаемый метод.",
	}},
	PathUnknown: {NotFound, Caller, ByConsumer, Text{
		RO: "Adresa solicitată nu există.",
		EN: "The requested address does not exist.",
		RU: "Запрошенный адрес не существует.",
	}, Text{
		RO: "Verificați adresa; apelurile se fac la /api/v1/ urmat de denumirea serviciului.",
		EN: "Check the address; calls are made to /api/v1/ followed by the name of the service.",
		RU: "Проверьте адрес; вызовы выполняются по /api/v1/ с названием сервиса.",
	}},
	OriginForeign: {Refused, Caller, ByConsumer, Text{
		RO: "Cererea a fost trimisă de un browser din pagina altui site.",
		EN: "A browser sent this request for a page of another site.",
		RU: "Запрос отправлен браузером со страницы другого сайта.",
	}, Text{
		RO: "Deschideți pagina platformei direct; programele nu trimit antetele Origin și Sec-Fetch-Site.",
		EN: "Open the platform's page directly; programs do not send the headers Origin and Sec-Fetch-Site.",
		RU: "Откройте страницу платформы напрямую; программы не отправляют заголовки Origin и Sec-Fetch-Site.",
	}},
	Overloaded: {Unavailable, Platform, ByNobodyWait, Text{
		RO: "Platforma prelucrează prea multe cereri în acest moment.",
		EN: "The platform is handling too many requests at this moment.",
		RU: "Платформа сейчас обрабатывает слишком много запросов.",
	}, Text{
		RO: "Așteptați puțin și repetați cererea.",
		EN: "Wait a little and repeat the request.",
		RU: "Немного подождите и повторите запрос.",
	}},
	Draining: {Unavailable, Platform, ByNobodyWait, Text{
		RO: "Acest nod al platformei se oprește.",
		EN: "This node of the platform is stopping.",
		RU: "Этот узел платформы останавливается.",
	}, Text{
		RO: "Repetați cererea peste câteva secunde.",
		EN: "Repeat the request in a few seconds.",
		RU: "Повторите запрос через несколько секунд.",
	}},
}

// identity: who is calling.
var identity = map[Code]Entry{
	CertificateMissing: {Unidentified, Caller, ByConsumer, Text{
		RO: "Sistemul nu a prezentat niciun certificat.",
		EN: "The system did not present a certificate.",
		RU: "Система не предъявила сертификат.",
	}, Text{
		RO: "Conectați-vă cu certificatul înregistrat pentru sistemul dumneavoastră.",
		EN: "Connect with the certificate that is registered for your system.",
		RU: "Подключитесь с сертификатом, зарегистрированным для вашей системы.",
	}},
	CertificateUntrusted: {Unidentified, Caller, ByConsumer, Text{
		RO: "Nu există un lanț de la certificat la o autoritate de certificare recunoscută de platformă; emitentul certificatului este {issuer}.",
		EN: "No chain leads from the certificate to a certification authority that the platform recognises; its issuer is {issuer}.",
		RU: "Нет цепочки от сертификата к удостоверяющему центру, признаваемому платформой; издатель сертификата — {issuer}.",
	}, Text{
		RO: "Obțineți un certificat de la o autoritate de certificare recunoscută; prezentați întregul lanț sau înregistrați certificatele intermediare împreună cu al sistemului.",
		EN: "Obtain a certificate from a recognised certification authority; present the whole chain, or have the intermediate certificates registered with that of the system.",
		RU: "Получите сертификат признанного удостоверяющего центра; предъявите всю цепочку или зарегистрируйте промежуточные сертификаты вместе с сертификатом системы.",
	}},
	CertificateUsage: {Unidentified, Caller, ByConsumer, Text{
		RO: "Certificatul nu este emis pentru {want}; el conține: {has}.",
		EN: "The certificate was not issued for {want}; it states: {has}.",
		RU: "Сертификат не предназначен для {want}; в нём указано: {has}.",
	}, Text{
		RO: "Folosiți un certificat emis pentru această utilizare și înregistrați-l la operatorul platformei.",
		EN: "Use a certificate that was issued for this use and have the operator of the platform register it.",
		RU: "Используйте сертификат, выданный для этой цели, и зарегистрируйте его у оператора платформы.",
	}},
	CertificateIssuer: {Unidentified, Caller, ByConsumer, Text{
		RO: "Certificatul autorității de certificare {issuer} este valabil numai de la {from} până la {to}.",
		EN: "The certificate of the certification authority {issuer} is valid only from {from} to {to}.",
		RU: "Сертификат удостоверяющего центра {issuer} действителен только с {from} по {to}.",
	}, Text{
		RO: "Obțineți un certificat de la o autoritate de certificare al cărei certificat este valabil.",
		EN: "Obtain a certificate from a certification authority whose own certificate is valid.",
		RU: "Получите сертификат удостоверяющего центра, собственный сертификат которого действителен.",
	}},
	CertificateWithdrawn: {Unidentified, Caller, ByConsumer, Text{
		RO: "Certificatul autorității de certificare {issuer} este revocat.",
		EN: "The certificate of the certification authority {issuer} is revoked.",
		RU: "Сертификат удостоверяющего центра {issuer} отозван.",
	}, Text{
		RO: "Obțineți un certificat de la o autoritate de certificare recunoscută.",
		EN: "Obtain a certificate from a recognised certification authority.",
		RU: "Получите сертификат признанного удостоверяющего центра.",
	}},
	CertificateUnknown: {Unidentified, Caller, ByConsumer, Text{
		RO: "Certificatul este de încredere, dar nu este înregistrat pentru niciun sistem informațional.",
		EN: "The certificate is trusted but is not registered for any information system.",
		RU: "Сертификат является доверенным, однако не зарегистрирован ни за одной информационной системой.",
	}, Text{
		RO: "Solicitați operatorului platformei înregistrarea certificatului.",
		EN: "Ask the operator of the platform to register the certificate.",
		RU: "Обратитесь к оператору платформы для регистрации сертификата.",
	}},
	CertificateExpired: {Unidentified, Caller, ByConsumer, Text{
		RO: "Termenul de valabilitate al certificatului a expirat.",
		EN: "The certificate has expired.",
		RU: "Срок действия сертификата истёк.",
	}, Text{
		RO: "Reînnoiți certificatul și înregistrați-l la operatorul platformei.",
		EN: "Renew the certificate and register it with the operator of the platform.",
		RU: "Обновите сертификат и зарегистрируйте его у оператора платформы.",
	}},
	CertificateNotYet: {Unidentified, Caller, ByConsumer, Text{
		RO: "Certificatul nu este încă valabil.",
		EN: "The certificate is not valid yet.",
		RU: "Срок действия сертификата ещё не начался.",
	}, Text{
		RO: "Folosiți certificatul de la data începerii valabilității.",
		EN: "Use the certificate from the date on which its validity begins.",
		RU: "Используйте сертификат с даты начала его действия.",
	}},
	CertificateRevoked: {Unidentified, Caller, ByConsumer, Text{
		RO: "Certificatul a fost revocat.",
		EN: "The certificate has been revoked.",
		RU: "Сертификат отозван.",
	}, Text{
		RO: "Nu mai folosiți acest certificat; obțineți și înregistrați unul nou.",
		EN: "Stop using this certificate; obtain and register a new one.",
		RU: "Больше не используйте этот сертификат; получите и зарегистрируйте новый.",
	}},
	CertificateStatus: {Unavailable, Platform, ByOperator, Text{
		RO: "Serviciul OCSP {responder} nu a confirmat că certificatul nu este revocat.",
		EN: "The OCSP responder {responder} did not confirm that the certificate is not revoked.",
		RU: "OCSP-сервер {responder} не подтвердил, что сертификат не отозван.",
	}, Text{
		RO: "Repetați cererea peste câteva minute. Dacă situația persistă, anunțați operatorul platformei și autoritatea de certificare.",
		EN: "Try again in a few minutes. If this goes on, inform the operator of the platform and the certification authority.",
		RU: "Повторите запрос через несколько минут. Если это повторяется, сообщите оператору платформы и удостоверяющему центру.",
	}},
	CredentialsInvalid: {Unidentified, Caller, ByConsumer, Text{
		RO: "Datele de autentificare nu sunt corecte.",
		EN: "The credentials are not valid.",
		RU: "Учётные данные неверны.",
	}, Text{
		RO: "Autentificați-vă cu date corecte sau adresați-vă operatorului platformei.",
		EN: "Authenticate with valid credentials or contact the operator of the platform.",
		RU: "Пройдите аутентификацию с верными данными или обратитесь к оператору платформы.",
	}},
	RoleMissing: {Refused, Caller, ByOperator, Text{
		RO: "Pentru această acțiune este necesar rolul „{role}”.",
		EN: "This action needs the role “{role}”.",
		RU: "Для этого действия требуется роль «{role}».",
	}, Text{
		RO: "Solicitați rolul operatorului platformei.",
		EN: "Ask the operator of the platform for the role.",
		RU: "Запросите роль у оператора платформы.",
	}},
}
