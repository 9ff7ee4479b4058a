package cli

import (
	"fmt"

	"mconnect"
)

// text makes a sentence in the three languages. All of them take the same arguments, in the same order.
func text(ro, en, ru string) mconnect.Text { return mconnect.Text{RO: ro, EN: en, RU: ru} }

// The results and questions of the commands. Labels before numbers need no plural forms. Faults have sentences of their
// own, in package fault; heads of columns and members of JSON are names and stay English.
var (
	sayUnchanged = text("Nu este nimic de modificat.", "Nothing to change.", "Изменений нет.")
	sayApplied   = text("Aplicat. Create: %d, actualizate: %d, neschimbate: %d%s.",
		"Applied: %d created, %d updated, %d unchanged%s.",
		"Применено. Создано: %d, обновлено: %d, без изменений: %d%s.")
	sayDryRun = text("Simulare, nu s-a modificat nimic. De creat: %d, de actualizat: %d, neschimbate: %d%s.",
		"Dry run, nothing was changed: %d created, %d updated, %d unchanged%s.",
		"Пробный запуск, ничего не изменено. Создать: %d, обновить: %d, без изменений: %d%s.")
	sayAlsoRemoved = text(", eliminate: %d", ", %d removed", ", удалено: %d") // the last argument of the two above
	askRemove      = text("Resurse de eliminat: %d. Continuați? [d/N] ", "Remove these %d resources? [y/N] ",
		"Будет удалено ресурсов: %d. Продолжить? [д/Н] ")
	sayNotChanged = text("nu s-a modificat nimic", "nothing was changed", "ничего не изменено")

	sayBackupWhole = text("Copia de rezervă %s din %s este integră: %s.", "The backup %s of %s is whole: %s.",
		"Резервная копия %s от %s целостна: %s.")
	sayRecordsMissing = text("Înregistrări semnate care lipsesc din această copie: %d; punctul de control al lor este acum %s.",
		"%d records that were signed are not in this backup; the checkpoint over them is now %s.",
		"Подписанных записей, которых нет в этой копии: %d; их контрольная точка теперь %s.")
	sayConfigUsable = text("Configurația poate fi folosită.", "The configuration is usable.", "Конфигурация пригодна.")
	sayManPages     = text("Pagini de manual scrise în %[2]s: %[1]d.", "%d manual pages written to %s.",
		"Страниц руководства записано в %[2]s: %[1]d.")

	sayDeadCorrected = text("Evenimentul nelivrat %s a fost corectat; comanda requeue îl livrează.",
		"Dead event %s: corrected; requeue delivers it.",
		"Недоставленное событие %s исправлено; команда requeue доставит его.")
	sayDeadRequeued = text("Evenimentul nelivrat %s se livrează din nou grupului său.",
		"Dead event %s: on its way to its group again.", "Недоставленное событие %s снова доставляется своей группе.")
	sayDeadDropped = text("S-a renunțat la evenimentul nelivrat %s.", "Dead event %s: given up.",
		"Доставка события %s прекращена.")

	sayReplayed = text("Evenimente livrate încă o dată grupului %[2]s al sistemului %[3]s: %[1]d.",
		"%d events are delivered once more to group %s of %s.",
		"Событий доставляется повторно группе %[2]s системы %[3]s: %[1]d.")
	sayWouldReplay = text("Evenimente care s-ar livra încă o dată grupului %[2]s al sistemului %[3]s: %[1]d.",
		"%d events would be delivered once more to group %s of %s.",
		"Событий было бы доставлено повторно группе %[2]s системы %[3]s: %[1]d.")
	sayReplayDetails = text(
		"  de la       indexul %d, acceptat %s\n  până la     indexul %d, acceptat %s\n"+
			"  anterior    confirmate sau trecute: %d\n  partiții    %s\n",
		"  from        index %d, accepted %s\n  to          index %d, accepted %s\n"+
			"  before      %d of them were acknowledged or passed over\n  partitions  %s\n",
		"  от          индекс %d, принято %s\n  до          индекс %d, принято %s\n"+
			"  ранее       подтверждено или пропущено: %d\n  разделы     %s\n")

	sayWebhookAccepts = text("Webhook-ul acceptă evenimente. Eveniment de test %s, de la nodul %s, înregistrarea %d din jurnal.",
		"The webhook accepts events. Test event %s, from node %s, record %d of the journal.",
		"Вебхук принимает события. Тестовое событие %s, от узла %s, запись журнала %d.")
	sayWebhookRefuses = text("Webhook-ul nu acceptă evenimente. Eveniment de test %s, de la nodul %s, înregistrarea %d din jurnal.",
		"The webhook does not accept events. Test event %s, from node %s, record %d of the journal.",
		"Вебхук не принимает события. Тестовое событие %s, от узла %s, запись журнала %d.")
	sayWaits = text("\n%s %s așteaptă din %s; încercări: %d, următoarea la %s",
		"\n%s %s waits since %s: %d attempts, the next at %s",
		"\n%s %s ожидает с %s; попыток: %d, следующая в %s")

	sayJournalWhole = text("Jurnalul este integru: înregistrări %d, loturi %d, de la %s până la %s, toate semnate. Verificat în %s.",
		"The journal is whole: %d records in %d batches, from %s to %s, all signed. Checked in %s.",
		"Журнал целостен: записей %d, пакетов %d, с %s по %s, все подписаны. Проверено за %s.")
	sayStoreDiffers = text("Jurnalul în sine este integru: înregistrări %d, loturi %d. Baza de date NU corespunde celor înregistrate:",
		"The journal is whole by itself: %d records in %d batches. The store beside it is NOT what was recorded:",
		"Сам журнал целостен: записей %d, пакетов %d. База данных НЕ соответствует записанному:")
	sayJournalBroken = text("Jurnalul NU este integru. Prima eroare: %s.\nÎnregistrări anterioare, identice cu cele semnate: %d.",
		"The journal is NOT whole. First bad: %s.\nBefore it, %d records are as they were signed.",
		"Журнал НЕ целостен. Первая ошибка: %s.\nЗаписей до неё, совпадающих с подписанными: %d.")
	sayProven = text("Înregistrarea are indexul %d în jurnalul semnat cu %d înregistrări:",
		"The record stands at index %d of the journal signed over %d records:",
		"Запись имеет индекс %d в журнале, подписанном при числе записей %d:")
	sayMoreBefore = text("Mai multe: adăugați --before %d", "More: add --before %d", "Ещё: добавьте --before %d")
	sayShown      = text("Afișate: %d din %d; --limit afișează mai multe.", "%d of %d shown; --limit shows more.",
		"Показано: %d из %d; --limit покажет больше.")

	sayAndMore  = text("  și încă %d erori", "  and %d more", "  и ещё ошибок: %d")
	sayProvider = text("  furnizorul comunică: %s", "  the provider says: %s", "  поставщик сообщает: %s")
	sayCause    = text("  cauza: %s", "  cause: %s", "  причина: %s")
)

