package text

import (
	"time"

	"mconnect"
)

// The page of one request.
var (
	AttachThere   = say("Fișierele se atașează pe pagina cererii.", "Files are attached on the page of the request.", "Файлы прикрепляются на странице заявки.")
	NextToDo      = say("Ce urmează", "What comes next", "Что дальше")
	YouAreAwaited = say("Vă așteaptă pe dumneavoastră.", "It waits for you.", "Ожидает вашего действия.")
	OtherActions  = say("Alte acțiuni", "Other actions", "Другие действия")
	NothingNext   = say("Nu mai urmează nimic.", "Nothing follows.", "Дальнейших действий нет.")
	ContinueForm  = say("Continuă formularul", "Continue the form", "Продолжить форму")
	ReasonLabel   = say("Motivul", "Reason", "Причина")
	ReasonForAll  = say("Îl citesc toate părțile cererii. Nu scrieți date despre persoane.",
		"All parties of the request read it. Write no data about persons.",
		"Его читают все стороны заявки. Не пишите данных о лицах.")

	Period     = say("Termenul de decizie", "Period of the decision", "Срок решения")
	PeriodLaw  = say("Legea nr. 142/2018, art. 7 alin. (2) lit. a)", "Law 142/2018, art. 7(2)(a)", "Закон № 142/2018, ст. 7 ч. (2) п. a)")
	PeriodRuns = say("Termenul nu se oprește cât răspunde solicitantul. Dacă trece, nu se consideră acord tacit: operatorul este alertat.",
		"The period does not stop while the applicant answers. When it ends, nothing is granted tacitly: the operator is alerted.",
		"Срок не останавливается, пока отвечает заявитель. По его истечении согласие не считается данным: уведомляется оператор.")
	FiledOn     = say("{1}, depusă", "{1}, filed", "{1}, подана")
	LegalLimit  = say("{1}, termenul legal", "{1}, legal limit", "{1}, законный срок")
	PeriodEnded = say("Decizia a fost emisă.", "The decision was issued.", "Решение принято.")
	ExtendedWhy = say("Prelungit cu 15 zile:", "Extended by 15 days:", "Продлён на 15 дней:")

	OpenPoints     = say("Ce s-a cerut de schimbat", "What is asked to be changed", "Что просят изменить")
	Resolved       = say("rezolvat", "resolved", "решено")
	WhatChanged    = say("Ce s-a schimbat", "What has changed", "Что изменилось")
	NothingChanged = say("Răspunsurile sunt aceleași ca în versiunea anterioară.",
		"The answers are those of the version before.", "Ответы те же, что в предыдущей версии.")

	Messages   = say("Mesaje", "Messages", "Сообщения")
	NoMessages = say("Încă niciun mesaj. Întrebările și răspunsurile părților apar aici.",
		"No message yet. Questions and answers of the parties appear here.",
		"Сообщений пока нет. Здесь появляются вопросы и ответы сторон.")
	YourMessage    = say("Mesajul dumneavoastră", "Your message", "Ваше сообщение")
	MessageReaders = say("Îl citesc solicitantul, furnizorul și operatorul. Nu scrieți date despre persoane.",
		"The applicant, the provider and the operator read it. Write no data about persons.",
		"Его читают заявитель, поставщик и оператор. Не пишите данных о лицах.")
	Send         = say("Trimite", "Send", "Отправить")
	InternalNote = say("Notă internă", "Internal note", "Внутренняя заметка")
	NoteReaders  = say("O citesc numai colegii din instituția dumneavoastră.", "Only colleagues of your institution read it.",
		"Её читают только коллеги из вашего учреждения.")
	KeepNote = say("Păstrează nota", "Keep the note", "Сохранить заметку")

	Files        = say("Fișiere atașate", "Attached files", "Прикреплённые файлы")
	NoFiles      = say("Niciun fișier atașat.", "No file is attached.", "Файлов нет.")
	AttachFile   = say("Atașează un fișier", "Attach a file", "Прикрепить файл")
	AttachButton = say("Atașează", "Attach", "Прикрепить")
	FileRules    = say("PDF, JPG sau PNG, cel mult 10 MB.", "PDF, JPG or PNG, at most 10 MB.", "PDF, JPG или PNG, не более 10 МБ.")
	NoFileChosen = say("Alegeți un fișier.", "Choose a file.", "Выберите файл.")

	Documents   = say("Documente", "Documents", "Документы")
	NoDocuments = say("Documentele apar la depunere și la fiecare decizie.", "Documents appear when the request is filed and with each decision.",
		"Документы появляются при подаче и при каждом решении.")
	DocumentName = say("Document", "Document", "Документ")
	DocumentDate = say("Data", "Date", "Дата")
	VerifyCode   = say("Cod de verificare", "Verification code", "Код проверки")
	SignedJSON   = say("Conținutul versiunii (JSON)", "Content of the version (JSON)", "Содержание версии (JSON)")

	TheRefusal    = say("Refuzul", "The refusal", "Отказ")
	RefusalCodeIs = say("Temeiul refuzului", "Ground of the refusal", "Основание отказа")
	Facts         = say("Faptele", "Facts", "Факты")
	TheLaw        = say("Norma", "Law", "Норма")
	HowToRemove   = say("Ce ar înlătura obstacolul", "What would remove the obstacle", "Что устранит препятствие")
	AppealPath    = say("Calea de atac", "How to appeal", "Порядок обжалования")

	TheVerdict  = say("Decizia furnizorului", "The provider's decision", "Решение поставщика")
	Purpose     = say("Scop", "Purpose", "Цель")
	Decision    = say("Decizia", "Decision", "Решение")
	Granted     = say("acordat", "granted", "предоставлено")
	NotGranted  = say("refuzat", "refused", "отказано")
	Conditions  = say("Condiții", "Conditions", "Условия")
	TestReport  = say("Teste", "Tests", "Тесты")
	TestPassed  = say("trecut", "passed", "пройден")
	TestFailed  = say("picat", "failed", "не пройден")
	NoValidCert = say("Sistemul nu are un certificat valabil. Integratorul îl înregistrează la „Sisteme”.",
		"The system has no valid certificate. The integrator registers one under “Systems”.",
		"У системы нет действительного сертификата. Интегратор регистрирует его в разделе «Системы».")

	Course     = say("Parcurs", "Course", "Ход")
	Now        = say("acum", "now", "сейчас")
	ByPlatform = say("platforma", "the platform", "платформа")
	PrintView  = say("Cererea, pentru tipar", "The request, for print", "Заявка, для печати")
	CopyToNew  = say("Copiază într-o ciornă nouă", "Copy to a new draft", "Скопировать в новый черновик")
	BasedOn    = say("Acordul", "Agreement", "Соглашение")
	VersionTag = say("versiunea {1}", "version {1}", "версия {1}")

	PrintLead = say("Toate întrebările formularului, și cele care nu se aplică acestei cereri.",
		"All questions of the form, also those that do not apply to this request.",
		"Все вопросы формы, включая неприменимые к этой заявке.")
	NotApplicable = say("nu se aplică", "does not apply", "неприменимо")
	MustAnswer    = say("obligatoriu", "mandatory", "обязательно")
	PossibleAre   = say("Răspunsuri posibile:", "Possible answers:", "Возможные ответы:")
	DownloadFile  = say("Descarcă", "Download", "Скачать")
)

