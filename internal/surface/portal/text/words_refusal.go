package text

import (
	"mconnect"
	"mconnect/fault"
)

// A call, explained check by check.
var (
	Refusal           = say("Refuz", "Refusal", "Отказ")
	CallWord          = say("Apel", "Call", "Вызов")
	RefusalLoginTitle = say("Intrați pentru a vedea de ce", "Log in to see why", "Войдите, чтобы увидеть причину")
	RefusalLogin      = say(
		"Explicația unui apel o văd numai consumatorul, furnizorul și auditorul. Adresa rămâne aceeași după intrare.",
		"Only the consumer, the provider and the auditor see the explanation of a call. The address stays the same after the login.",
		"Объяснение вызова видят только потребитель, поставщик и аудитор. После входа адрес останется прежним.")
	RefusalNoLogin   = say("Pe acest portal încă nu se poate intra.", "Nobody can log in to this portal yet.", "На этом портале пока нельзя войти.")
	CallRefusedState = say("Niciun registru nu a fost întrebat și nicio dată nu a plecat.", "No register was asked and no data left.",
		"Ни один регистр не был запрошен, и никакие данные не были переданы.")
	CallFailedState    = say("Apelul a fost permis, dar nu s-a încheiat cu un răspuns.", "The call was allowed, but did not end with an answer.", "Вызов был разрешён, но не завершился ответом.")
	CallAnsweredState  = say("Apelul a fost permis și a primit răspuns.", "The call was allowed and answered.", "Вызов был разрешён, и ответ получен.")
	CallOpenState      = say("Apelul a fost permis; sfârșitul lui încă nu este înregistrat.", "The call was allowed; its end is not recorded yet.", "Вызов разрешён; его завершение ещё не записано.")
	CallAnsweredTitle  = say("Apelul a primit răspuns", "The call was answered", "На вызов получен ответ")
	ChecksTitle        = say("Verificările", "The checks", "Проверки")
	NoChecks           = say("La verificări nu s-a ajuns.", "No check was reached.", "До проверок не дошло.")
	TraceTitle         = say("Urma tehnică, fără date personale", "The technical trace, without personal data", "Техническая запись без персональных данных")
	TraceLead          = say("Poate fi trimisă oricui repară programul. Identificatorii persoanelor și motivul sunt înlocuiți.", "It can be sent to anybody who repairs the program. Identifiers of persons and the reason are replaced.", "Её можно отправить тому, кто исправляет программу. Идентификаторы лиц и причина заменены.")
	TraceFigure        = say("Urma apelului, JSON", "Trace of the call, JSON", "Запись вызова, JSON")
	DownloadEvidence   = say("Descarcă proba", "Download the evidence", "Скачать доказательство")
	WhoAsked           = say("Cine", "Who", "Кто")
	WhatAsked          = say("Ce", "What", "Что")
	StatedBasis        = say("Temei indicat", "Stated basis", "Указанное основание")
	StatedReason       = say("Motiv indicat", "Stated reason", "Указанная причина")
	StatedUser         = say("Utilizator indicat", "Stated user", "Указанный пользователь")
	StatedEntity       = say("Entitate indicată", "Stated entity", "Указанная организация")
	HiddenFromYou      = say("ascuns: îl vede numai consumatorul", "hidden: only the consumer sees it", "скрыто: видит только потребитель")
	SubjectOfData      = say("Subiectul datelor", "Data subject", "Субъект данных")
	SubjectHidden      = say("ascuns; îl poate vedea numai auditorul, în jurnal", "hidden; only the auditor can see it, in the journal", "скрыт; увидеть может только аудитор, в журнале")
	InJournal          = say("În jurnal", "In the journal", "В журнале")
	WhoSeesThis        = say("Cine vede această pagină", "Who sees this page", "Кто видит эту страницу")
	WhoSeesThisText    = say("Echipa consumatorului, furnizorul (fără motiv și utilizator), personalul platformei și auditorul. Fiecare citire este înregistrată în jurnal.", "The consumer's team, the provider (without reason and user), the platform's staff and the auditor. Each reading is recorded in the journal.", "Команда потребителя, поставщик (без причины и пользователя), персонал платформы и аудитор. Каждое чтение записывается в журнал.")
	OpenAgreement      = say("Deschide acordul", "Open the agreement", "Открыть соглашение")
	AgreementWord      = say("Acordul", "The agreement", "Соглашение")
	checkPassedCount   = plural([3]string{"{n} a trecut", "{n} au trecut", "{n} au trecut"}, [2]string{"{n} passed", "{n} passed"}, [3]string{"{n} пройдена", "{n} пройдены", "{n} пройдено"})
	checkFailedCount   = plural([3]string{"{n} nu a trecut", "{n} nu au trecut", "{n} nu au trecut"}, [2]string{"{n} failed", "{n} failed"}, [3]string{"{n} не пройдена", "{n} не пройдены", "{n} не пройдено"})
	checkFlaggedCount  = plural([3]string{"{n} a fost semnalată", "{n} au fost semnalate", "{n} au fost semnalate"}, [2]string{"{n} was flagged", "{n} were flagged"}, [3]string{"{n} отмечена", "{n} отмечены", "{n} отмечено"})
	checkNotReachCount = plural([3]string{"la {n} nu s-a ajuns", "la {n} nu s-a ajuns", "la {n} nu s-a ajuns"}, [2]string{"{n} was not reached", "{n} were not reached"}, [3]string{"до {n} не дошло", "до {n} не дошло", "до {n} не дошло"})
)

// CheckResult is the result of one check in words.
func CheckResult(r fault.Result) mconnect.Text {
	switch r {
	case fault.Passed:
		return say("a trecut", "passed", "пройдена")
	case fault.Failed:
		return say("nu a trecut", "failed", "не пройдена")
	case fault.Flagged:
		return say("semnalată", "flagged", "отмечена")
	}
	return say("nu s-a ajuns", "not reached", "не дошло")
}

// CheckCount says how many checks had each result, in a sentence without what did not occur.
func CheckCount(checks []fault.Check) mconnect.Text {
	counts := map[fault.Result]int64{}
	for _, c := range checks {
		counts[c.Result]++
	}
	var all mconnect.Text
	for _, one := range []struct {
		result fault.Result
		said   Plural
	}{{fault.Passed, checkPassedCount}, {fault.Failed, checkFailedCount}, {fault.Flagged, checkFlaggedCount},
		{fault.NotReached, checkNotReachCount}} {
		n := counts[one.result]
		switch said := one.said.Of(n); {
		case n == 0:
		case all == mconnect.Text{}:
			all = said
		default:
			all = with(say("{1}, {2}", "{1}, {2}", "{1}, {2}"), all, said)
		}
	}
	return all
}
