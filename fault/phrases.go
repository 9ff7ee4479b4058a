package fault

import (
	"slices"
	"strings"

	"mconnect"
)

// Parameters travel as English words, and machines read them so. In a Romanian or Russian sentence they are said in its language:
// whole, or part by part where commas separate them.

// spoken is a parameter in the language of the sentence around it. Names of fields and services are never translated.
func spoken(lang mconnect.Lang, name, value string) string {
	if lang == mconnect.English || name != "what" && name != "want" {
		return value
	}
	if known, ok := phrases[value]; ok {
		return known.In(lang)
	}
	parts := strings.Split(value, ", ")
	if len(parts) == 1 {
		return value
	}
	for i, part := range parts {
		if known, ok := phrases[part]; ok {
			parts[i] = known.In(lang)
		}
	}
	return strings.Join(parts, ", ")
}

// Phrases lists the English phrases that parameters are made of and that are said in every language.
func Phrases() []string {
	all := make([]string, 0, len(phrases))
	for phrase := range phrases {
		all = append(all, phrase)
	}
	slices.Sort(all)
	return all
}

// unbounded are the signs that stand for a bound that there is not.
func unbounded(bound string) bool {
	return bound == "" || bound == "…" || bound == "—" || bound == "-" || bound == "∞" || bound == "-∞"
}

// oneBound are the sentences about a range that is open at one end.
var oneBound = map[Code][2]Text{
	InputLength: {
		{RO: "Lungimea trebuie să fie de cel mult {max}.", EN: "The length must be at most {max}.", RU: "Длина должна быть не более {max}."},
		{RO: "Lungimea trebuie să fie de cel puțin {min}.", EN: "The length must be at least {min}.", RU: "Длина должна быть не менее {min}."},
	},
	InputRange: {
		{RO: "Valoarea trebuie să fie cel mult {max}.", EN: "The value must be at most {max}.", RU: "Значение должно быть не больше {max}."},
		{RO: "Valoarea trebuie să fie cel puțin {min}.", EN: "The value must be at least {min}.", RU: "Значение должно быть не меньше {min}."},
	},
}

// says is the sentence of a code for these parameters.
func (c Code) says(params map[string]string) Text {
	if open, ok := oneBound[c]; ok {
		switch least, most := unbounded(params["min"]), unbounded(params["max"]); {
		case least && !most:
			return open[0]
		case most && !least:
			return open[1]
		}
	}
	return c.Entry().Says
}

func said(ro, ru string) Text { return Text{RO: ro, RU: ru} }

