package text

import (
	"time"

	"mconnect"
)

// Access requests: the list and the beginning of a new one.
var (
	Requests     = say("Cereri de acces", "Access requests", "Заявки на доступ")
	Request      = say("Cerere de acces", "Access request", "Заявка на доступ")
	RequestsLead = say("Cererile pe care le puteți vedea, cea mai nouă schimbare întâi.",
		"The requests that you may see, the latest change first.",
		"Заявки, доступные вам, сначала изменённые последними.")
	NewRequest    = say("Cerere nouă", "New request", "Новая заявка")
	EveryRequest  = say("Toate", "All", "Все")
	WaitsForMe    = say("De făcut de dumneavoastră", "For you to do", "Ожидают вашего действия")
	RequestStatus = say("Starea", "State", "Состояние")
	AnyStatus     = say("orice stare", "any state", "любое состояние")
	Filter        = say("Filtrează", "Filter", "Отфильтровать")
	RequestNumber = say("Numărul", "Number", "Номер")
	RequestWhose  = say("Cine cere de la cine", "Who asks whom", "Кто у кого запрашивает")
	LastChange    = say("Ultima schimbare", "Last change", "Последнее изменение")
	NoRequests    = say("Încă nicio cerere. Durează circa 10 minute, iar ce scrieți se păstrează.",
		"No request yet. It takes about 10 minutes, and what you write is kept.",
		"Запросов пока нет. Это займёт около 10 минут, введённое сохраняется.")
	NoSuchRequests = say("Nicio cerere în această stare.", "No request in this state.", "Нет заявок в этом состоянии.")
	NothingToDo    = say("Nimic nu așteaptă acțiunea dumneavoastră.", "Nothing waits for you.",
		"Ничто не ожидает вашего действия.")
	NoServiceYet = say("serviciul nu este ales", "no service chosen", "услуга не выбрана")
	Older        = say("Mai vechi", "Older", "Старее")
	Newest       = say("Cele mai noi", "Newest", "Новейшие")
	OnlyEditor   = say("Cererile le scrie redactorul de cereri al instituției. Rolul îl dă managerul instituției.",
		"Requests are written by the institution's editor of requests. The institution's manager grants the role.",
		"Заявки пишет редактор заявок учреждения. Роль предоставляет менеджер учреждения.")

	NewRequestLead = say("Alegeți ce aveți nevoie. Cererea pornește ca ciornă: o puteți lăsa și continua oricând.",
		"Choose what you need. The request begins as a draft: you can leave it and continue at any time.",
		"Выберите, что вам нужно. Заявка начинается как черновик: её можно отложить и продолжить в любое время.")
	ChooseService   = say("Date ale unui serviciu", "Data of a service", "Данные услуги")
	FindService     = say("Caută serviciul", "Find the service", "Найти услугу")
	FindServiceHint = say("Numele serviciului, al registrului sau al instituției.",
		"Name of the service, of the register or of the institution.", "Название услуги, реестра или учреждения.")
	ServicesFound    = say("Servicii găsite", "Services found", "Найденные услуги")
	BeginRequest     = say("Începe cererea", "Begin the request", "Начать заявку")
	WithoutService   = say("Serviciul îl aleg mai târziu", "I choose the service later", "Выберу услугу позже")
	FromAgreement    = say("Schimbarea unui acord", "Change of an agreement", "Изменение соглашения")
	FromAgreementHow = say("Acordul rămâne cum este până la decizie.", "The agreement stays as it is until the decision.",
		"До решения соглашение остаётся без изменений.")
	WhichAgreement = say("Acordul", "Agreement", "Соглашение")
	WhichChange    = say("Ce schimbați", "What you change", "Что вы меняете")
	FromEarlier    = say("După o cerere anterioară", "After an earlier request", "По прежней заявке")
	FromEarlierHow = say("Răspunsurile se copiază într-o ciornă nouă. Declarațiile și semnătura nu se copiază.",
		"The answers are copied to a new draft. The signature is not.",
		"Ответы копируются в новый черновик. Подпись не копируется.")
	NoAgreementsYet = say("Instituția nu are încă acorduri.", "The institution has no agreement yet.",
		"У учреждения пока нет соглашений.")
	AmendInstead = say("Instituția are deja un acord pentru acest serviciu.",
		"The institution has an agreement for this service already.", "У учреждения уже есть соглашение на эту услугу.")
	AmendInsteadHow = say("Pentru alte câmpuri sau scopuri, schimbați acordul: argumentați numai diferența.",
		"For other fields or purposes change the agreement: you argue only the difference.",
		"Для других полей или целей измените соглашение: обосновывается только разница.")
	AmendIt = say("Schimbă acordul", "Change the agreement", "Изменить соглашение")
)