// The sentences of tables without rows.
var (
	nobodyKnown = text("Nu există nicio persoană.", "There is no person.", "Нет ни одного лица.")
	noErasure   = text("Nu a fost propusă nicio ștergere.", "No erasure was proposed.", "Удаление не предлагалось.")
	noGroup     = text("Niciun grup nu a citit încă.", "No group has read yet.", "Ни одна группа ещё не читала.")
	noSuchEvent = text("Jurnalul de evenimente nu conține acest eveniment de la această sursă.",
		"The log does not hold this event under this source.",
		"Журнал событий не содержит этого события от этого источника.")
	acceptedUnread = text("Acceptat la indexul %d; niciun grup nu a citit încă.",
		"Accepted at index %d; no group has read yet.", "Принято под индексом %d; ни одна группа ещё не читала.")
	noDeadEvent = text("Nu există evenimente nelivrate.", "No dead event.", "Недоставленных событий нет.")
	noEvent     = text("Nu a existat niciun eveniment.", "There was no event.", "Событий не было.")
	noEventType = text("Nu este declarat niciun tip de eveniment.", "No event type is declared.",
		"Типы событий не объявлены.")
	noImpact      = text("Nu se schimbă nimic.", "Nothing changes.", "Ничего не меняется.")
	noAttempt     = text("Nu s-a făcut încă nicio încercare.", "No attempt was made yet.", "Попыток ещё не было.")
	nothingFound  = text("Nu s-a găsit nimic.", "Nothing found.", "Ничего не найдено.")
	noCertificate = text("Nu a fost emis încă niciun certificat.", "No certificate was issued yet.",
		"Сертификаты ещё не выданы.")
	noService  = text("Nu s-a găsit niciun serviciu.", "No service found.", "Сервисы не найдены.")
	noResource = text("Nu există niciuna.", "There are none.", "Ни одного нет.")
)

// printSentence writes a result to the output: one sentence and the end of the line.
func (s *session) printSentence(t mconnect.Text, args ...any) error {
	_, err := fmt.Fprintln(s.out, s.sentence(t, args...))
	return err
}

// sentence is a text with its arguments, in the language of the command line.
func (s *session) sentence(t mconnect.Text, args ...any) string {
	return fmt.Sprintf(s.say(t), args...)
}

// withArguments puts the arguments into each of the three sentences.
func withArguments(t mconnect.Text, args ...any) mconnect.Text {
	return text(fmt.Sprintf(t.RO, args...), fmt.Sprintf(t.EN, args...), fmt.Sprintf(t.RU, args...))
}

// agrees reports whether the answer to a question is yes, in any of the three languages.
func agrees(answer string) bool { return isYes[answer] }

var isYes = map[string]bool{"y": true, "yes": true, "d": true, "da": true, "д": true, "да": true}
