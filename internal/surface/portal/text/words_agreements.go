package text

import (
	"time"

	"mconnect"
)

// Agreements.
var (
	Agreements      = say("Acorduri", "Agreements", "Соглашения")
	Agreement       = say("Acord", "Agreement", "Соглашение")
	AgreementsTitle = say("Cine poate folosi datele cui", "Who may use whose data", "Кто чьи данные может использовать")
	AgreementsLead  = say(
		"Fiecare acord: ce instituție, ce date, pentru ce scop și în ce temei. Fără nume de persoane.",
		"Each agreement: which institution, which data, for which purpose and on which basis. Persons are not named.",
		"Каждое соглашение: какое учреждение, какие данные, для какой цели и на каком основании. Без имён лиц.")
	SearchAgreements        = say("Caută un acord", "Search for an agreement", "Найти соглашение")
	SearchAgreementsExample = say("primărie, GetPerson, ajutor social", "town hall, GetPerson, social aid",
		"примэрия, GetPerson, социальная помощь")
	AllAgreements  = say("Toate acordurile", "All agreements", "Все соглашения")
	AgreementCount = plural([3]string{"{n} acord", "{n} acorduri", "{n} de acorduri"},
		[2]string{"{n} agreement", "{n} agreements"}, [3]string{"{n} соглашение", "{n} соглашения", "{n} соглашений"})
	Consumer       = say("Consumator de date", "Data consumer", "Потребитель данных")
	WhatData       = say("Ce date", "Which data", "Какие данные")
	ForWhat        = say("Pentru ce", "For what", "Для чего")
	State          = say("Stare", "State", "Состояние")
	FirstPage      = say("De la început", "From the beginning", "С начала")
	Purposes       = say("Scopuri", "Purposes", "Цели")
	LegalBasis     = say("Temei juridic", "Legal basis", "Правовое основание")
	ReasonForm     = say("Motivul concret", "Concrete reason", "Конкретная причина")
	GrantedFields  = say("Câmpuri acordate", "Granted fields", "Предоставленные поля")
	EveryField     = say("toate câmpurile", "every field", "все поля")
	Quota          = say("Cotă", "Quota", "Квота")
	Validity       = say("Valabil", "Valid", "Действует")
	Service        = say("Serviciu", "Service", "Услуга")
	NoPersonsNamed = say("Pagina este publică și nu numește persoane.", "This page is public and names no persons.",
		"Страница публична и не называет лиц.")

	AgreementInForce    = say("În vigoare.", "In force.", "Действует.")
	AgreementTerminated = say("Încetat.", "Terminated.", "Прекращено.")
	AgreementSuspended  = say("Suspendat: apelurile sunt refuzate.", "Suspended: calls are refused.",
		"Приостановлено: вызовы отклоняются.")
)

// AgreementOf is the title of an agreement.
func AgreementOf(consumer mconnect.Text, subject string) mconnect.Text {
	return with(say("{1}: {2}", "{1}: {2}", "{1}: {2}"), consumer, Plain(subject))
}

// AgreementBegins says that an agreement is not in force yet.
func AgreementBegins(t time.Time) mconnect.Text {
	return with(say("Începe la {1}.", "Begins on {1}.", "Начинается {1}."), OnDate(t))
}

// AgreementEnded says that an agreement has ended; to is the moment after its last day.
func AgreementEnded(to time.Time) mconnect.Text {
	return with(say("A expirat: ultima zi a fost {1}.", "Expired: its last day was {1}.",
		"Истекло: последний день был {1}."), OnDate(to.Add(-time.Nanosecond)))
}

// AgreementInForceUntil says how long an agreement is in force; to is the moment after its last day.
func AgreementInForceUntil(to time.Time) mconnect.Text {
	return with(say("În vigoare până la {1}.", "In force until {1}.", "Действует до {1}."),
		OnDate(to.Add(-time.Nanosecond)))
}

var callsADay = plural([3]string{"{n} apel pe zi", "{n} apeluri pe zi", "{n} de apeluri pe zi"},
	[2]string{"{n} call a day", "{n} calls a day"}, [3]string{"{n} вызов в день", "{n} вызова в день", "{n} вызовов в день"})

// QuotaOf is how many calls a day an agreement allows; 0: without limit.
func QuotaOf(perDay int64) mconnect.Text {
	if perDay == 0 {
		return say("fără limită zilnică", "no daily limit", "без дневного предела")
	}
	return callsADay.Of(perDay)
}

// PeriodOf is a period; a zero time is open. to is the moment after the last day.
func PeriodOf(from, to time.Time) mconnect.Text {
	last := OnDate(to.Add(-time.Nanosecond))
	switch {
	case from.IsZero() && to.IsZero():
		return say("fără termen", "without end", "бессрочно")
	case to.IsZero():
		return with(say("de la {1}, fără termen", "from {1}, without end", "с {1}, бессрочно"), OnDate(from))
	case from.IsZero():
		return with(say("până la {1}", "until {1}", "до {1}"), last)
	}
	return with(say("de la {1} până la {2}", "from {1} until {2}", "с {1} по {2}"), OnDate(from), last)
}
