package text

import (
	"time"

	"mconnect"
	"mconnect/fault"
)

// The frame of every page.
var (
	Skip           = say("Treci la conținut", "Skip to content", "Перейти к содержанию")
	MainNavigation = say("Navigare principală", "Main navigation", "Основная навигация")
	Language       = say("Limba", "Language", "Язык")
	DemoNotice     = say("Mediu demonstrativ: toate persoanele, numerele și acordurile sunt inventate.",
		"Demonstration: all persons, numbers and agreements are invented.",
		"Демонстрационная среда: все лица, числа и соглашения вымышлены.")
	About = say("MConnect este platforma de interoperabilitate a Republicii Moldova.",
		"MConnect is the interoperability platform of the Republic of Moldova.",
		"MConnect – платформа интероперабельности Республики Молдова.")
	OperatedBy  = say("Operator:", "Operator:", "Оператор:")
	Appearance  = say("Aspect", "Appearance", "Оформление")
	AsTheSystem = say("ca sistemul", "as the system", "как в системе")
	Light       = say("luminos", "light", "светлое")
	Dark        = say("întunecat", "dark", "тёмное")
	Keep        = say("Păstrează", "Keep", "Сохранить")
	FrontPage   = say("Prima pagină", "Front page", "Главная страница")
	Trail       = say("Firul paginii", "Breadcrumb", "Навигационная цепочка")
	Sections    = say("Secțiunile paginii", "Sections of the page", "Разделы страницы")
	InShort     = say("Pe scurt", "In short", "Коротко")
	Search      = say("Caută", "Search", "Найти")
	Copy        = say("Copiază", "Copy", "Копировать")
	Copied      = say("Copiat.", "Copied.", "Скопировано.")
	Previous    = say("Înapoi", "Previous", "Назад")
	Next        = say("Înainte", "Next", "Далее")
	Pages       = say("Paginile listei", "Pages of the list", "Страницы списка")
)

// CopyOf is the label of a button that copies something named.
func CopyOf(name string) mconnect.Text {
	return with(say("Copiază: {1}", "Copy: {1}", "Копировать: {1}"), Plain(name))
}

// Errors and missing pages.
var (
	Missing         = say("Pagina nu există", "This page does not exist", "Страница не существует")
	MissingOrHidden = say(
		"Adresa a fost scrisă greșit sau obiectul nu este vizibil pentru dumneavoastră. Din motive de protecție, cele două nu se deosebesc.",
		"The address is mistyped, or the object is not visible to you. To protect data, the two are not told apart.",
		"Адрес введён неверно, или объект вам недоступен. В целях защиты эти случаи не различаются.")
	AboutThisError = say("Despre această eroare", "About this error", "Об этой ошибке")
	Code           = say("Cod", "Code", "Код")
	When           = say("Când", "When", "Когда")
	ErrorCodes     = say("Coduri de eroare", "Error codes", "Коды ошибок")
	ErrorCodesLead = say(
		"Fiecare refuz și fiecare eroare are un cod care nu se schimbă niciodată. Pagina lui spune cauza și cine trebuie să acționeze.",
		"Each refusal and each error has a code that never changes. Its page states the cause and who must act.",
		"Каждый отказ и каждая ошибка имеют неизменный код. На его странице указаны причина и кто должен действовать.")
	Meaning      = say("Ce înseamnă", "Meaning", "Значение")
	WhoActs      = say("Cine acționează", "Who must act", "Кто действует")
	WhatToDo     = say("Ce este de făcut", "What to do", "Что делать")
	MustAct      = say("Trebuie să acționeze", "Must act", "Должен действовать")
	FailedLeg    = say("Unde a apărut", "Where it arose", "Где возникла")
	Placeholders = say("În locul cuvintelor dintre acolade, mesajul concret are valorile cazului.",
		"In a real message, the words in braces are replaced by the values of the case.",
		"В реальном сообщении вместо слов в фигурных скобках стоят значения конкретного случая.")
)

// Party names who must act.
func Party(p fault.Party) mconnect.Text {
	switch p {
	case fault.ByConsumer:
		return say("consumatorul de date", "the data consumer", "потребитель данных")
	case fault.ByProvider:
		return say("furnizorul de date", "the data provider", "поставщик данных")
	case fault.ByBoth:
		return say("consumatorul și furnizorul împreună", "consumer and provider together",
			"потребитель и поставщик вместе")
	case fault.ByNobodyWait:
		return say("nimeni: trece de la sine", "nobody: it passes by itself", "никто: пройдёт само")
	}
	return say("operatorul platformei", "the operator of the platform", "оператор платформы")
}

// Leg names the part of an exchange on which a fault arose.
func Leg(l fault.Leg) mconnect.Text {
	switch l {
	case fault.Caller:
		return say("la sistemul care a apelat", "at the calling system", "в вызвавшей системе")
	case fault.Provider:
		return say("la registrul furnizorului", "at the provider's register", "в регистре поставщика")
	}
	return say("pe platformă", "on the platform", "на платформе")
}