// VersionOf names a version.
func VersionOf(n int64) mconnect.Text { return with(VersionTag, numeral(n)) }

// FiledAt and LimitAt are the ends of the scale of a period.
func FiledAt(t time.Time) mconnect.Text { return with(FiledOn, OnDate(t)) }

// LimitAt is the end of the period.
func LimitAt(t time.Time) mconnect.Text { return with(LegalLimit, OnDate(t)) }

// DaysPassed says how the days of a period were spent.
func DaysPassed(day, waiting int64) mconnect.Text {
	if waiting == 0 {
		return with(say("Au trecut: {1}.", "Passed: {1}.", "Прошло: {1}."), Days(day))
	}
	return with(say("Au trecut: {1}, din care la solicitant: {2} (hașurat).",
		"Passed: {1}, of them with the applicant: {2} (hatched).",
		"Прошло: {1}, из них у заявителя: {2} (заштриховано)."), Days(day), Days(waiting))
}

// ChangedBetween is the caption of a comparison of two versions.
func ChangedBetween(before, after int64) mconnect.Text {
	return with(say("{1} față de {2}", "{1} compared with {2}", "{1} по сравнению с {2}"), VersionOf(after), VersionOf(before))
}

// AwaitedRoles says who can do what is due.
func AwaitedRoles(what, roles, whose mconnect.Text) mconnect.Text {
	return with(say("{1}: poate {2}, {3}.", "{1}: {2} of {3} can.", "{1}: может {2}, {3}."), what, roles, whose)
}

// OnlyRolesCan says whose roles allow something.
func OnlyRolesCan(roles string) mconnect.Text {
	return with(say("rolul dumneavoastră nu o permite. Poate: {1}.", "your role does not allow it. Who can: {1}.",
		"ваша роль этого не позволяет. Может: {1}."), Plain(roles))
}

// VerbName is what a button says that does a step.
func VerbName(verb string) mconnect.Text {
	switch verb {
	case "submit":
		return say("Trimite spre semnare", "Hand in for signature", "Передать на подпись")
	case "recall":
		return say("Retrage pentru corectare", "Take back to correct", "Вернуть для исправления")
	case "protect":
		return say("Dă avizul privind protecția datelor", "Give the data protection opinion", "Дать заключение о защите данных")
	case "sign":
		return say("Semnează", "Sign", "Подписать")
	case "decline":
		return say("Nu semnează", "Decline to sign", "Отказаться от подписи")
	case "check":
		return say("Verifică cererea", "Check the request", "Проверить заявку")
	case "return":
		return say("Cere modificări", "Ask for changes", "Запросить изменения")
	case "decide":
		return say("Decide câmp cu câmp", "Decide field by field", "Решить по каждому полю")
	case "approve":
		return say("Emite Decizia de conectare", "Issue the Connection Decision", "Вынести Решение о подключении")
	case "refuse":
		return say("Refuză cererea", "Refuse the request", "Отклонить заявку")
	case "test":
		return say("Rulează testele", "Run the tests", "Запустить тесты")
	case "start":
		return say("Pornește acordul", "Start the agreement", "Запустить соглашение")
	case "withdraw":
		return say("Retrage cererea", "Withdraw the request", "Отозвать заявку")
	case "extend":
		return say("Prelungește termenul", "Extend the period", "Продлить срок")
	}
	return say("Acționează", "Act", "Действовать")
}

