package fault

// standing: whether those concerned may act at all.
var standing = map[Code]Entry{
	SystemSuspended: {Refused, Caller, ByConsumer, Text{
		RO: "Sistemul informațional {system} este suspendat.",
		EN: "The information system {system} is suspended.",
		RU: "Действие информационной системы {system} приостановлено.",
	}, Text{
		RO: "Clarificați cu operatorul platformei motivul suspendării.",
		EN: "Clarify the reason of the suspension with the operator of the platform.",
		RU: "Уточните у оператора платформы причину приостановления.",
	}},
	SystemNotConsumer: {Refused, Caller, ByConsumer, Text{
		RO: "Sistemul informațional {system} nu este înregistrat în calitate de consumator de date.",
		EN: "The information system {system} is not registered as a data consumer.",
		RU: "Информационная система {system} не зарегистрирована как потребитель данных.",
	}, Text{
		RO: "Solicitați operatorului platformei înregistrarea calității de consumator de date.",
		EN: "Ask the operator of the platform to register the system as a data consumer.",
		RU: "Обратитесь к оператору платформы для регистрации системы как потребителя данных.",
	}},
	ParticipantSuspended: {Refused, Caller, ByConsumer, Text{
		RO: "Participarea la schimbul de date a entității {participant} este suspendată.",
		EN: "The participation of {participant} in the exchange of data is suspended.",
		RU: "Участие организации {participant} в обмене данными приостановлено.",
	}, Text{
		RO: "Clarificați cu operatorul platformei motivul suspendării.",
		EN: "Clarify the reason of the suspension with the operator of the platform.",
		RU: "Уточните у оператора платформы причину приостановления.",
	}},
	NetworkForbidden: {Refused, Caller, ByConsumer, Text{
		RO: "Adresa de rețea {address} nu este permisă pentru sistemul {system}.",
		EN: "The network address {address} is not allowed for the system {system}.",
		RU: "Сетевой адрес {address} не разрешён для системы {system}.",
	}, Text{
		RO: "Apelați dintr-o rețea înregistrată sau cereți operatorului platformei înregistrarea rețelei.",
		EN: "Call from a registered network, or ask the operator of the platform to register the network.",
		RU: "Вызывайте из зарегистрированной сети либо попросите оператора платформы зарегистрировать сеть.",
	}},
	ServiceUnknown: {NotFound, Caller, ByConsumer, Text{
		RO: "Serviciul {service} nu există în catalog.",
		EN: "The service {service} does not exist in the catalogue.",
		RU: "Сервис {service} отсутствует в каталоге.",
	}, Text{
		RO: "Verificați denumirea serviciului în catalogul semantic.",
		EN: "Check the name of the service in the semantic catalogue.",
		RU: "Проверьте название сервиса в семантическом каталоге.",
	}},
	ServiceVersion: {NotFound, Caller, ByConsumer, Text{
		RO: "Versiunea {version} a serviciului {service} nu este publicată.",
		EN: "Version {version} of the service {service} is not published.",
		RU: "Версия {version} сервиса {service} не опубликована.",
	}, Text{
		RO: "Alegeți o versiune publicată în catalogul semantic.",
		EN: "Choose a version that is published in the semantic catalogue.",
		RU: "Выберите версию, опубликованную в семантическом каталоге.",
	}},
	ServiceRetired: {NotFound, Caller, ByConsumer, Text{
		RO: "Această versiune a serviciului {service} a fost retrasă; succesor: {successor}.",
		EN: "This version of the service {service} has been retired; successor: {successor}.",
		RU: "Эта версия сервиса {service} выведена из эксплуатации; преемник: {successor}.",
	}, Text{
		RO: "Treceți la versiunea succesoare.",
		EN: "Move to the successor.",
		RU: "Перейдите на версию-преемник.",
	}},
	ServiceSuspended: {Unavailable, Provider, ByProvider, Text{
		RO: "Serviciul {service} este indisponibil: furnizorul de date este suspendat.",
		EN: "The service {service} is unavailable: the data provider is suspended.",
		RU: "Сервис {service} недоступен: деятельность поставщика данных приостановлена.",
	}, Text{
		RO: "Furnizorul de date trebuie să își restabilească statutul la operatorul platformei.",
		EN: "The data provider must restore its standing with the operator of the platform.",
		RU: "Поставщик данных должен восстановить свой статус у оператора платформы.",
	}},
}