// The front page.
var (
	HomeTitle   = say("Platforma de interoperabilitate", "Interoperability platform", "Платформа интероперабельности")
	HomeHeading = say("Datele circulă între instituții. Oamenii nu mai aduc certificate.",
		"Data travel between institutions. People no longer bring certificates.",
		"Данные передаются между учреждениями. Людям больше не нужно приносить справки.")
	HomeLead = say(
		"MConnect leagă registrele de stat. Fiecare apel are temei juridic, primește doar câmpurile acordate și lasă o probă pe care oricine o poate verifica.",
		"MConnect connects the state registers. Each call has a legal basis, gets only the granted fields and leaves evidence that anybody can verify.",
		"MConnect связывает государственные регистры. Каждый вызов имеет правовое основание, получает только предоставленные поля и оставляет доказательство, которое может проверить каждый.")
	SearchServiceOrField = say("Caută un serviciu sau un câmp", "Search for a service or a field",
		"Найти услугу или поле")
	SearchService        = say("Căutați un serviciu", "Search for a service", "Найти услугу")
	SearchExample        = say("domiciliu, IDNP, bun imobil", "residence, IDNP, real estate", "место жительства, IDNP, недвижимость")
	Figures              = say("Platforma în cifre", "The platform in figures", "Платформа в цифрах")
	ServicesInCatalogue  = say("Servicii publicate", "Published services", "Опубликованные услуги")
	OpenCatalogue        = say("Deschide catalogul", "Open the catalogue", "Открыть каталог")
	WithPersonalData     = say("Cu date cu caracter personal", "With personal data", "С персональными данными")
	WithPersonalDataNote = say("Fiecare apel al lor cere un temei juridic și un motiv.",
		"Each call of these needs a legal basis and a reason.",
		"Каждый такой вызов требует правового основания и причины.")
	EachCall = say("Ce se întâmplă la fiecare apel", "What happens at each call", "Что происходит при каждом вызове")

	FromTheCatalogue = say("Din catalog", "From the catalogue", "Из каталога")
	AllServices      = say("Toate serviciile", "All services", "Все услуги")
)

// Step is one part of an explanation.
type Step struct{ Title, Says mconnect.Text }

// CallSteps explains a call in four steps.
func CallSteps() []Step {
	return []Step{
		{say("Instituția spune de ce", "The institution states why", "Учреждение указывает причину"),
			say("Sistemul ei arată certificatul, temeiul juridic și motivul concret, de exemplu numărul cererii.",
				"Its system presents the certificate, the legal basis and the reason, for example the number of the application.",
				"Его система предъявляет сертификат, правовое основание и конкретную причину, например номер заявления.")},
		{say("Platforma decide", "The platform decides", "Платформа принимает решение"),
			say("Aceleași verificări, în aceeași ordine, pentru toți. Un refuz spune cauza și cine trebuie să acționeze.",
				"The same checks, in the same order, for everybody. A refusal states the cause and who must act.",
				"Одни и те же проверки в одном порядке для всех. Отказ указывает причину и кто должен действовать.")},
		{say("Registrul răspunde", "The register answers", "Регистр отвечает"),
			say("Furnizorul rămâne stăpânul datelor sale. Platforma nu le păstrează.",
				"The provider remains the owner of its data. The platform does not keep them.",
				"Поставщик остаётся владельцем своих данных. Платформа их не хранит.")},
		{say("Pleacă doar ce s-a acordat", "Only what is granted leaves", "Передаётся только предоставленное"),
			say("Răspunsul este redus la câmpurile scopului și înregistrat înainte de a fi trimis.",
				"The answer is cut to the fields of the purpose and recorded before it is sent.",
				"Ответ сокращается до полей цели и регистрируется до отправки.")},
	}
}

// The catalogue.
var (
	Catalogue      = say("Catalog", "Catalogue", "Каталог")
	CatalogueTitle = say("Catalogul serviciilor", "Catalogue of services", "Каталог услуг")
	CatalogueLead  = say(
		"Catalogul se ia direct din platforma care rulează, de aceea nu rămâne niciodată în urmă.",
		"The catalogue is read from the running platform, so it is never out of date.",
		"Каталог берётся из работающей платформы, поэтому он никогда не устаревает.")
	Services = plural([3]string{"{n} serviciu", "{n} servicii", "{n} de servicii"},
		[2]string{"{n} service", "{n} services"}, [3]string{"{n} услуга", "{n} услуги", "{n} услуг"})
	Filters      = say("Filtre", "Filters", "Фильтры")
	CloseFilters = say("Închide filtrele", "Close the filters", "Закрыть фильтры")
	ApplyFilters = say("Aplică filtrele", "Apply the filters", "Применить фильтры")
	Domain       = say("Domeniu", "Domain", "Область")
	Provider     = say("Furnizor de date", "Data provider", "Поставщик данных")
	PersonalData = say("Date cu caracter personal", "Personal data", "Персональные данные")
	NotPersonal  = say("fără caracter personal", "not personal", "не персональные")
	VersionState = say("Starea versiunii", "State of the version", "Состояние версии")
	All          = say("Toate", "All", "Все")
	NothingFound = say("Nu am găsit nimic.", "Nothing was found.", "Ничего не найдено.")

	NothingFoundHelp = say("Încercați un cuvânt mai scurt, fără diacritice, sau scoateți un filtru.",
		"Try a shorter word, or remove a filter.", "Попробуйте более короткое слово или снимите фильтр.")
)

