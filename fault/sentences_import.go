package fault

// imported: what can be wrong with a description of services that is read to make drafts.
var imported = map[Code]Entry{
	ImportMalformed: {Malformed, Caller, ByOperator, Text{
		RO: "Descrierea nu poate fi citită la {where}: {what}.",
		EN: "The description cannot be read at {where}: {what}.",
		RU: "Описание не читается в {where}: {what}.",
	}, Text{
		RO: "Verificați fișierul cu instrumentul care l-a produs.",
		EN: "Check the file with the tool that produced it.",
		RU: "Проверьте файл инструментом, которым он создан.",
	}},
	ImportEncoding: {Malformed, Caller, ByOperator, Text{
		RO: "Fișierul {where} nu poate fi citit în codificarea {encoding}.",
		EN: "The file {where} cannot be read in the encoding {encoding}.",
		RU: "Файл {where} не читается в кодировке {encoding}.",
	}, Text{
		RO: "Salvați fișierul în UTF-8 și repetați importul.",
		EN: "Save the file as UTF-8 and import it again.",
		RU: "Сохраните файл в UTF-8 и повторите импорт.",
	}},
	ImportUnsupported: {Unsupported, Caller, ByProvider, Text{
		RO: "La {where} se folosește o construcție pe care platforma nu o acceptă: {what}.",
		EN: "At {where} a construct is used that the platform does not support: {what}.",
		RU: "В {where} используется конструкция, которую платформа не поддерживает: {what}.",
	}, Text{
		RO: "Descrieți operațiunea în altă formă: document/literal pentru WSDL, JSON pentru OpenAPI 3, tipuri care nu se conțin pe sine.",
		EN: "Describe the operation in another form: document/literal for WSDL, JSON for OpenAPI 3, types that do not contain themselves.",
		RU: "Опишите операцию в другой форме: document/literal для WSDL, JSON для OpenAPI 3, типы, не содержащие самих себя.",
	}},
	ImportReference: {Invalid, Caller, ByOperator, Text{
		RO: "Referința „{ref}” de la {where} nu a fost găsită în acest director.",
		EN: "The reference “{ref}” at {where} was not found in this folder.",
		RU: "Ссылка «{ref}» в {where} не найдена в этом каталоге.",
	}, Text{
		RO: "Verificați numele și puneți fișierul în locul indicat de referință; din rețea nu se citește nimic.",
		EN: "Check the name, and put the file where the reference points; nothing is fetched from the network.",
		RU: "Проверьте имя и поместите файл туда, куда указывает ссылка; из сети ничего не загружается.",
	}},
	ImportOutside: {Invalid, Caller, ByOperator, Text{
		RO: "Referința „{ref}” de la {where} iese din directorul descrierii.",
		EN: "The reference “{ref}” at {where} leads out of the folder of the description.",
		RU: "Ссылка «{ref}» в {where} выходит за пределы каталога описания.",
	}, Text{
		RO: "Indicați cu --root directorul care conține toate fișierele descrierii.",
		EN: "State with --root the folder that contains all files of the description.",
		RU: "Укажите в --root каталог, содержащий все файлы описания.",
	}},
	ImportRemote: {Invalid, Caller, ByOperator, Text{
		RO: "„{ref}” de la {where} este declarat în {url}, care nu se descarcă din rețea; alături lipsește fișierul {file}.",
		EN: "“{ref}” at {where} is declared in {url}, which is not fetched from the network; there is no file {file} next to it.",
		RU: "«{ref}» в {where} объявлено в {url}, который из сети не загружается; рядом нет файла {file}.",
	}, Text{
		RO: "Descărcați fișierul și puneți-l lângă descriere sau indicați-l cu --map ADRESĂ=FIȘIER.",
		EN: "Download the file and put it next to the description, or name it with --map ADDRESS=FILE.",
		RU: "Скачайте файл и поместите его рядом с описанием или укажите его в --map АДРЕС=ФАЙЛ.",
	}},
	ImportLimit: {TooLarge, Caller, ByOperator, Text{
		RO: "La {where} descrierea depășește limita: {limit}.",
		EN: "At {where} the description exceeds a limit: {limit}.",
		RU: "В {where} описание превышает предел: {limit}.",
	}, Text{
		RO: "Împărțiți descrierea sau importați câte o operațiune.",
		EN: "Split the description, or import one operation at a time.",
		RU: "Разделите описание или импортируйте по одной операции.",
	}},
	ImportEmpty: {Invalid, Caller, ByOperator, Text{
		RO: "Din {where} nu a rezultat nicio schiță.",
		EN: "{where} gave no draft.",
		RU: "Из {where} не получено ни одного черновика.",
	}, Text{
		RO: "Citiți de ce a fost omisă fiecare operațiune; verificați numele cerut cu --operation.",
		EN: "Read why each operation was left out; check the name asked for with --operation.",
		RU: "Прочитайте, почему пропущена каждая операция; проверьте имя, заданное в --operation.",
	}},
}
