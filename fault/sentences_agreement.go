package fault

// agreed: what the agreement says.
var agreed = map[Code]Entry{
	AgreementNone: {Refused, Caller, ByBoth, Text{
		RO: "Sistemul {system} nu are un acord pentru serviciul {service}.",
		EN: "The system {system} has no agreement for the service {service}.",
		RU: "У системы {system} нет соглашения на сервис {service}.",
	}, Text{
		RO: "Depuneți o cerere de acces către furnizorul de date.",
		EN: "Submit an access request to the data provider.",
		RU: "Подайте поставщику данных заявку на доступ.",
	}},
	AgreementNotYet: {Refused, Caller, ByConsumer, Text{
		RO: "Acordul {agreement} intră în vigoare la {from}.",
		EN: "The agreement {agreement} enters into force on {from}.",
		RU: "Соглашение {agreement} вступает в силу {from}.",
	}, Text{
		RO: "Repetați cererea după intrarea în vigoare a acordului.",
		EN: "Repeat the request once the agreement is in force.",
		RU: "Повторите запрос после вступления соглашения в силу.",
	}},
	AgreementExpired: {Refused, Caller, ByBoth, Text{
		RO: "Acordul {agreement} și-a încetat valabilitatea la {to}.",
		EN: "The agreement {agreement} ended on {to}.",
		RU: "Срок действия соглашения {agreement} истёк {to}.",
	}, Text{
		RO: "Prelungiți acordul împreună cu furnizorul de date.",
		EN: "Extend the agreement together with the data provider.",
		RU: "Продлите соглашение совместно с поставщиком данных.",
	}},
	AgreementSuspended: {Refused, Caller, ByBoth, Text{
		RO: "Acordul {agreement} este suspendat.",
		EN: "The agreement {agreement} is suspended.",
		RU: "Действие соглашения {agreement} приостановлено.",
	}, Text{
		RO: "Clarificați cu furnizorul de date condițiile de reluare.",
		EN: "Agree with the data provider on the terms for resuming it.",
		RU: "Уточните у поставщика данных условия возобновления.",
	}},
	AgreementHalted: {Refused, Caller, ByBoth, Text{
		RO: "Acordul {agreement} este suspendat din {since} de {side}: {cause}.",
		EN: "The agreement {agreement} has been suspended since {since} by {side}: {cause}.",
		RU: "Действие соглашения {agreement} приостановлено с {since}; приостановил {side}: {cause}.",
	}, Text{
		RO: "Numai partea care a suspendat acordul poate ridica suspendarea; adresați-vă acesteia.",
		EN: "Only the side that suspended the agreement can lift the suspension; ask that side.",
		RU: "Приостановление может снять только сторона, которая его ввела; обратитесь к ней.",
	}},
	SuspensionForeign: {Refused, Caller, ByBoth, Text{
		RO: "Această suspendare o instituie și o ridică numai {side}.",
		EN: "Only {side} sets and lifts this suspension.",
		RU: "Это приостановление вводит и снимает только {side}.",
	}, Text{
		RO: "Alegeți propria parte, sau adresați-vă părții indicate.",
		EN: "Choose your own side, or ask the side that is named.",
		RU: "Выберите свою сторону или обратитесь к указанной стороне.",
	}},
	SuspensionExists: {Conflict, Caller, ByBoth, Text{
		RO: "Acordul {agreement} este deja suspendat de {side}.",
		EN: "{side} has suspended the agreement {agreement} already.",
		RU: "Действие соглашения {agreement} уже приостановлено; приостановил {side}.",
	}, Text{
		RO: "Ridicați mai întâi suspendarea existentă, dacă motivul sau termenul trebuie schimbat.",
		EN: "Lift the present suspension first if its cause or its end is to change.",
		RU: "Чтобы изменить причину или срок, сначала снимите действующее приостановление.",
	}},
	SuspensionNone: {Conflict, Caller, ByBoth, Text{
		RO: "Acordul {agreement} nu este suspendat de {side}.",
		EN: "The agreement {agreement} is not suspended by {side}.",
		RU: "Соглашение {agreement} не приостановлено этой стороной ({side}).",
	}, Text{
		RO: "Deschideți acordul: pagina arată ce suspendări sunt în vigoare.",
		EN: "Open the agreement: its page shows which suspensions hold.",
		RU: "Откройте соглашение: на странице указаны действующие приостановления.",
	}},
	AgreementTerminated: {Refused, Caller, ByBoth, Text{
		RO: "Acordul {agreement} este reziliat.",
		EN: "The agreement {agreement} has been terminated.",
		RU: "Соглашение {agreement} расторгнуто.",
	}, Text{
		RO: "Încheiați un acord nou cu furnizorul de date.",
		EN: "Conclude a new agreement with the data provider.",
		RU: "Заключите с поставщиком данных новое соглашение.",
	}},
	AgreementVersion: {Refused, Caller, ByBoth, Text{
		RO: "Acordul {agreement} acoperă versiunile {range} ale serviciului, nu și versiunea {version}.",
		EN: "The agreement {agreement} covers the versions {range} of the service, not version {version}.",
		RU: "Соглашение {agreement} охватывает версии сервиса {range}, но не версию {version}.",
	}, Text{
		RO: "Apelați o versiune acoperită de acord sau modificați acordul.",
		EN: "Call a version that the agreement covers, or amend the agreement.",
		RU: "Вызовите версию, охваченную соглашением, либо измените соглашение.",
	}},
	PurposeUnknown: {Refused, Caller, ByConsumer, Text{
		RO: "Temeiul juridic din CallBasis nu este prevăzut de acord; sunt acceptate: {accepted}.",
		EN: "The agreement does not provide for the legal basis in CallBasis; accepted are: {accepted}.",
		RU: "Правовое основание в CallBasis не предусмотрено соглашением; принимаются: {accepted}.",
	}, Text{
		RO: "Indicați temeiul juridic prevăzut de acord sau modificați acordul.",
		EN: "State a legal basis that the agreement provides for, or amend the agreement.",
		RU: "Укажите правовое основание, предусмотренное соглашением, либо измените соглашение.",
	}},
	PurposeReason: {Refused, Caller, ByConsumer, Text{
		RO: "CallReason nu are forma cerută pentru scopul „{purpose}”: {form}.",
		EN: "CallReason does not have the form required for the purpose “{purpose}”: {form}.",
		RU: "CallReason не имеет формы, требуемой для цели «{purpose}»: {form}.",
	}, Text{
		RO: "Indicați motivul concret al cererii în forma cerută.",
		EN: "State the concrete reason of the request in the required form.",
		RU: "Укажите конкретную причину запроса в требуемой форме.",
	}},
	PurposeNotYet: {Refused, Caller, ByConsumer, Text{
		RO: "Scopul „{purpose}” este valabil de la {from}.",
		EN: "The purpose “{purpose}” is valid from {from}.",
		RU: "Цель «{purpose}» действует с {from}.",
	}, Text{
		RO: "Repetați cererea după această dată.",
		EN: "Repeat the request after that date.",
		RU: "Повторите запрос после этой даты.",
	}},
	PurposeExpired: {Refused, Caller, ByBoth, Text{
		RO: "Scopul „{purpose}” și-a încetat valabilitatea la {to}.",
		EN: "The validity of the purpose “{purpose}” ended on {to}.",
		RU: "Срок действия цели «{purpose}» истёк {to}.",
	}, Text{
		RO: "Prelungiți valabilitatea scopului prin modificarea acordului.",
		EN: "Extend the validity of the purpose by amending the agreement.",
		RU: "Продлите срок действия цели, изменив соглашение.",
	}},
	FieldNotGranted: {Refused, Caller, ByConsumer, Text{
		RO: "Câmpul {field} nu este acordat pentru scopul „{purpose}”.",
		EN: "The field {field} is not granted for the purpose “{purpose}”.",
		RU: "Поле {field} не предоставлено для цели «{purpose}».",
	}, Text{
		RO: "Cereți numai câmpurile acordate sau modificați acordul.",
		EN: "Ask for granted fields only, or amend the agreement.",
		RU: "Запрашивайте только предоставленные поля либо измените соглашение.",
	}},
	QuotaUsedUp: {Throttled, Caller, ByConsumer, Text{
		RO: "Cota zilnică de apeluri ({limit}) este epuizată.",
		EN: "The daily quota of calls ({limit}) is used up.",
		RU: "Дневная квота вызовов ({limit}) исчерпана.",
	}, Text{
		RO: "Repetați după miezul nopții sau conveniți cu furnizorul de date o cotă mai mare.",
		EN: "Repeat after midnight, or agree on a larger quota with the data provider.",
		RU: "Повторите после полуночи либо согласуйте с поставщиком данных большую квоту.",
	}},
	RateExceeded: {Throttled, Caller, ByConsumer, Text{
		RO: "Ritmul convenit de apeluri pe secundă ({limit}) este depășit.",
		EN: "The agreed rate of calls per second ({limit}) is exceeded.",
		RU: "Согласованная частота вызовов в секунду ({limit}) превышена.",
	}, Text{
		RO: "Reduceți ritmul și repetați cererea.",
		EN: "Reduce the rate and repeat the request.",
		RU: "Снизьте частоту и повторите запрос.",
	}},
}