// FoundFor is the heading of a search: how many, for which words.
func FoundFor(count mconnect.Text, words string) mconnect.Text {
	return with(say("{1} pentru „{2}”", "{1} for “{2}”", "{1} по запросу «{2}»"), count, Plain(words))
}

// Range is which part of a list a page shows.
func Range(from, to, total int64) mconnect.Text {
	number := func(n int64) mconnect.Text {
		return say(Number(mconnect.Romanian, n), Number(mconnect.English, n), Number(mconnect.Russian, n))
	}
	return with(say("{1}–{2} din {3}", "{1}–{2} of {3}", "{1}–{2} из {3}"), number(from), number(to), number(total))
}

// Status names the state of a version.
func Status(s string) mconnect.Text {
	switch s {
	case "draft":
		return say("Proiect", "Draft", "Проект")
	case "published":
		return say("Publicat", "Published", "Опубликовано")
	case "deprecated":
		return say("Se retrage", "Deprecated", "Выводится")
	case "retired":
		return say("Retras", "Retired", "Выведено")
	}
	return Plain(s)
}

// YesNo is an answer.
func YesNo(yes bool) mconnect.Text {
	if yes {
		return say("da", "yes", "да")
	}
	return say("nu", "no", "нет")
}

// The page of a service.
var (
	Fields              = say("Câmpuri", "Fields", "Поля")
	Field               = say("Câmp", "Field", "Поле")
	AnswerFields        = say("Câmpurile răspunsului", "Fields of the answer", "Поля ответа")
	AnswerFieldsCaption = say("Câmpurile răspunsului, cu clasa datelor", "Fields of the answer, with the class of data",
		"Поля ответа с классом данных")
	RequestFields = say("Câmpurile cererii", "Fields of the request", "Поля запроса")
	OpaqueAnswer  = say("Răspunsul este un fișier; el nu are câmpuri.", "The answer is a file; it has no fields.",
		"Ответ – файл; полей в нём нет.")
	DataClass       = say("Clasa datelor", "Class of data", "Класс данных")
	Form            = say("Formă", "Form", "Формат")
	Mandatory       = say("obligatoriu", "mandatory", "обязательно")
	Examples        = say("Exemple", "Examples", "Примеры")
	ExampleLanguage = say("Limbajul exemplului", "Language of the example", "Язык примера")
	NoExample       = say("Furnizorul nu a dat încă un exemplu.", "The provider has not given an example yet.",
		"Поставщик ещё не привёл примера.")
	ExamplesLead = say("Același apel în mai multe limbaje, cu persoane inventate. Funcționează ca atare în sandbox.",
		"The same call in several languages, with invented persons. It works as it stands in the sandbox.",
		"Один и тот же вызов на нескольких языках, с вымышленными лицами. Работает в песочнице без изменений.")
	TheAnswer     = say("Răspunsul", "The answer", "Ответ")
	QualityTitle  = say("Calitate", "Quality", "Качество")
	Accuracy      = say("Exactitate", "Accuracy", "Точность")
	Updates       = say("Prospețime", "Freshness", "Актуальность")
	Source        = say("Sursa", "Source", "Источник")
	Contact       = say("Contact", "Contact", "Контакт")
	Versions      = say("Versiuni și schimbări", "Versions and changes", "Версии и изменения")
	FilesOf       = say("Fișierele versiunii:", "Files of this version:", "Файлы версии:")
	Register      = say("Registru", "Register", "Регистр")
	RegisterBasis = say("Temeiul registrului", "Legal basis of the register", "Правовая основа регистра")
	MayRepeat     = say("Poate fi repetat", "May be repeated", "Можно повторять")
)

// Repeatable says whether a call may be repeated.
func Repeatable(readOnly bool) mconnect.Text {
	if readOnly {
		return say("da, doar citește", "yes, it only reads", "да, только чтение")
	}
	return say("nu, schimbă date", "no, it changes data", "нет, изменяет данные")
}

// EndsOn says when a version ends.
func EndsOn(t time.Time) mconnect.Text {
	return with(say("Această versiune nu mai răspunde de la {1}.", "This version stops answering on {1}.",
		"Эта версия перестанет отвечать с {1}."), OnDate(t))
}