// KindOf names a kind of requests.
func KindOf(kind string) mconnect.Text {
	switch kind {
	case "amendment":
		return say("modificare: alte câmpuri sau scopuri", "amendment: other fields or purposes",
			"изменение: другие поля или цели")
	case "renewal":
		return say("prelungire pe o perioadă nouă", "renewal for a new period", "продление на новый срок")
	case "narrowing":
		return say("restrângere, are efect de la semnare", "narrowing, holds as soon as it is signed",
			"сужение, действует с момента подписания")
	case "withdrawal":
		return say("renunțare la acord, are efect de la semnare", "end of the agreement, as soon as it is signed",
			"отказ от соглашения, с момента подписания")
	}
	return say("acces nou", "new access", "новый доступ")
}

// TaskOf names a step that is due, and its request.
func TaskOf(verb string, number string) mconnect.Text {
	return with(say("{1}: {2}", "{1}: {2}", "{1}: {2}"), VerbName(verb), Plain(number))
}

// RequestOf is the title of a request: the service and who asks.
func RequestOf(service, consumer mconnect.Text) mconnect.Text {
	return with(say("{1}, pentru {2}", "{1}, for {2}", "{1}, для: {2}"), service, consumer)
}

// The form.
var (
	FormSteps      = say("Părțile cererii", "Parts of the request", "Части заявки")
	FormDone       = say("completă", "complete", "заполнена")
	CheckAndSubmit = say("Verificare", "Check", "Проверка")
	SaveAndGoOn    = say("Salvează și continuă", "Save and continue", "Сохранить и продолжить")
	SaveOnly       = say("Salvează", "Save", "Сохранить")
	NotSavedYet    = say("Se salvează la trecerea la câmpul următor.", "Saved as you move from field to field.",
		"Сохраняется при переходе от поля к полю.")
	Optional       = say("opțional", "optional", "необязательно")
	Yes            = say("Da", "Yes", "Да")
	No             = say("Nu", "No", "Нет")
	Choose         = say("alegeți", "choose", "выберите")
	AddRow         = say("Adaugă", "Add", "Добавить")
	RemoveRow      = say("Scoate", "Remove", "Убрать")
	ComputedAnswer = say("Calculat din catalog și din răspunsuri.", "Computed from the catalogue and the answers.",
		"Вычислено по каталогу и ответам.")
	NotComputed = say("nimic deocamdată", "nothing yet", "пока ничего")
	NoFieldsYet = say("Alegeți întâi serviciul și salvați: apoi apar câmpurile lui.",
		"Choose the service and save first: then its fields appear.",
		"Сначала выберите услугу и сохраните: затем появятся её поля.")
	NothingToChoose = say("Nu este nimic de ales. Integratorul instituției înregistrează sistemele.",
		"There is nothing to choose. The institution's integrator registers systems.",
		"Нечего выбирать. Системы регистрирует интегратор учреждения.")
	ErrorPrefix = say("Eroare: {1}", "Error: {1}", "Ошибка: {1}")
	MinimumRule = say("Regula: atât cât trebuie", "The rule: as much as needed", "Правило: сколько необходимо")
	MinimumText = say("Bifați numai ce folosiți la decizie. Ce nu este motivat nu se acordă (Legea nr. 195/2024, art. 5 alin. (1) lit. c)).",
		"Tick only what the decision uses. What has no reason is not granted (Law 195/2024, art. 5(1)(c)).",
		"Отмечайте только то, что нужно для решения. Необоснованное не предоставляется (Закон № 195/2024, ст. 5 ч. (1) п. c)).")
	Unanswered  = say("fără răspuns", "not answered", "без ответа")
	PointsHere  = say("Ce vi s-a cerut aici", "What you were asked here", "Что у вас здесь попросили")
	FormOverall = say("Cum stă cererea", "How the request stands", "Состояние заявки")
	WholeForm   = say("Toate întrebările, pentru tipar", "All questions, for print", "Все вопросы, для печати")

	StaleTitle = say("Cererea a fost schimbată între timp", "The request was changed meanwhile",
		"Заявка тем временем изменена")
	StaleHow = say("Nimic nu s-a pierdut: formularul de mai jos conține ce ați scris. Comparați și salvați-l, sau păstrați varianta colegului.",
		"Nothing is lost: the form below holds what you wrote. Compare and save it, or keep your colleague's version.",
		"Ничего не потеряно: форма ниже содержит введённое вами. Сравните и сохраните её или оставьте вариант коллеги.")
	StaleClosed = say("Starea cererii s-a schimbat și răspunsurile nu se mai pot modifica. Ce ați scris este mai jos, ca să îl puteți copia.",
		"The state of the request has changed and its answers can no longer be changed. What you wrote is below, so that you can copy it.",
		"Состояние заявки изменилось, ответы больше нельзя менять. Введённое вами ниже, его можно скопировать.")
	Question     = say("Întrebarea", "Question", "Вопрос")
	StoredAnswer = say("Salvat acum", "Saved now", "Сохранено сейчас")
	YourAnswer   = say("Scris de dumneavoastră", "Written by you", "Введено вами")
	KeepStored   = say("Păstrează varianta salvată", "Keep the saved version", "Оставить сохранённый вариант")
	NoDifference = say("Răspunsurile sunt aceleași.", "The answers are the same.", "Ответы одинаковы.")
	AutosaveHeld = say("Nesalvat: cererea a fost schimbată de altcineva. Apăsați „Salvează” ca să vedeți ambele variante.",
		"Not saved: somebody else changed the request. Press “Save” to see both versions.",
		"Не сохранено: заявку изменил кто-то другой. Нажмите «Сохранить», чтобы увидеть оба варианта.")
)