// EventName says what happened.
func EventName(verb string) mconnect.Text {
	switch verb {
	case "create":
		return say("Ciornă începută", "Draft begun", "Черновик начат")
	case "save":
		return say("Răspunsuri salvate", "Answers saved", "Ответы сохранены")
	case "attach":
		return say("Fișier atașat", "File attached", "Файл прикреплён")
	case "submit":
		return say("Trimisă mai departe", "Handed in", "Передана дальше")
	case "recall":
		return say("Luată înapoi pentru corectare", "Taken back to correct", "Возвращена для исправления")
	case "protect":
		return say("Aviz privind protecția datelor", "Data protection opinion", "Заключение о защите данных")
	case "sign":
		return say("Semnată și depusă", "Signed and filed", "Подписана и подана")
	case "decline":
		return say("Nesemnată", "Not signed", "Не подписана")
	case "check":
		return say("Verificată de operator", "Checked by the operator", "Проверена оператором")
	case "return":
		return say("Modificări cerute", "Changes asked for", "Запрошены изменения")
	case "decide":
		return say("Decizia furnizorului", "The provider's decision", "Решение поставщика")
	case "approve":
		return say("Decizia de conectare", "Connection Decision", "Решение о подключении")
	case "refuse":
		return say("Refuzată", "Refused", "Отклонена")
	case "test":
		return say("Teste rulate", "Tests run", "Тесты проведены")
	case "start":
		return say("Acord pornit", "Agreement started", "Соглашение запущено")
	case "withdraw":
		return say("Retrasă", "Withdrawn", "Отозвана")
	case "message":
		return say("Mesaj", "Message", "Сообщение")
	case "note":
		return say("Notă internă", "Internal note", "Внутренняя заметка")
	case "assign":
		return say("Repartizată", "Assigned", "Распределена")
	case "extend":
		return say("Termen prelungit", "Period extended", "Срок продлён")
	case "lapse":
		return say("Stinsă prin trecerea timpului", "Lapsed", "Утратила силу")
	case "form":
		return say("Formular nou preluat", "Current form taken", "Принята новая форма")
	}
	return Plain(verb)
}

// DocumentOf names a kind of document.
func DocumentOf(kind string) mconnect.Text {
	switch kind {
	case "request":
		return say("Cererea semnată", "Signed request", "Подписанная заявка")
	case "provider_decision":
		return say("Decizia furnizorului", "Provider's decision", "Решение поставщика")
	case "connection_decision":
		return say("Decizia de conectare", "Connection Decision", "Решение о подключении")
	case "refusal":
		return say("Refuzul", "Refusal", "Отказ")
	case "test_report":
		return say("Raportul testelor", "Test report", "Отчёт о тестах")
	case "agreement":
		return say("Acordul", "Agreement", "Соглашение")
	}
	return Plain(kind)
}

// RefusalName names a code of refusal.
func RefusalName(code string) mconnect.Text {
	switch code {
	case "no_basis":
		return say("fără temei juridic", "no legal basis", "нет правового основания")
	case "basis_not_in_force":
		return say("temeiul nu este în vigoare", "the basis is not in force", "основание не действует")
	case "outside_mandate":
		return say("în afara atribuțiilor solicitantului", "outside the applicant's mandate", "вне полномочий заявителя")
	case "excess_fields":
		return say("câmpuri în exces", "more fields than needed", "лишние поля")
	case "wrong_service":
		return say("alt serviciu răspunde scopului", "another service fits the purpose", "цели отвечает другая услуга")
	case "special_regime":
		return say("regim special (Legea nr. 142/2018, art. 2 alin. (4))", "special regime (Law 142/2018, art. 2(4))",
			"особый режим (Закон № 142/2018, ст. 2 ч. (4))")
	case "dpia_missing":
		return say("lipsește evaluarea de impact", "the impact assessment is missing", "нет оценки воздействия")
	case "standing":
		return say("solicitantul nu are calitatea cerută", "the applicant has no standing", "заявитель не имеет нужного статуса")
	case "system_unregistered":
		return say("sistemul nu este înregistrat", "the system is not registered", "система не зарегистрирована")
	case "technical":
		return say("motive tehnice", "technical reasons", "технические причины")
	case "duplicate":
		return say("există deja un acord la fel", "there is such an agreement already", "такое соглашение уже есть")
	}
	return say("alt motiv, descris", "another reason, described", "другая причина, описана")
}
