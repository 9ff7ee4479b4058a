package fault

// events: who may produce and consume what, and when an event is valid.
var events = map[Code]Entry{
	EventTypeUnknown: {Refused, Caller, ByConsumer, Text{
		RO: "Tipul de eveniment {type} nu este publicat în catalog.",
		EN: "The event type {type} is not published in the catalogue.",
		RU: "Тип события {type} не опубликован в каталоге.",
	}, Text{
		RO: "Verificați denumirea tipului în catalog.",
		EN: "Check the name of the type in the catalogue.",
		RU: "Проверьте название типа в каталоге.",
	}},
	EventTypeRetired: {Refused, Caller, ByConsumer, Text{
		RO: "Tipul de eveniment {type} este retras.",
		EN: "The event type {type} is retired.",
		RU: "Тип события {type} выведен из эксплуатации.",
	}, Text{
		RO: "Treceți la tipul care îl înlocuiește, indicat în catalog.",
		EN: "Move to the type that replaces it, as the catalogue says.",
		RU: "Перейдите на заменяющий тип, указанный в каталоге.",
	}},
	EventTypeForeign: {Refused, Caller, ByBoth, Text{
		RO: "Sistemul {system} nu este înregistrat ca producător al tipului de eveniment {type}.",
		EN: "The system {system} is not registered as a producer of the event type {type}.",
		RU: "Система {system} не зарегистрирована как производитель событий типа {type}.",
	}, Text{
		RO: "Cereți titularului tipului de eveniment să înregistreze sistemul ca producător.",
		EN: "Ask the owner of the event type to register the system as a producer.",
		RU: "Попросите владельца типа события зарегистрировать систему как производителя.",
	}},
	EventSourceForeign: {Refused, Caller, ByBoth, Text{
		RO: "Sistemul {system} nu poate produce evenimente {type} cu această sursă: {source}.",
		EN: "The system {system} may not produce {type} events with this source: {source}.",
		RU: "Система {system} не может производить события {type} с этим источником: {source}.",
	}, Text{
		RO: "Folosiți o sursă înregistrată pentru sistem sau cereți înregistrarea ei.",
		EN: "Use a source registered for the system, or ask for its registration.",
		RU: "Используйте источник, зарегистрированный за системой, или запросите его регистрацию.",
	}},
	EventInvalid: {Invalid, Caller, ByConsumer, Text{
		RO: "Datele evenimentului nu corespund schemei tipului {type}.",
		EN: "The data of the event do not match the schema of the type {type}.",
		RU: "Данные события не соответствуют схеме типа {type}.",
	}, Text{
		RO: "Corectați câmpurile enumerate conform schemei din catalog.",
		EN: "Correct the fields listed as the schema in the catalogue says.",
		RU: "Исправьте перечисленные поля в соответствии со схемой из каталога.",
	}},
	EventContentType: {Invalid, Caller, ByConsumer, Text{
		RO: "Tipul de eveniment {type} nu admite acest format al datelor; este admis: {want}.",
		EN: "The event type {type} does not allow this form of data; allowed is: {want}.",
		RU: "Тип события {type} не допускает этот формат данных; допускается: {want}.",
	}, Text{
		RO: "Transmiteți datele în formatul declarat în catalog.",
		EN: "Send the data in the form that the catalogue declares.",
		RU: "Передайте данные в формате, объявленном в каталоге.",
	}},
	EventNoEntitlement: {Refused, Caller, ByBoth, Text{
		RO: "Sistemul {system} nu are un acord pentru evenimentele {type}.",
		EN: "The system {system} has no agreement for the events {type}.",
		RU: "У системы {system} нет соглашения на события {type}.",
	}, Text{
		RO: "Depuneți o cerere de acces către titularul tipului de eveniment.",
		EN: "Submit an access request to the owner of the event type.",
		RU: "Подайте владельцу типа события заявку на доступ.",
	}},
	EventAccount: {Refused, Caller, ByBoth, Text{
		RO: "Evenimentul nu conține la {path} valoarea „{name}” pe care jurnalul trebuie să o păstreze.",
		EN: "The event does not contain at {path} the value “{name}”, which the journal must keep.",
		RU: "Событие не содержит по пути {path} значения «{name}», которое должен хранить журнал.",
	}, Text{
		RO: "Corectați modul de evidență din acord sau datele evenimentului.",
		EN: "Correct the account section of the agreement, or the data of the event.",
		RU: "Исправьте порядок учёта в соглашении либо данные события.",
	}},
	EventOpaque: {Refused, Caller, ByBoth, Text{
		RO: "Datele evenimentului {type} nu sunt JSON și nu pot fi reduse la câmpurile acordate.",
		EN: "The data of the event {type} are not JSON and cannot be cut to the granted fields.",
		RU: "Данные события {type} представлены не в формате JSON и не могут быть ограничены предоставленными полями.",
	}, Text{
		RO: "Acordați conținutul integral sau produceți evenimentul în JSON.",
		EN: "Grant the whole content, or produce the event in JSON.",
		RU: "Предоставьте содержимое целиком либо производите событие в JSON.",
	}},
	EventRule: {Invalid, Caller, ByConsumer, Text{
		RO: "Valoarea încalcă o regulă a schemei: {rule}.",
		EN: "The value is against a rule of the schema: {rule}.",
		RU: "Значение нарушает правило схемы: {rule}.",
	}, correct},
	SystemUnknown: {Refused, Caller, ByOperator, Text{
		RO: "Sistemul {system} nu este înregistrat.",
		EN: "The system {system} is not registered.",
		RU: "Система {system} не зарегистрирована.",
	}, Text{
		RO: "Înregistrați sistemul la operatorul platformei.",
		EN: "Register the system with the operator of the platform.",
		RU: "Зарегистрируйте систему у оператора платформы.",
	}},
	SystemNotProducer: {Refused, Caller, ByOperator, Text{
		RO: "Sistemul {system} nu este înregistrat ca producător de evenimente.",
		EN: "The system {system} is not registered as a producer of events.",
		RU: "Система {system} не зарегистрирована как производитель событий.",
	}, Text{
		RO: "Cereți operatorului platformei rolul de producător.",
		EN: "Ask the operator of the platform for the role of producer.",
		RU: "Запросите у оператора платформы роль производителя.",
	}},
	AgreementAccount: {Refused, Caller, ByBoth, Text{
		RO: "Acordul {agreement} nu stabilește modul de evidență a utilizării datelor cu caracter personal.",
		EN: "The agreement {agreement} does not say how the use of personal data is recorded.",
		RU: "Соглашение {agreement} не определяет порядок учёта получения персональных данных.",
	}, Text{
		RO: "Completați acordul cu temeiul, motivul și subiectul utilizării datelor.",
		EN: "Complete the agreement with the basis, the reason and the subject of the use.",
		RU: "Дополните соглашение основанием, причиной и субъектом получения данных.",
	}},
	EventSchema: {Invalid, Caller, ByOperator, Text{
		RO: "Schema JSON nu este corectă: {what}.",
		EN: "The JSON Schema is not correct: {what}.",
		RU: "Схема JSON некорректна: {what}.",
	}, amend},
	EventExpression: {Invalid, Caller, ByOperator, Text{
		RO: "Filtrul nu poate fi aplicat: {what}.",
		EN: "The filter cannot be applied: {what}.",
		RU: "Фильтр не может быть применён: {what}.",
	}, amend},
	EventPath: {Invalid, Caller, ByOperator, Text{
		RO: "Valoarea nu este o cale spre o valoare din date, de exemplu $.ChildIDNP.",
		EN: "The value is not a path to one value in the data, such as $.ChildIDNP.",
		RU: "Значение не является путём к одному значению в данных, например $.ChildIDNP.",
	}, amend},
	EventIncompatible: {Conflict, Caller, ByOperator, Text{
		RO: "Schimbarea „{change}” la {path} îi afectează pe consumatori în cadrul aceleiași versiuni majore.",
		EN: "The change “{change}” at {path} breaks consumers within the same major version.",
		RU: "Изменение «{change}» в {path} нарушает работу потребителей в пределах одной основной версии.",
	}, Text{
		RO: "Măriți versiunea majoră și anunțați consumatorii sau păstrați compatibilitatea schemei.",
		EN: "Raise the major version and inform the consumers, or keep the schema compatible.",
		RU: "Повысьте основную версию и уведомите потребителей либо сохраните совместимость схемы.",
	}},
}

// amend is what the author of a manifest must do.
var amend = Text{
	RO: "Corectați manifestul și aplicați-l din nou.",
	EN: "Correct the manifest and apply it again.",
	RU: "Исправьте манифест и примените его снова.",
}
