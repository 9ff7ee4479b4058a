package fault

// signing: what can be wrong with a WS-Security signature.
var signing = map[Code]Entry{
	SignatureMissing: {Unidentified, Caller, ByConsumer, Text{
		RO: "Mesajul nu este semnat.",
		EN: "The message is not signed.",
		RU: "Сообщение не подписано.",
	}, safeShape},
	SignatureSeveral: {Unidentified, Caller, ByConsumer, Text{
		RO: "Antetele Security conțin mai multe semnături; este admisă una singură.",
		EN: "The Security headers contain several signatures; only one is allowed.",
		RU: "Заголовки Security содержат несколько подписей; допускается только одна.",
	}, safeShape},
	SignatureMalformed: {Unidentified, Caller, ByConsumer, Text{
		RO: "Semnătura nu are forma cerută: {what}.",
		EN: "The signature does not have the required form: {what}.",
		RU: "Подпись не имеет требуемой формы: {what}.",
	}, safeShape},
	SignatureAlgorithm: {Unidentified, Caller, ByConsumer, Text{
		RO: "Algoritmul {algorithm} nu este admis în semnături.",
		EN: "The algorithm {algorithm} is not allowed in signatures.",
		RU: "Алгоритм {algorithm} не допускается в подписях.",
	}, safeShape},
	SignatureWeak: {Unidentified, Caller, ByBoth, Text{
		RO: "Semnătura folosește SHA-1, care nu este admis pentru acest sistem.",
		EN: "The signature uses SHA-1, which is not allowed for this system.",
		RU: "Подпись использует SHA-1, что не допускается для этой системы.",
	}, safeShape},
	SignatureTransform: {Unidentified, Caller, ByConsumer, Text{
		RO: "Transformarea {algorithm} nu este admisă.",
		EN: "The transform {algorithm} is not allowed.",
		RU: "Преобразование {algorithm} не допускается.",
	}, safeShape},
	SignatureReference: {Unidentified, Caller, ByConsumer, Text{
		RO: "Referința semnată {uri} nu indică o parte a mesajului care poate fi semnată.",
		EN: "The signed reference {uri} does not point to a part of the message that may be signed.",
		RU: "Подписанная ссылка {uri} не указывает на часть сообщения, которую можно подписать.",
	}, safeShape},
	SignatureDuplicateID: {Unidentified, Caller, ByConsumer, Text{
		RO: "Identificatorul {id} apare de mai multe ori în mesaj.",
		EN: "The identifier {id} appears more than once in the message.",
		RU: "Идентификатор {id} встречается в сообщении более одного раза.",
	}, safeShape},
	SignatureBodyUnsigned: {Unidentified, Caller, ByConsumer, Text{
		RO: "Semnătura nu acoperă elementul Body.",
		EN: "The signature does not cover the Body element.",
		RU: "Подпись не охватывает элемент Body.",
	}, safeShape},
	SignatureDigest: {Unidentified, Caller, ByConsumer, Text{
		RO: "Partea semnată {part} nu corespunde amprentei (hash-ului) sale; a fost modificată după semnare.",
		EN: "The signed part {part} does not match its digest; it was changed after signing.",
		RU: "Подписанная часть {part} не соответствует своей хеш-сумме; она изменена после подписания.",
	}, signAgain},
	SignatureWrong: {Unidentified, Caller, ByConsumer, Text{
		RO: "Semnătura nu se verifică cu cheia certificatului înregistrat.",
		EN: "The signature does not verify with the key of the registered certificate.",
		RU: "Подпись не подтверждается ключом зарегистрированного сертификата.",
	}, signAgain},
	SignatureCritical: {Unidentified, Caller, ByConsumer, Text{
		RO: "Antetul semnăturii cere înțelegerea unor extensii pe care platforma nu le cunoaște: {names}.",
		EN: "The header of the signature demands that extensions are understood which the platform does not know: {names}.",
		RU: "Заголовок подписи требует понимания расширений, которых платформа не знает: {names}.",
	}, Text{
		RO: "Omiteți aceste extensii și parametrul crit.",
		EN: "Leave out these extensions and the parameter crit.",
		RU: "Уберите эти расширения и параметр crit.",
	}},
	SignatureClaim: {Refused, Caller, ByConsumer, Text{
		RO: "Semnătura este făcută pentru altă valoare a parametrului {name} decât cea din cerere.",
		EN: "The signature was made for another value of the parameter {name} than the request has.",
		RU: "Подпись сделана для другого значения параметра {name}, чем указано в запросе.",
	}, Text{
		RO: "Semnați fiecare cerere separat, cu valorile ei.",
		EN: "Sign each request for itself, with its own values.",
		RU: "Подписывайте каждый запрос отдельно, с его значениями.",
	}},
	SignatureClaimMissing: {Refused, Caller, ByConsumer, Text{
		RO: "Semnătura nu acoperă {name}, deși politica sistemului o cere.",
		EN: "The signature does not cover {name}, which the policy of the system demands.",
		RU: "Подпись не охватывает {name}, чего требует политика системы.",
	}, Text{
		RO: "Includeți în semnătură serviciul apelat și contextul juridic.",
		EN: "Include the service called and the legal context in the signature.",
		RU: "Включите в подпись вызываемый сервис и правовой контекст.",
	}},
	SignatureForm: {Refused, Caller, ByConsumer, Text{
		RO: "Politica sistemului nu admite apeluri autentificate prin {form}; sunt admise: {allowed}.",
		EN: "The policy of the system does not allow calls that are authenticated by {form}; allowed are: {allowed}.",
		RU: "Политика системы не допускает вызовов, удостоверенных через {form}; допускаются: {allowed}.",
	}, Text{
		RO: "Folosiți o formă admisă sau solicitați operatorului platformei schimbarea politicii.",
		EN: "Use an allowed form, or ask the operator of the platform to change the policy.",
		RU: "Используйте допустимую форму или попросите оператора платформы изменить политику.",
	}},
	SignatureComponent: {Unidentified, Caller, ByConsumer, Text{
		RO: "Semnătura HTTP nu acoperă corect componenta {name}.",
		EN: "The HTTP signature does not cover the component {name} as it must.",
		RU: "Подпись HTTP не охватывает компонент {name} должным образом.",
	}, Text{
		RO: "Semnați @method, @target-uri, content-digest și fiecare antet al contextului juridic, fără parametri ai componentelor.",
		EN: "Sign @method, @target-uri, content-digest and each header of the legal context, without parameters of components.",
		RU: "Подпишите @method, @target-uri, content-digest и каждый заголовок правового контекста, без параметров компонентов.",
	}},
	SignatureKeyInfo: {Unidentified, Caller, ByConsumer, Text{
		RO: "Certificatul semnatarului nu este indicat într-un mod acceptat: {what}.",
		EN: "The certificate of the signer is not stated in an accepted way: {what}.",
		RU: "Сертификат подписавшего указан неприемлемым образом: {what}.",
	}, Text{
		RO: "Indicați certificatul o singură dată: în SOAP prin BinarySecurityToken, X509Data sau KeyIdentifier, în JWS prin x5t#S256.",
		EN: "State the certificate only once: in SOAP by BinarySecurityToken, X509Data or KeyIdentifier, in a JWS by x5t#S256.",
		RU: "Укажите сертификат только один раз: в SOAP через BinarySecurityToken, X509Data или KeyIdentifier, в JWS через x5t#S256.",
	}},
	SignatureKey: {Unidentified, Caller, ByBoth, Text{
		RO: "Cheia certificatului înregistrat nu se potrivește cu algoritmul semnăturii sau este prea scurtă.",
		EN: "The key of the registered certificate does not fit the algorithm of the signature or is too short.",
		RU: "Ключ зарегистрированного сертификата не подходит к алгоритму подписи или слишком короткий.",
	}, Text{
		RO: "Înregistrați un certificat cu cheie RSA de cel puțin 2048 de biți sau ECDSA P-256.",
		EN: "Register a certificate with an RSA key of at least 2048 bits or an ECDSA P-256 key.",
		RU: "Зарегистрируйте сертификат с ключом RSA не короче 2048 бит или ECDSA P-256.",
	}},
	SignatureCertificate: {Unidentified, Caller, ByBoth, Text{
		RO: "Certificatul indicat în semnătură nu este înregistrat pentru niciun sistem.",
		EN: "The certificate stated in the signature is not registered for any system.",
		RU: "Сертификат, указанный в подписи, не зарегистрирован ни для одной системы.",
	}, Text{
		RO: "Semnați cu certificatul înregistrat sau înregistrați certificatul nou la operatorul platformei.",
		EN: "Sign with the registered certificate or register the new one with the operator of the platform.",
		RU: "Подписывайте зарегистрированным сертификатом или зарегистрируйте новый у оператора платформы.",
	}},
	SignatureReplayed: {Unidentified, Caller, ByConsumer, Text{
		RO: "Un mesaj cu aceeași semnătură a fost deja primit.",
		EN: "A message with the same signature was received already.",
		RU: "Сообщение с такой же подписью уже было получено.",
	}, signAgain},
	SignatureReplayFull: {Unavailable, Platform, ByNobodyWait, Text{
		RO: "Platforma nu poate reține acum semnătura mesajului și de aceea nu îl acceptă.",
		EN: "The platform cannot remember the signature of the message now and therefore does not accept it.",
		RU: "Платформа сейчас не может запомнить подпись сообщения и поэтому не принимает его.",
	}, Text{
		RO: "Semnați din nou și repetați cererea peste câteva minute.",
		EN: "Sign again and repeat the request in a few minutes.",
		RU: "Подпишите заново и повторите запрос через несколько минут.",
	}},
}