// ErrorIn is the title of a page on which something has to be corrected.
func ErrorIn(t mconnect.Text) mconnect.Text { return with(ErrorPrefix, t) }

// StepOf says which part of a form is open.
func StepOf(n, of int64) mconnect.Text {
	return with(say("Pasul {1} din {2}:", "Part {1} of {2}:", "Шаг {1} из {2}:"), numeral(n), numeral(of))
}

func numeral(n int64) mconnect.Text {
	return say(Number(mconnect.Romanian, n), Number(mconnect.English, n), Number(mconnect.Russian, n))
}

// SavedAt says when answers were saved.
func SavedAt(clock string) mconnect.Text {
	return with(say("Salvat la {1}", "Saved at {1}", "Сохранено в {1}"), Plain(clock))
}

// ToCorrect counts what is to be corrected.
var ToCorrect = plural([3]string{"Mai este un lucru de făcut", "Mai sunt {n} lucruri de făcut", "Mai sunt {n} de lucruri de făcut"},
	[2]string{"One thing is left to do", "{n} things are left to do"},
	[3]string{"Осталось {n} действие", "Осталось {n} действия", "Осталось {n} действий"})

// FieldsChosen counts chosen fields.
var FieldsChosen = plural([3]string{"un câmp ales", "{n} câmpuri alese", "{n} de câmpuri alese"},
	[2]string{"{n} field chosen", "{n} fields chosen"},
	[3]string{"выбрано {n} поле", "выбрано {n} поля", "выбрано {n} полей"})

// RowOf names one row of a table.
func RowOf(label mconnect.Text, n int64) mconnect.Text {
	return with(say("{1}, {2}", "{1}, {2}", "{1}, {2}"), label, numeral(n))
}

// RemoveOf is the label of a button that removes a named row.
func RemoveOf(row mconnect.Text) mconnect.Text {
	return with(say("Scoate: {1}", "Remove: {1}", "Убрать: {1}"), row)
}

// AddTo is the label of a button that adds a row.
func AddTo(label mconnect.Text) mconnect.Text {
	return with(say("Adaugă: {1}", "Add: {1}", "Добавить: {1}"), label)
}

// LanguageName names one of the three languages.
func LanguageName(lang mconnect.Lang) mconnect.Text {
	switch lang {
	case mconnect.English:
		return say("în engleză", "in English", "на английском")
	case mconnect.Russian:
		return say("în rusă", "in Russian", "на русском")
	}
	return say("în română", "in Romanian", "на румынском")
}

// day is how long a decision is awaited.
func day(n, of int64) mconnect.Text {
	return with(say("ziua {1} din {2}", "day {1} of {2}", "день {1} из {2}"), numeral(n), numeral(of))
}

// DayOf says which day of the period it is.
func DayOf(n, of int64) mconnect.Text { return day(n, of) }

// Awaits says whose decision is awaited: sentence {1} names it, and the day of the period follows where one runs.
func awaits(t mconnect.Text, n, of int64) mconnect.Text {
	if of == 0 {
		return with(say("{1}.", "{1}.", "{1}."), t)
	}
	return with(say("{1}: {2}.", "{1}: {2}.", "{1}: {2}."), t, day(n, of))
}