// phrases: English → Romanian and Russian.
var phrases = map[string]Text{
	"not compressed":                       said("necomprimat", "без сжатия"),
	"in UTF-8":                             said("în UTF-8", "в UTF-8"),
	"not readable":                         said("nu poate fi citit", "не читается"),
	"future":                               said("în viitor", "в будущем"),
	"body":                                 said("corpul mesajului", "тело сообщения"),
	"cursor":                               said("cursorul", "курсор"),
	"group":                                said("grupul", "группа"),
	"reason":                               said("motivul", "причина"),
	"subject":                              said("subiectul", "субъект"),
	"change":                               said("modificarea", "изменение"),
	"decimal":                              said("număr zecimal", "десятичное число"),
	"integer":                              said("număr întreg", "целое число"),
	"string":                               said("text", "строка"),
	"boolean":                              said("true sau false", "true или false"),
	"object":                               said("obiect", "объект"),
	"array":                                said("tablou", "массив"),
	"date":                                 said("dată", "дата"),
	"datetime":                             said("dată și oră", "дата и время"),
	"object or array":                      said("obiect sau tablou", "объект или массив"),
	"readable text":                        said("text lizibil", "читаемый текст"),
	"one line":                             said("un singur rând", "одна строка"),
	"one line without quotes":              said("un singur rând, fără ghilimele", "одна строка без кавычек"),
	"one line without spaces around it":    said("un singur rând, fără spații la capete", "одна строка без пробелов по краям"),
	"a single value":                       said("o singură valoare", "одно значение"),
	"a mandatory field":                    said("un câmp obligatoriu", "обязательное поле"),
	"an array of the answer":               said("un tablou din răspuns", "массив ответа"),
	"an e-mail address":                    said("o adresă de e-mail", "адрес электронной почты"),
	"-?digits[.digits]":                    said("-?cifre[.cifre]", "-?цифры[.цифры]"),
	"no attributes":                        said("fără atribute", "без атрибутов"),
	"the declared order of elements":       said("ordinea declarată a elementelor", "объявленный порядок элементов"),
	"no content where xsi:nil is true":     said("fără conținut când xsi:nil este true", "без содержимого при xsi:nil=true"),
	"characters that XML 1.0 allows":       said("caractere admise de XML 1.0", "символы, допустимые в XML 1.0"),
	"exactly one PEM certificate":          said("exact un certificat PEM", "ровно один сертификат PEM"),
	"an RE2 regular expression":            said("o expresie regulată RE2", "регулярное выражение RE2"),
	"a regular expression with one group":  said("o expresie regulată cu un singur grup", "регулярное выражение с одной группой"),
	"a column of type date or datetime":    said("o coloană de tip date sau datetime", "столбец типа date или datetime"),
	"a file name with '*' for what varies": said("un nume de fișier, cu „*” în locul părții variabile", "имя файла со знаком «*» вместо переменной части"),
	"a network such as 10.20.0.0/16":       said("o rețea, de exemplu 10.20.0.0/16", "сеть, например 10.20.0.0/16"),
	"IPv4 written as IPv4":                 said("o adresă IPv4 în forma IPv4", "адрес IPv4 в форме IPv4"),
	"13 digits beginning with 1":           said("13 cifre, prima fiind 1", "13 цифр, первая из которых 1"),
	"one ASCII character":                  said("un caracter ASCII", "один символ ASCII"),
	"or tab":                               said("sau tab", "или tab"),
	"or none":                              said("sau none", "или none"),
	"one ASCII character other than the delimiter":        said("un caracter ASCII diferit de delimitator", "символ ASCII, отличный от разделителя"),
	"an exact media type such as application/pdf":         said("un tip media exact, de exemplu application/pdf", "точный тип содержимого, например application/pdf"),
	"the name of a file in the secrets folder":            said("numele unui fișier din directorul de secrete", "имя файла в каталоге секретов"),
	"another service as Name/1.0.0":                       said("alt serviciu, în forma Name/1.0.0", "другой сервис в форме Name/1.0.0"),
	"Name or Name/1.0.0":                                  said("Name sau Name/1.0.0", "Name или Name/1.0.0"),
	"CODE or CODE/1.0.0":                                  said("CODE sau CODE/1.0.0", "CODE или CODE/1.0.0"),
	"rsa-sha256 among the algorithms":                     said("rsa-sha256 printre algoritmi", "rsa-sha256 среди алгоритмов"),
	"an ASCII letter":                                     said("o literă ASCII", "буква ASCII"),
	"an upper-case ASCII letter":                          said("o literă ASCII majusculă", "заглавная буква ASCII"),
	"then letters":                                        said("apoi litere", "затем буквы"),
	"digits or '_'; at most 64":                           said("cifre sau „_”; cel mult 64", "цифры или «_»; не более 64"),
	"an XML name":                                         said("un nume XML", "имя XML"),
	"or {namespace}name":                                  said("sau {namespace}name", "или {namespace}name"),
	"a system's certificate":                              said("certificatul unui sistem", "сертификат системы"),
	"not an authority's":                                  said("nu al unei autorități de certificare", "а не удостоверяющего центра"),
	"without user":                                        said("fără utilizator", "без имени пользователя"),
	"fragment or the platform's own secrets":              said("fragment sau secrete ale platformei", "фрагмента и секретов платформы"),
	"https://host[:port]/path without user":               said("https://host[:port]/path fără utilizator", "https://host[:port]/path без имени пользователя"),
	"query or fragment":                                   said("interogare sau fragment", "запроса и фрагмента"),
	"a header name that the platform does not set itself": said("un antet pe care platforma nu îl setează singură", "заголовок, который платформа не задаёт сама"),
	"of a date or datetime: DD":                           said("format de dată sau de dată și oră: DD", "формат даты или даты и времени: DD"),
	"ss and signs between":                                said("ss și semne între ele", "ss и знаки между ними"),
	"two versions of one service":                         said("două versiuni ale aceluiași serviciu", "две версии одного сервиса"),
	"no *.yaml file in this folder":                       said("niciun fișier *.yaml în acest director", "в этом каталоге нет файлов *.yaml"),
	"the content is not json":                             said("conținutul nu este JSON", "содержимое не является JSON"),
	"a body":                                              said("un corp al mesajului", "тело сообщения"),
	"where none is read":                                  said("care aici nu este admis", "которое здесь не принимается"),
	"part: intent or outcome":                             said("part: intent sau outcome", "part: intent или outcome"),
	"form: dcat or cpsv":                                  said("form: dcat sau cpsv", "form: dcat или cpsv"),
	"days: 1 to 92":                                       said("days: de la 1 la 92", "days: от 1 до 92"),
	"none is known here":                                  said("aici nu este admis niciunul", "здесь не допускается ни один"),
	"JWS compact serialisation":                           said("serializarea compactă JWS", "компактная сериализация JWS"),

	// XML that cannot be read.
	"a bare &": said("un „&” neescapat", "неэкранированный «&»"), "a bare / in a tag": said("un „/” izolat într-o etichetă", "одиночный «/» в теге"),
	"a character reference":                      said("o referință de caracter greșită", "неверная ссылка на символ"),
	"a character that XML does not allow":        said("un caracter nepermis în XML", "недопустимый в XML символ"),
	"a control character":                        said("un caracter de control", "управляющий символ"),
	"a comment that does not end or holds --":    said("un comentariu neîncheiat sau care conține „--”", "комментарий без конца или с «--»"),
	"a CDATA section that does not end":          said("o secțiune CDATA neîncheiată", "секция CDATA без конца"),
	"a markup declaration":                       said("o declarație de marcaj", "объявление разметки"),
	"a name is expected":                         said("se așteaptă un nume", "ожидается имя"),
	"a name is missing":                          said("lipsește un nume", "отсутствует имя"),
	"a name with two colons":                     said("un nume cu două semne „:”", "имя с двумя двоеточиями"),
	"a prefix declared twice on one element":     said("un prefix declarat de două ori la același element", "префикс, дважды объявленный в одном элементе"),
	"a processing instruction that does not end": said("o instrucțiune de procesare neîncheiată", "инструкция обработки без конца"),
	"a version other than 1.0":                   said("altă versiune decât 1.0", "версия, отличная от 1.0"),
	"an attribute that stands twice":             said("un atribut repetat", "повторный атрибут"),
	"an attribute stated twice":                  said("un atribut repetat", "повторный атрибут"),
	"an attribute value that does not end":       said("o valoare de atribut neîncheiată", "значение атрибута без конца"),
	"an attribute value without quotes":          said("o valoare de atribut fără ghilimele", "значение атрибута без кавычек"),
	"an attribute without a value":               said("un atribut fără valoare", "атрибут без значения"),
	"an attribute without value":                 said("un atribut fără valoare", "атрибут без значения"),
	"an attribute without quotes":                said("un atribut fără ghilimele", "атрибут без кавычек"),
	"an end tag that does not fit its start tag": said("o etichetă de sfârșit care nu corespunde celei de început", "закрывающий тег не соответствует открывающему"),
	"an end tag that fits no start tag":          said("o etichetă de sfârșit fără etichetă de început", "закрывающий тег без открывающего"),
	"an end tag without a start tag":             said("o etichetă de sfârșit fără etichetă de început", "закрывающий тег без открывающего"),
	"it ends too early":                          said("se termină prea devreme", "заканчивается слишком рано"),
	"the end comes too early":                    said("se termină prea devreme", "заканчивается слишком рано"),
	"more than one root element":                 said("mai multe elemente-rădăcină", "более одного корневого элемента"),
	"no root element":                            said("lipsește elementul-rădăcină", "отсутствует корневой элемент"),
	"no space before an attribute":               said("lipsește spațiul înaintea unui atribut", "нет пробела перед атрибутом"),
	"white space is missing between attributes":  said("lipsește spațiul între atribute", "нет пробела между атрибутами"),
	"something after the element":                said("conținut după element", "данные после элемента"),
	"text outside the element":                   said("text în afara elementului", "текст вне элемента"),
	"text outside the root element":              said("text în afara elementului-rădăcină", "текст вне корневого элемента"),
	"the XML declaration does not end":           said("declarația XML nu este încheiată", "объявление XML без конца"),
	"the document ends inside an element":        said("documentul se termină în interiorul unui element", "документ заканчивается внутри элемента"),
	"xsi:nil is neither true nor false":          said("xsi:nil nu este nici true, nici false", "xsi:nil не равно ни true, ни false"),

	// Descriptions that are imported.
	"an object is expected":                                         said("se așteaptă un obiect", "ожидается объект"),
	"a document type":                                               said("un tip de document (DTD)", "тип документа (DTD)"),
	"a YAML anchor or alias":                                        said("o ancoră sau un alias YAML", "якорь или псевдоним YAML"),
	"a message without declared fields":                             said("un mesaj fără câmpuri declarate", "сообщение без объявленных полей"),
	"an answer without fields":                                      said("un răspuns fără câmpuri", "ответ без полей"),
	"a request body that is not JSON":                               said("un corp al cererii care nu este JSON", "тело запроса не в формате JSON"),
	"references that lead in a circle":                              said("referințe circulare", "циклические ссылки"),
	"rpc style: the platform speaks document/literal":               said("stilul rpc: platforma acceptă document/literal", "стиль rpc: платформа поддерживает document/literal"),
	"SOAP encoding: the platform speaks literal":                    said("codificarea SOAP: platforma acceptă literal", "кодирование SOAP: платформа поддерживает literal"),
	"a WSDL without a SOAP binding":                                 said("un WSDL fără legătură SOAP", "WSDL без привязки SOAP"),
	"a message of several parts in the Body":                        said("un mesaj cu mai multe părți în Body", "сообщение из нескольких частей в Body"),
	"an operation that no SOAP port offers":                         said("o operațiune pe care nu o oferă niciun port SOAP", "операция, которую не предоставляет ни один порт SOAP"),
	"an operation without a successful answer that has content":     said("o operațiune fără răspuns reușit cu conținut", "операция без успешного ответа с содержимым"),
	"an operation without a successful answer: default is an error": said("o operațiune fără răspuns reușit: default este o eroare", "операция без успешного ответа: default — ошибка"),
	"OpenAPI in a version other than 3.0 and 3.1":                   said("OpenAPI în altă versiune decât 3.0 și 3.1", "OpenAPI версии, отличной от 3.0 и 3.1"),
	"an OpenAPI description without paths":                          said("o descriere OpenAPI fără paths", "описание OpenAPI без paths"),
	"AsyncAPI: it describes events":                                 said("AsyncAPI: descrie evenimente", "AsyncAPI: описывает события"),
	"which are declared as event types":                             said("care se declară ca tipuri de evenimente", "которые объявляются типами событий"),
}
