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
	ImportUnsupported: {Unsupported, Caller, ByProvider, Text{
		RO: "La {where} se folosește o formă pe care platforma nu o transportă: {what}.",
		EN: "At {where} a form is used that the platform does not carry: {what}.",
		RU: "В {where} используется форма, которую платформа не передаёт: {what}.",
	}, Text{
		RO: "Descrieți operațiunea în altă formă: document/literal pentru WSDL, JSON pentru OpenAPI, tipuri fără recursie.",
		EN: "Describe the operation in another form: document/literal for WSDL, JSON for OpenAPI, types without recursion.",
		RU: "Опишите операцию в другой форме: document/literal для WSDL, JSON для OpenAPI, типы без рекурсии.",
	}},
	ImportReference: {Invalid, Caller, ByOperator, Text{
		RO: "Referința „{ref}” de la {where} nu duce la nimic în acest dosar.",
		EN: "The reference “{ref}” at {where} leads to nothing in this folder.",
		RU: "Ссылка «{ref}» в {where} никуда не ведёт в этой папке.",
	}, Text{
		RO: "Puneți fișierele la care se face trimitere lângă descriere; din rețea nu se citește nimic.",
		EN: "Put the files referred to beside the description; nothing is fetched from the network.",
		RU: "Поместите указанные файлы рядом с описанием; из сети ничего не загружается.",
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