// AwaitsProvider and its like say who is to act, and on which day of the period; of 0: no period runs.
func AwaitsProvider(provider mconnect.Text, n, of int64) mconnect.Text {
	return awaits(with(say("Așteaptă decizia {1}", "Waits for the decision of {1}", "Ожидает решения: {1}"), provider), n, of)
}

// AwaitsOperator says that the operator goes through the check list.
func AwaitsOperator(n, of int64) mconnect.Text {
	return awaits(say("Așteaptă verificarea operatorului platformei", "Waits for the check by the platform's operator",
		"Ожидает проверки оператора платформы"), n, of)
}

// AwaitsConnection says that the Connection Decision is due.
func AwaitsConnection(n, of int64) mconnect.Text {
	return awaits(say("Aprobată de furnizor, așteaptă Decizia de conectare a operatorului",
		"Approved by the provider, waits for the operator's Connection Decision",
		"Одобрена поставщиком, ожидает Решения о подключении оператора"), n, of)
}

// AwaitsChanges says that the applicant is to change the request.
func AwaitsChanges(consumer mconnect.Text, n, of int64) mconnect.Text {
	return awaits(with(say("Așteaptă modificări de la {1}", "Waits for changes by {1}", "Ожидает изменений от: {1}"),
		consumer), n, of)
}

// AwaitsOfficer says that the data protection officer is to judge.
func AwaitsOfficer(consumer mconnect.Text) mconnect.Text {
	return with(say("Așteaptă avizul responsabilului cu protecția datelor de la {1}.",
		"Waits for the opinion of the data protection officer of {1}.",
		"Ожидает заключения ответственного за защиту данных: {1}."), consumer)
}

// AwaitsSignature says that a signature is due.
func AwaitsSignature(consumer mconnect.Text) mconnect.Text {
	return with(say("Așteaptă semnătura conducerii instituției: {1}.", "Waits for the signature of the head of {1}.",
		"Ожидает подписи руководства: {1}."), consumer)
}

// DraftLapses says how long a draft is kept.
func DraftLapses(days int64) mconnect.Text {
	return with(say("Ciornă: o continuă redactorul. Se mai păstrează {1}.", "Draft: its editor continues it. It is kept for {1} more.",
		"Черновик: продолжает редактор. Хранится ещё {1}."), daysOf.Of(days))
}

var daysOf = plural([3]string{"o zi", "{n} zile", "{n} de zile"}, [2]string{"{n} day", "{n} days"},
	[3]string{"{n} день", "{n} дня", "{n} дней"})

// Days is a number of days.
func Days(n int64) mconnect.Text { return daysOf.Of(n) }

// EndedOn says how and when a request ended.
func EndedOn(state string, at time.Time) mconnect.Text {
	switch state {
	case "refused":
		return with(say("Refuzată la {1}. Motivele și calea de atac sunt mai jos.",
			"Refused on {1}. The reasons and how to appeal are below.",
			"Отклонена {1}. Причины и порядок обжалования ниже."), OnDate(at))
	case "withdrawn":
		return with(say("Retrasă de solicitant la {1}.", "Withdrawn by the applicant on {1}.", "Отозвана заявителем {1}."),
			OnDate(at))
	}
	return with(say("Stinsă prin trecerea timpului la {1}. O puteți copia într-o ciornă nouă.",
		"Lapsed on {1}. It can be copied to a new draft.",
		"Утратила силу {1}. Её можно скопировать в новый черновик."), OnDate(at))
}

// What follows a decision.
var (
	GrantedTestNext = say("Acordată. Așteaptă testele integratorului.", "Granted. Waits for the integrator's tests.",
		"Предоставлена. Ожидает тестов интегратора.")
	TestsNotGreen = say("Testele nu sunt toate verzi. Integratorul le repetă după ce corectează.",
		"Not all tests are green. The integrator repeats them after a correction.",
		"Не все тесты зелёные. Интегратор повторит их после исправления.")
	ReadyToStart = say("Teste verzi și certificat valabil. Integratorul pornește acordul.",
		"Tests are green and the certificate is valid. The integrator starts the agreement.",
		"Тесты зелёные, сертификат действителен. Интегратор запускает соглашение.")
	AgreementStarted = say("Acordul este în vigoare.", "The agreement is in force.", "Соглашение действует.")
	ChangeHolds      = say("Semnată: schimbarea acordului are efect.", "Signed: the change of the agreement holds.",
		"Подписана: изменение соглашения действует.")
)