// stated: the legal context as the caller states it.
var stated = map[Code]Entry{
	ContextMissing: {Malformed, Caller, ByConsumer, Text{
		RO: "Lipsește {name}: contextul juridic al cererii nu este complet.",
		EN: "{name} is missing: the legal context of the request is not complete.",
		RU: "Отсутствует {name}: правовой контекст запроса неполон.",
	}, Text{
		RO: "Indicați CallingUser, CallingEntity, CallBasis și CallReason.",
		EN: "State CallingUser, CallingEntity, CallBasis and CallReason.",
		RU: "Укажите CallingUser, CallingEntity, CallBasis и CallReason.",
	}},
	ContextTooLong: {Malformed, Caller, ByConsumer, Text{
		RO: "{name} depășește lungimea admisă (caractere: {limit}).",
		EN: "{name} exceeds the allowed length (characters: {limit}).",
		RU: "{name} превышает допустимую длину (символов: {limit}).",
	}, Text{
		RO: "Scurtați valoarea.",
		EN: "Shorten the value.",
		RU: "Сократите значение.",
	}},
	ContextMalformed: {Malformed, Caller, ByConsumer, Text{
		RO: "{name} nu este un text lizibil.",
		EN: "{name} is not readable text.",
		RU: "{name} не является читаемым текстом.",
	}, Text{
		RO: "Transmiteți valoarea în UTF-8, direct sau codificată cu procente, fără caractere de control.",
		EN: "Send the value in UTF-8, raw or percent-encoded, without control characters.",
		RU: "Передайте значение в UTF-8, напрямую или в процентной кодировке, без управляющих символов.",
	}},
	ContextConflict: {Malformed, Caller, ByConsumer, Text{
		RO: "Antetul {name} este indicat de mai multe ori, cu valori diferite.",
		EN: "The header {name} is stated more than once with different values.",
		RU: "Заголовок {name} указан несколько раз с разными значениями.",
	}, Text{
		RO: "Indicați fiecare valoare o singură dată.",
		EN: "State each value only once.",
		RU: "Укажите каждое значение только один раз.",
	}},
	CallerUserInvalid: {Refused, Caller, ByConsumer, Text{
		RO: "CallingUser nu este nici IDNP-ul valid al unui funcționar, nici identificatorul sistemului.",
		EN: "CallingUser is neither the valid IDNP of an official nor the identifier of the system.",
		RU: "CallingUser не является ни действительным IDNP должностного лица, ни идентификатором системы.",
	}, Text{
		RO: "Indicați IDNP-ul persoanei care accesează datele sau identificatorul propriului sistem.",
		EN: "State the IDNP of the person who accesses the data, or the identifier of your own system.",
		RU: "Укажите IDNP лица, получающего доступ к данным, или идентификатор собственной системы.",
	}},
	CallerEntityInvalid: {Refused, Caller, ByConsumer, Text{
		RO: "CallingEntity nu este un IDNO valid.",
		EN: "CallingEntity is not a valid IDNO.",
		RU: "CallingEntity не является действительным IDNO.",
	}, Text{
		RO: "Indicați IDNO-ul persoanei juridice în numele căreia se face cererea.",
		EN: "State the IDNO of the legal entity on whose behalf the request is made.",
		RU: "Укажите IDNO юридического лица, от имени которого подаётся запрос.",
	}},
	CallerEntityForeign: {Refused, Caller, ByConsumer, Text{
		RO: "CallingEntity indică o entitate pe care sistemul {system} nu o reprezintă.",
		EN: "CallingEntity names an entity that the system {system} does not represent.",
		RU: "CallingEntity указывает организацию, которую система {system} не представляет.",
	}, Text{
		RO: "Indicați deținătorul sistemului sau înregistrați reprezentarea la operatorul platformei.",
		EN: "State the owner of the system, or register the representation with the operator of the platform.",
		RU: "Укажите владельца системы либо зарегистрируйте представительство у оператора платформы.",
	}},
	CallerUserIsSubject: {Refused, Caller, ByConsumer, Text{
		RO: "În CallingUser este indicată chiar persoana ale cărei date se solicită.",
		EN: "CallingUser names the very person whose data are requested.",
		RU: "В CallingUser указано то самое лицо, данные которого запрашиваются.",
	}, Text{
		RO: "Indicați funcționarul care accesează datele, nu subiectul datelor.",
		EN: "State the official who accesses the data, not the data subject.",
		RU: "Укажите должностное лицо, получающее доступ к данным, а не субъекта данных.",
	}},
}
