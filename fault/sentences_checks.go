package fault

import "mconnect"

// titles name the checks of a verdict for people.
var titles = map[string]Text{
	"system.active": {RO: "Sistemul informațional este activ", EN: "The information system is active",
		RU: "Информационная система активна"},
	"participant.active": {RO: "Participantul este activ", EN: "The participant is active", RU: "Участник активен"},
	"system.role": {RO: "Sistemul este consumator de date", EN: "The system is a data consumer",
		RU: "Система является потребителем данных"},
	"network": {RO: "Apelul vine dintr-o rețea permisă", EN: "The call comes from an allowed network",
		RU: "Вызов поступил из разрешённой сети"},
	"service.active": {RO: "Serviciul este disponibil", EN: "The service is available", RU: "Сервис доступен"},
	"event.published": {RO: "Tipul de eveniment este publicat", EN: "The event type is published",
		RU: "Тип события опубликован"},
	"account.complete": {RO: "Acordul stabilește modul de evidență a utilizării datelor",
		EN: "The agreement says how the use of data is recorded",
		RU: "Соглашение определяет порядок учёта получения данных"},
	"agreement.exists": {RO: "Există un acord", EN: "There is an agreement", RU: "Соглашение существует"},
	"agreement.status": {RO: "Acordul nu este suspendat sau reziliat",
		EN: "The agreement is not suspended or terminated", RU: "Соглашение не приостановлено и не расторгнуто"},
	"agreement.period": {RO: "Acordul este în vigoare", EN: "The agreement is in force", RU: "Соглашение действует"},
	"agreement.version": {RO: "Acordul acoperă versiunea serviciului",
		EN: "The agreement covers the version of the service", RU: "Соглашение охватывает версию сервиса"},
	"context.complete": {RO: "Contextul juridic este complet", EN: "The legal context is complete",
		RU: "Правовой контекст полон"},
	"caller.user": {RO: "Utilizatorul este indicat corect", EN: "The user is stated correctly",
		RU: "Пользователь указан правильно"},
	"caller.entity": {RO: "Entitatea este indicată corect", EN: "The entity is stated correctly",
		RU: "Организация указана правильно"},
	"purpose.basis": {RO: "Temeiul juridic este prevăzut de acord",
		EN: "The agreement provides for the legal basis", RU: "Правовое основание предусмотрено соглашением"},
	"purpose.reason": {RO: "Motivul concret are forma cerută", EN: "The concrete reason has the required form",
		RU: "Конкретная причина имеет требуемую форму"},
	"purpose.period": {RO: "Scopul este valabil la această dată", EN: "The purpose is valid at this time",
		RU: "Цель действует на эту дату"},
	"fields": {RO: "Câmpurile cerute sunt acordate", EN: "The fields asked for are granted",
		RU: "Запрошенные поля предоставлены"},
	"signature": {RO: "Semnătura folosește algoritmi siguri", EN: "The signature uses sound algorithms",
		RU: "Подпись использует надёжные алгоритмы"},
	"rate": {RO: "Ritmul convenit este respectat", EN: "The agreed rate is kept",
		RU: "Согласованная частота соблюдена"},
	"quota": {RO: "Cota zilnică nu este epuizată", EN: "The daily quota is not used up",
		RU: "Дневная квота не исчерпана"},
}

// CheckTitle reports what a check of a verdict examines, as a fact that holds when it passed. An unknown
// name is returned as it is.
func CheckTitle(name string, lang mconnect.Lang) string {
	if t, ok := titles[name]; ok {
		return t.In(lang)
	}
	return name
}
